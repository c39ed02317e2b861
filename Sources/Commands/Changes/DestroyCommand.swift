import ArgumentParser
import Execution
import FleetModel
import Providers

struct DestroyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "destroy",
        abstract: "Stops one instance and deletes its data for ever.",
        discussion: """
            Name the instance twice, or add --yes. An instance whose deletion protection is on is refused: declare it with \
            protection.deletion: false and apply, first.
            """
    )

    @Argument(help: "The instance.", completion: .instance)
    var name: String

    @Argument(help: "The same name once more.", completion: .instance)
    var again: String?

    @Flag(name: .shortAndLong, help: "Do not ask for the name twice.")
    var yes = false

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if !yes, again != name {
            throw ValidationError("name the instance twice to delete its data: pgsteer destroy \(name) \(name)")
        }
    }

    func run() async throws {
        let terminal = Terminal(global)
        do {
            let session = await FleetSession(global)
            try await session.local.removeLeftovers()
            let locks = try await InstanceLocks([name], home: session.home, purpose: "destroy")
            defer { withExtendedLifetime(locks) {} }
            try await checkAllowed(session)
            try await perform(session)
        } catch let code as ExitCode {
            throw code
        } catch {
            throw terminal.failure(error)
        }
    }

    private func checkAllowed(_ session: FleetSession) async throws {
        guard let placement = try await session.provider.observe(name) else {
            throw UnknownInstanceError(name: name, known: Array(try await session.provider.observe().keys))
        }
        if placement.state == .destroying || placement.hasLostData { return }
        if let obstacle = placement.removalObstacle ?? session.migrationObstacles[name] {
            throw ProviderError(
                "\(name) is not destroyed: \(obstacle); nothing was changed",
                help:
                    "see where endpoints lead, or how a migration goes: pgsteer get endpoints, pgsteer migration status NAME"
            )
        }
        if placement.record.deletionProtection {
            throw ProviderError(
                "the deletion protection of \(name) is on; nothing was changed",
                help: "declare it with protection: { deletion: false }, apply, and destroy it then"
            )
        }
    }

    private func perform(_ session: FleetSession) async throws {
        let action = Action(
            id: "a1",
            resource: .instance(name),
            operation: .destroy,
            summary: "stop \(name) and delete its data",
            reason: .undeclared,
            impact: .rebuild
        )
        if let endpoint = try await session.provider.observe(name)?.endpoint, let other = endpoint.leadsTo {
            session.terminal.tell(
                "the endpoint \(endpoint.shown), which leads to \(other), is closed with \(name); its clients have to use another one\n"
            )
        }
        let plan = Plan(changes: [], actions: [action], digest: "")
        try await PromptedRun(verb: "destroy", session: session).perform(plan, by: .destroy).stopOnFailure()
        session.terminal.write("Destroyed \(name).\n")
    }
}
