import Execution
import FleetModel
import Migrating
import Resources
import SideEffects

/// Work on a migration as `apply` and the loop do it: until nothing is left that it can do by itself.
struct MigrationWork {
    let session: FleetSession
    let desired: DesiredFleet
    let interruption: Interruption
    /// Who works, for those who want to work on it meanwhile.
    let purpose: String
    let reporter: any MigrationReporter

    /// Returns what is remembered at the end; throws `MigrationStopped` when it was interrupted.
    func run(_ migration: Migration, in folder: MigrationFolder) async throws -> MigrationTask {
        let lock = try await folder.lock(purpose)
        defer { withExtendedLifetime(lock) {} }
        let order = try await session.order(migration, desired)
        let run = try MigrationRun(order, folder: folder, effects: session.effects, reporter: reporter)
        let watch = Task {
            while !Task.isCancelled, !interruption.isWished { try? await Task.sleep(for: .milliseconds(100)) }
            if interruption.isWished { run.interrupt() }
        }
        defer { watch.cancel() }
        return try await run.run()
    }
}
