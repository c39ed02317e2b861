import ArgumentParser
import Diagnostics
import Execution
import FleetModel
import Glibc
import Planning
import Providers
import Resources

struct ApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Makes the servers equal to the specifications, after showing the plan and asking."
    )

    @OptionGroup var specs: SpecOptions
    @OptionGroup var scope: PlanScope
    @OptionGroup var global: GlobalOptions

    @Option(name: .shortAndLong, help: "text or json.")
    var output = ReceiptFormat.text

    @Option(
        help: ArgumentHelp("Perform a saved plan, if what it observed has not moved.", valueName: "file"),
        completion: .file()
    )
    var plan: String?

    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false

    @Option(help: "How many actions are performed side by side; the number of cores by default.")
    var parallelism: Int?

    @Option(help: ArgumentHelp("How long to wait for another pgsteer at work in this home.", valueName: "seconds"))
    var lockTimeout = 0

    func validate() throws {
        if plan != nil, !specs.paths.isEmpty || scope.prune || scope.showUnmanaged {
            throw ValidationError("a saved plan has its specifications and its scope with it; give it no others")
        }
        if lockTimeout < 0 { throw ValidationError("--lock-timeout is 0 or more seconds") }
        if let parallelism, parallelism < 1 { throw ValidationError("--parallelism is 1 or more") }
    }

    func run() async throws {
        let terminal = Terminal(global)
        do {
            try await apply(terminal)
        } catch let code as ExitCode {
            throw code
        } catch let error as ValidationError {
            throw error
        } catch {
            throw terminal.failure(error)
        }
    }

    private func apply(_ terminal: Terminal) async throws {
        let saved = try plan.map { try SavedPlan(path: $0) }
        var session = try saved.map { SpecSession($0.specs) } ?? SpecSession(specs)
        session.loadSecrets()
        try session.stopOnErrors(terminal)
        let fleet = await FleetSession(global, desired: session.fleet)
        // From here to the end nobody else changes this home.
        let lock = try await HomeLock(home: fleet.home, purpose: "apply", patience: .seconds(lockTimeout))
        defer { withExtendedLifetime(lock) {} }
        try await fleet.local.removeLeftovers()
        let options = saved?.options ?? scope.options
        let observed = try await fleet.observe(session.fleet)
        let planned = fleet.plan(session.fleet, observed, options: options, collector: &session.collector)
        session.collector.emit(contentsOf: PolicyImpact.diagnostics(planned.plan, session.fleet))
        try session.stopOnErrors(terminal)
        terminal.tell(session.collector.sorted)
        if let saved { try refuseIfMoved(saved, planned) }
        if output == .text { terminal.write(PlanText(plan: planned.plan, style: terminal.resultStyle).text) }
        if !planned.plan.isEmpty, !yes, saved == nil { try ask(terminal) }
        let receipt = try await perform(planned.plan, observed, session: session, fleet: fleet)
        try finish(receipt, terminal: terminal)
    }

    private func refuseIfMoved(_ saved: SavedPlan, _ fresh: PlannedFleet) throws {
        guard saved.plan.digest != fresh.plan.digest else { return }
        let moved = saved.moved(comparedTo: fresh)
        let names = moved.isEmpty ? "what is planned" : moved.joined(separator: ", ")
        throw SavedPlanError(
            "the saved plan is stale: \(names) moved since it was made; nothing was changed. Plan again"
        )
    }

    private func ask(_ terminal: Terminal) throws {
        guard isatty(STDIN_FILENO) == 1 else {
            throw ValidationError("there is nobody to ask; add --yes to apply without asking")
        }
        terminal.tell("\nApply this? Only yes is taken: ")
        guard readLine() == "yes" else {
            terminal.tell("nothing was changed\n")
            throw ExitCode(1)
        }
    }

    private func perform(
        _ plan: Plan,
        _ observed: ObservedFleet,
        session: SpecSession,
        fleet: FleetSession
    ) async throws -> Receipt {
        let interruption = Interruption()
        let interrupts = Interrupts(interruption, terminal: fleet.terminal)
        defer { withExtendedLifetime(interrupts) {} }
        let run = PlanRun(
            verb: "apply",
            session: fleet,
            desired: session.fleet,
            specCommit: { await session.commit() },
            parallelism: parallelism ?? FleetSession.cores,
            interruption: interruption,
            progress: fleet.progressRecorder(total: plan.actions.count)
        )
        return try await run.perform(plan, on: observed)
    }

    private func finish(_ receipt: Receipt, terminal: Terminal) throws {
        switch output {
        case .json: try terminal.write(json: receipt)
        case .text where receipt.entries.isEmpty: break
        case .text:
            let done = receipt.count(.performed) + receipt.count(.alreadyDone)
            let failed = receipt.count(.failed)
            let skipped = receipt.count(.skipped)
            let rest = failed + skipped == 0 ? "" : ", \(failed) failed, \(skipped) skipped; run apply again to go on"
            terminal.write(
                "\(receipt.isInterrupted ? "Interrupted" : "Applied"): \(done) of \(receipt.entries.count) actions done\(rest).\n"
            )
        }
        if receipt.isInterrupted { throw ExitCode(130) }
        if !receipt.isSuccess { throw ExitCode(1) }
    }
}
