package import Providers

/// The instances of a physical migration and who changes them.
package struct PhysicalEndsOrder: Sendable {
    package var provider: LocalProvider
    package var source: String
    package var target: String
    /// Databases that documents declare on the target.
    package var declaredDatabases: Set<String>

    package init(provider: LocalProvider, source: String, target: String, declaredDatabases: Set<String>) {
        self.provider = provider
        self.source = source
        self.target = target
        self.declaredDatabases = declaredDatabases
    }

    func ends(_ task: MigrationTask) -> PhysicalEnds {
        PhysicalEnds(
            migration: task.name,
            slot: task.objectName,
            source: source,
            target: target,
            declaredDatabases: declaredDatabases
        )
    }
}
