import ArgumentParser
import Execution
import FleetModel
import Providers

struct SwitchoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "switchover",
        abstract: "Lets the standby of instances take over: by name, by tags, or all; in batches.",
        discussion: """
            Sessions are closed; address and data stay, and no committed transaction is lost. The old primary comes back \
            as the standby. Refused, with nothing stopped, when the standby does not follow or is further behind than \
            availability.maxSwitchoverLag allows. A primary that is dead needs no command: apply lets the standby take over.
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
            let lock = try await HomeLock(home: session.home, purpose: "switchover")
            defer { withExtendedLifetime(lock) {} }
            let names = try await selection.chosen(session)
            let plan = selection.plan(for: names, .switchover, impact: .switchover) {
                "switch \($0) over to its standby"
            }
            let receipt = try await PromptedRun(verb: "switchover", session: session, parallelism: selection.batch)
                .perform(plan, by: .switchover(checkpointLimit: .seconds(checkpointLimit)))
            terminal.write("Switched over \(receipt.count(.performed)) of \(plan.actions.count) instances.\n")
            try receipt.stopOnFailure()
        } catch let code as ExitCode {
            throw code
        } catch {
            throw terminal.failure(error)
        }
    }
}
