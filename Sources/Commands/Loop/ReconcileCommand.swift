import ArgumentParser
import Providers
import Reconciliation

struct ReconcileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile",
        abstract: "Asks the loop to look at instances now, and not at its next interval.",
        discussion: "With --now, what disturbs does not wait for the instance's maintenance window this time."
    )

    @Argument(help: "The instances.", completion: .declaredInstance)
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
            }
            if let missing = await missing(session.home) { throw missing }
            for name in names {
                try session.home.loop.wish(for: name, isUrgent: now, session.effects)
                terminal.write("Asked the loop to look at \(name).\n")
            }
        } catch let error as ValidationError {
            throw error
        } catch {
            throw terminal.failure(error)
        }
    }

    /// What is wrong when the loop looks after no instance of one of the names; nil also when it cannot be told.
    private func missing(_ home: LocalHome) async -> ProviderError? {
        func unknown(_ state: LoopState) -> String? {
            names.first { name in !state.instances.contains { $0.name == name } }
        }
        guard let state = await LoopListing.state(of: home, where: { unknown($0) == nil }), let name = unknown(state)
        else { return nil }
        let known = state.instances.map(\.name)
        return ProviderError(
            "the loop looks after no instance \"\(name)\"",
            help: "there are: \(known.isEmpty ? "none" : known.joined(separator: ", "))"
        )
    }
}
