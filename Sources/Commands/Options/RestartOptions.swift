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
            let lock = try await HomeLock(home: session.home, purpose: operation.rawValue)
            defer { withExtendedLifetime(lock) {} }
            let names = try await selection.chosen(session)
            let plan = selection.plan(for: names, operation, impact: impact, summary: summary)
            let run = PromptedRun(verb: operation.rawValue, session: session, parallelism: selection.batch)
            let receipt = try await run.perform(plan, by: make(.seconds(checkpointLimit)))
            terminal.write("\(past) \(receipt.count(.performed)) of \(plan.actions.count) instances.\n")
            try receipt.stopOnFailure()
        } catch let code as ExitCode {
            throw code
        } catch {
            throw terminal.failure(error)
        }
    }
}
