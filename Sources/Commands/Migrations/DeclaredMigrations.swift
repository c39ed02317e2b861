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
        let lock = try await folder.lock("apply")
        defer { withExtendedLifetime(lock) {} }
        let reporter = MigrationTerminal(session.terminal, name: migration.name.value, format: session.logFormat)
        let order = try await session.order(migration, secrets: desired.secrets)
        let run = try MigrationRun(order, folder: folder, effects: session.effects, reporter: reporter)
        let watch = Task {
            while !Task.isCancelled, !interruption.isWished { try? await Task.sleep(for: .milliseconds(100)) }
            if interruption.isWished { run.interrupt() }
        }
        defer {
            watch.cancel()
            reporter.clear()
        }
        let task = try await run.run()
        guard task.state.isFinal || task.state == .readyToComplete else {
            throw MigrationError("\(task.name) is \(task.state.rawValue)\(task.message.map { ": \($0)" } ?? "")")
        }
        return .performed
    }
}
