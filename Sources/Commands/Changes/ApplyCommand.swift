import ArgumentParser
import Diagnostics
import Execution
import FleetModel
import Glibc
import Planning
import Providers
import Reconciliation
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

    @Option(
        help: ArgumentHelp("How long to wait for another pgsteer at work on the same instances.", valueName: "seconds")
    )
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
        // Nobody takes the whole home from here to the end; single instances are taken when it is known which.
        let home = try await locks([], fleet)
        defer { withExtendedLifetime(home) {} }
        try await fleet.local.removeLeftovers()
        let shown = try await look(&session, saved, fleet)
        terminal.tell(session.collector.sorted)
        if output == .text { terminal.write(PlanText(plan: shown.planned.plan, style: terminal.resultStyle).text) }
        if shown.planned.plan.isEmpty { return try await perform(shown, session, home, fleet) }
        let isAsked = !yes && saved == nil
        if isAsked { try ask(terminal) }
        try await perform(after: shown, isAsked: isAsked, &session, saved, fleet)
    }

    /// The fleet as it was at one moment, and what is to be done then.
    private struct Look {
        var observed: ObservedFleet
        var planned: PlannedFleet

        /// Those that the plan changes; a migration has a lock of its own.
        var instances: Set<String> {
            Set(planned.plan.actions.map(\.resource).filter { $0.kind != Migration.kind }.map(\.instance))
        }
    }

    private func look(
        _ session: inout SpecSession,
        _ saved: SavedPlan?,
        _ fleet: FleetSession,
        after earlier: ObservedFleet? = nil
    ) async throws -> Look {
        let observed = try await fleet.observe(session.fleet, after: earlier)
        let options = saved?.options ?? scope.options
        let planned = fleet.plan(session.fleet, observed, options: options, collector: &session.collector)
        fleet.check(planned.plan, of: session.fleet, &session.collector)
        try session.stopOnErrors(fleet.terminal)
        if let saved { try refuseIfMoved(saved, planned) }
        return Look(observed: observed, planned: planned)
    }

    private func locks(_ names: Set<String>, _ fleet: FleetSession) async throws -> InstanceLocks {
        try await InstanceLocks(names, home: fleet.home, purpose: "apply", patience: .seconds(lockTimeout))
    }

    /// Takes the instances that a plan changes, and performs the plan that is right then: somebody else may have changed
    /// them before they were taken.
    private func perform(
        after shown: Look,
        isAsked: Bool,
        _ session: inout SpecSession,
        _ saved: SavedPlan?,
        _ fleet: FleetSession
    ) async throws {
        var names = shown.instances
        for _ in 0..<Self.attempts {
            let locks = try await locks(names, fleet)
            // What is to be told has been told.
            var silent = session
            let look = try await look(&silent, saved, fleet, after: shown.observed)
            if isAsked, look.planned.plan.digest != shown.planned.plan.digest {
                throw SavedPlanError("the fleet moved while you were asked; nothing was changed. Run apply again")
            }
            if look.instances.isSubset(of: names) { return try await perform(look, session, locks, fleet) }
            names.formUnion(look.instances)
        }
        throw SavedPlanError("others change the fleet all the time; nothing was changed. Run apply again")
    }

    /// How often the plan may grow while its instances are taken.
    private static let attempts = 5

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
        _ look: Look,
        _ session: SpecSession,
        _ locks: InstanceLocks,
        _ fleet: FleetSession
    ) async throws {
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
            locks: locks,
            progress: fleet.progressRecorder(total: look.planned.plan.actions.count)
        )
        try finish(try await run.perform(look.planned.plan, on: look.observed), terminal: fleet.terminal)
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
