import ArgumentParser
import Execution
import FleetModel
import Providers

/// What commands have in common that close the sessions of instances and open them again.
struct RestartOptions: ParsableArguments {
    @OptionGroup var selection: InstanceSelection

    @Option(help: ArgumentHelp("How long a checkpoint may take.", valueName: "seconds"))
    var checkpointLimit = 120

    func validate() throws {
        if checkpointLimit < 1 { throw ValidationError("--checkpoint-limit is 1 or more seconds") }
    }

    /// Performs one operation on every instance that is meant, in batches, and says how many it was done to.
    ///
    /// - Parameters:
    ///   - summary: What is done to an instance.
    ///   - past: What was done, to begin the result with.
    func perform(
        _ operation: Action.Operation,
        impact: Impact,
        _ global: GlobalOptions,
        summary: (_ name: String) -> String,
        past: String,
        by make: (_ checkpointLimit: Duration) -> ProviderOperation
    ) async throws {
        let terminal = Terminal(global)
        do {
            let session = await FleetSession(global)
            let names = try await selection.chosen(session)
            // It has been told that there is none.
            if names.isEmpty { return }
            let plan = selection.plan(for: names, operation, impact: impact, summary: summary)
            if impact == .switchover { warnOfMigrations(of: names, session) }
            let run = PromptedRun(verb: operation.rawValue, session: session, parallelism: selection.batch)
            let work = make(.seconds(checkpointLimit))
            // Each for as long as it takes: a primary that dies meanwhile is replaced by the loop at once.
            let receipt = try await run.perform(plan) { action in
                let name = action.resource.instance
                let locks = try await InstanceLocks([name], home: session.home, purpose: operation.rawValue)
                defer { withExtendedLifetime(locks) {} }
                return try await session.provider.perform(work, on: name)
            }
            terminal.write("\(past) \(receipt.count(.performed)) of \(plan.actions.count) instances.\n")
            try receipt.stopOnFailure()
        } catch let code as ExitCode {
            throw code
        } catch {
            throw terminal.failure(error)
        }
    }

    /// A slot is of one server: what follows from the old primary does not follow from the new one.
    private func warnOfMigrations(of names: [String], _ session: FleetSession) {
        let obstacles = session.migrationObstacles
        for name in names {
            guard let obstacle = obstacles[name] else { continue }
            session.terminal.tell("warning: \(obstacle); where \(name) is its source it has to begin anew after this\n")
        }
    }
}
