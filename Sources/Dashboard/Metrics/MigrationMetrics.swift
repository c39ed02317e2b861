import Reconciliation
import Resources

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The numbers of migrations.
struct MigrationMetrics {
    let facts: FleetFacts

    var metrics: [Metric] {
        var state = Metric("pgsteer_migration_state", .gauge, "Where a migration stands: 1 for the state that it has.")
        var bytes = Metric("pgsteer_migration_bytes", .gauge, "The size on the source of the tables that it moves.")
        var copied = Metric("pgsteer_migration_copied_bytes", .gauge, "The size on the source of what has been copied.")
        var gap = Metric(
            "pgsteer_migration_lag_bytes",
            .gauge,
            "Write-ahead log of the source that the target has not confirmed."
        )
        var lag = Metric("pgsteer_migration_lag_seconds", .gauge, "The age of the newest change that the target has.")
        for migration in facts.migrations {
            let name = migration.name
            state.add(1, ["migration": name, "state": migration.stage ?? "not begun"])
            bytes.add(migration.progress?.bytes, ["migration": name])
            copied.add(migration.progress?.bytesDone, ["migration": name])
            gap.add(migration.lagBytes, ["migration": name])
            lag.add(migration.lagSeconds, ["migration": name])
        }
        return [state, bytes, copied, gap, lag]
    }
}
