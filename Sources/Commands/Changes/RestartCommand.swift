import ArgumentParser
import Execution
import FleetModel
import Providers

struct RestartCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart",
        abstract: "Restarts instances: by name, by tags, or all; in batches.",
        discussion: """
            Sessions are closed; address and data stay. An instance whose checkpoint does not finish within the limit is \
            not stopped at all and serves as before. The first failure stops what has not begun. A standby is restarted \
            first; see switchover for a way that disturbs less.
            """
    )

    @OptionGroup var selection: InstanceSelection

    @Option(help: ArgumentHelp("How long a checkpoint may take.", valueName: "seconds"))
    var checkpointLimit = 120

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if checkpointLimit < 1 { throw ValidationError("--checkpoint-limit is 1 or more seconds") }
    }

    func run() async throws {
        let terminal = Terminal(global)
        do {
            let session = await FleetSession(global)
            let lock = try await HomeLock(home: session.home, purpose: "restart")
            defer { withExtendedLifetime(lock) {} }
            let names = try await selection.chosen(session)
            let plan = selection.plan(for: names, .restart, impact: .restart) { "restart \($0)" }
            let receipt = try await PromptedRun(verb: "restart", session: session, parallelism: selection.batch)
                .perform(plan, by: .restart(checkpointLimit: .seconds(checkpointLimit)))
            terminal.write("Restarted \(receipt.count(.performed)) of \(plan.actions.count) instances.\n")
            try receipt.stopOnFailure()
        } catch let code as ExitCode {
            throw code
        } catch {
            throw terminal.failure(error)
        }
    }
}
