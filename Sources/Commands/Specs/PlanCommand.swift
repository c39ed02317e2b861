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

    @Option(name: .shortAndLong, help: "text, json or markdown.")
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
        try session.stopOnErrors(terminal)
        let fleet = await FleetSession(global, desired: session.fleet)
        let planned: PlannedFleet
        do {
            planned = try await fleet.plan(session.fleet, options: scope.options, collector: &session.collector)
        } catch {
            throw terminal.failure(error)
        }
        try session.stopOnErrors(terminal)
        terminal.tell(session.collector.sorted)
        try print(planned.plan, to: terminal)
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

    private func print(_ plan: Plan, to terminal: Terminal) throws {
        switch output {
        case .text: terminal.write(PlanText(plan: plan, style: terminal.resultStyle).text)
        case .json: try terminal.write(json: plan)
        case .markdown: terminal.write(PlanMarkdown(plan: plan).text)
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
