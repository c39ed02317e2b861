import ArgumentParser
import FleetModel
import Providers

struct RestartCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart",
        abstract: "Restarts instances: by name, by tags, or all; in batches.",
        discussion: """
            Sessions are closed, and told right before, with transactions that are open; address and data stay. An instance whose checkpoint does not finish within the limit is \
            not stopped at all and serves as before. The first failure stops what has not begun. A standby is restarted \
            first; see switchover for a way that disturbs less.
            """
    )

    @OptionGroup var options: RestartOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        try await options.perform(
            .restart,
            impact: .restart,
            global,
            summary: { "restart \($0)" },
            past: "Restarted",
            by: { .restart(checkpointLimit: $0) }
        )
    }
}
