import ArgumentParser
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

    @OptionGroup var options: RestartOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        try await options.perform(
            .switchover,
            impact: .switchover,
            global,
            summary: { "switch \($0) over to its standby" },
            past: "Switched over",
            by: { .switchover(checkpointLimit: $0) }
        )
    }
}
