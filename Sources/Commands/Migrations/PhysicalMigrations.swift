import FleetModel
import Migrating
import Providers
import Resources
import SpecSchema

/// What migrations of whole instances need of this session.
extension FleetSession {
    /// Both instances of a physical migration; nil for one of a database.
    func physicalEnds(of migration: Migration, _ desired: DesiredFleet) -> PhysicalEndsOrder? {
        guard migration.isPhysical, let source = migration.source.value.instance,
            let target = migration.target.value.instance
        else { return nil }
        let databases = desired.objects(of: target).filter { type(of: $0).kind == Database.kind }
        return PhysicalEndsOrder(
            provider: local,
            source: source,
            target: target,
            declaredDatabases: Set(databases.map(\.id.name))
        )
    }

    /// What stands in the way of a physical migration; nothing for a logical one.
    func physicalObstacles(of migration: Migration, _ desired: DesiredFleet) async -> [PhysicalObstacle] {
        guard let physical = physicalEnds(of: migration, desired) else { return [] }
        let slot = (try? migrationFolder(migration.name.value).task()?.objectName) ?? ""
        let ends = PhysicalEnds(
            migration: migration.name.value,
            slot: slot,
            source: physical.source,
            target: physical.target,
            declaredDatabases: physical.declaredDatabases
        )
        return await physical.provider.physicalFacts(ends).obstacles
    }
}
