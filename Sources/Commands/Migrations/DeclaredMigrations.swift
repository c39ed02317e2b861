import Execution
import Migrating
import Providers
import Resources
import SideEffects
import SpecSchema

/// Works on migrations for `apply`, in the foreground like everything else that it does.
struct DeclaredMigrations: MigrationWorker {
    let session: FleetSession
    let desired: DesiredFleet
    let interruption: Interruption

    func work(on migration: Migration) async throws -> ProviderOutcome {
        let files = LocalFiles(effects: session.effects)
        let folder = MigrationFolder(name: migration.name.value, home: session.home, files: files)
        let reporter = MigrationTerminal(session.terminal, name: migration.name.value, format: session.logFormat)
        defer { reporter.clear() }
        let work = MigrationWork(
            session: session,
            desired: desired,
            interruption: interruption,
            purpose: "apply",
            reporter: reporter
        )
        let task = try await work.run(migration, in: folder)
        guard task.state.isFinal || [.readyToComplete, .wayBackOpen].contains(task.state) else {
            throw MigrationError("\(task.name) is \(task.state.rawValue)\(task.message.map { ": \($0)" } ?? "")")
        }
        return .performed
    }
}
