import ArgumentParser
import Diagnostics
import Execution
import FleetModel
import Glibc
import Migrating
import Observing
import PostgresClient
import Providers
import Resources
import SideEffects
import SpecLoading
import SpecSchema

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension FleetSession {
    /// A migration with the ways to both its ends.
    ///
    /// - Parameter others: How many migrations work side by side, this one included.
    func order(
        _ migration: Migration,
        _ desired: DesiredFleet,
        splitSize: Int? = nil,
        beside others: Int = 1
    ) async throws -> MigrationOrder {
        func target(_ end: MigrationEnd) async throws -> ConnectionTarget {
            let password = end.password.flatMap { desired.secrets[$0]?.revealed }
            switch end {
            case .uri(let uri, _): return ConnectionTarget(.uri(uri), password: password)
            case .service(let name, _): return ConnectionTarget(.service(name), password: password)
            case .instance(let name, let database):
                return try await provider.administration(of: name, node: nil).database(database)
            case .wholeInstance(let name): return try await provider.administration(of: name, node: nil)
            }
        }
        var order = MigrationOrder(
            migration: migration,
            source: try await target(migration.source.value),
            target: try await target(migration.target.value),
            binaries: local.binaries.folders,
            // The target's cores, where it is on this host; elsewhere the best guess there is. Several share them.
            concurrency: migration.concurrency ?? max(1, Self.cores / max(1, others)),
            splitSize: splitSize
        )
        order.physical = physicalEnds(of: migration, desired)
        order.cutoverTime = { CutoverWindows.now(migration, desired) }
        order.endpoint = endpointMover(of: migration)
        order.followers = { [local] name in (try? await local.followers(of: name)) ?? [:] }
        return order
    }

    /// How the endpoint of a migration's source is led to the target; nil unless both ends are instances of this home.
    func endpointMover(of migration: Migration) -> EndpointMover? {
        guard migration.type.value == .fullAndIncremental, let source = migration.source.value.instance,
            let target = migration.target.value.instance, source != target, provider.isLocal(source),
            provider.isLocal(target)
        else { return nil }
        return EndpointMover(
            provider: local,
            source: source,
            target: target,
            isWhole: migration.isPhysical,
            hasGoneOver: { hasGoneOver($0, from: source, to: target) }
        )
    }

    /// Whether a migration of this home has moved all of a database from one instance to another, under its name.
    private func hasGoneOver(_ database: String, from source: String, to target: String) -> Bool {
        let from = MigrationEnd.instance(source, database: database).description
        let to = MigrationEnd.instance(target, database: database).description
        return MigrationFolder.names(in: home)
            .contains { name in
                guard let task = try? migrationFolder(name).task() else { return false }
                return task.state == .completed && task.type == .fullAndIncremental && task.source == from
                    && task.target == to && task.objects.isEverything
            }
    }
}
