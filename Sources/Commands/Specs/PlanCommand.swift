import ArgumentParser
import Diagnostics
import FleetModel
import Planning
import Resources

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Shows what apply would do, what it disturbs and in which order; writes nothing anywhere."
    )

    @OptionGroup var specs: SpecOptions
    @OptionGroup var scope: PlanScope
    @OptionGroup var global: GlobalOptions

    @Option(name: .shortAndLong, help: "text, json, markdown, github or sarif.")
    var output = PlanFormat.text

    @Option(
        help: ArgumentHelp("Save the plan, for: pgsteer apply --plan FILE.", valueName: "file"),
        completion: .file()
    )
    var out: String?

    @Flag(help: "Exit with 2 when there is something to do.")
    var detailedExitcode = false

    func run() async throws {
        let terminal = Terminal(global)
        var session = try SpecSession(specs)
        session.loadSecrets()
        try stopOnErrors(session, terminal)
        let fleet = await FleetSession(global, desired: session.fleet)
        let planned: PlannedFleet
        do {
            planned = try await fleet.plan(session.fleet, options: scope.options, collector: &session.collector)
        } catch {
            if output == .markdown { terminal.write(PlanMarkdown(plan: nil, failure: "\(error)").text) }
            throw terminal.failure(error)
        }
        try stopOnErrors(session, of: planned.plan, terminal)
        try print(planned.plan, session.collector.sorted, to: terminal)
        if let out {
            do {
                try SavedPlan(planned, options: scope.options, specs: session.texts).write(to: out)
            } catch {
                throw terminal.failure(error)
            }
            terminal.tell("saved to \(out); perform it with: pgsteer apply --plan \(out)\n")
        }
        if detailedExitcode, !planned.plan.isEmpty { throw ExitCode(2) }
    }

    /// Annotations and comments are wanted just where there are mistakes.
    ///
    /// - Parameter plan: What apply would refuse; nil when it did not come to a plan.
    private func stopOnErrors(_ session: SpecSession, of plan: Plan? = nil, _ terminal: Terminal) throws {
        if session.collector.hasErrors {
            let diagnostics = session.collector.sorted
            try printDiagnostics(diagnostics, to: terminal)
            switch output {
            case .markdown: terminal.write(PlanMarkdown(plan: plan, diagnostics: diagnostics).text)
            // What could not be compared is not as it should be.
            case .text:
                if let plan, !plan.isEmpty {
                    terminal.write(PlanText(plan: plan, style: terminal.resultStyle).text + "\n")
                }
            case .json, .github, .sarif: break
            }
        }
        try session.stopOnErrors(terminal)
    }

    private func printDiagnostics(_ diagnostics: [Diagnostic], to terminal: Terminal) throws {
        switch output {
        case .github: terminal.write(GitHubAnnotations.render(diagnostics))
        case .sarif: try terminal.write(json: SARIFLog(diagnostics))
        case .text, .json, .markdown: break
        }
    }

    private func print(_ plan: Plan, _ diagnostics: [Diagnostic], to terminal: Terminal) throws {
        terminal.tell(diagnostics)
        switch output {
        case .github, .sarif: try printDiagnostics(diagnostics + PlanWarnings.diagnostics(plan), to: terminal)
        case .text: terminal.write(PlanText(plan: plan, style: terminal.resultStyle).text)
        case .json: try terminal.write(json: plan)
        case .markdown: terminal.write(PlanMarkdown(plan: plan, diagnostics: diagnostics).text)
        }
    }
}

/// What a plan looks at besides the specifications.
struct PlanScope: ParsableArguments {
    @Flag(help: "Plan the removal of what no specification declares any more, where its deletionPolicy allows it.")
    var prune = false

    @Flag(help: "List what nobody declared.")
    var showUnmanaged = false

    var options: PlanOptions { PlanOptions(prune: prune, showUnmanaged: showUnmanaged) }
}
