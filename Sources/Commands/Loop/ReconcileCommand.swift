import ArgumentParser
import Providers

struct ReconcileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile",
        abstract: "Asks the loop to look at instances now, and not at its next interval.",
        discussion: "With --now, what disturbs does not wait for the instance's maintenance window this time."
    )

    @Argument(help: "The instances.")
    var names: [String]

    @Flag(help: "Do not wait for a maintenance window.")
    var now = false

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let terminal = Terminal(global)
        do {
            let session = await FleetSession(global)
            guard session.home.loop.isKept else {
                throw ProviderError(
                    "no loop keeps \(session.home.path), so nobody would look",
                    help: "start one with pgsteer run, or use pgsteer apply"
                )
            }
            for name in names {
                guard !name.isEmpty, !name.contains("/"), !name.hasPrefix(".") else {
                    throw ValidationError("\"\(name)\" is no name of an instance")
                }
                try session.home.loop.wish(for: name, isUrgent: now, session.effects)
                terminal.write("Asked the loop to look at \(name).\n")
            }
        } catch let error as ValidationError {
            throw error
        } catch {
            throw terminal.failure(error)
        }
    }
}
