import FleetModel
import Resources

/// What must hold so that all that one instance has can become another's.
enum PhysicalChecks {
    static let all = [physicalSource, physicalTarget]

    private static let physicalSource = MigrationCheck(
        .physicalSource,
        "the source's files and log can be copied",
        .failed,
        .physical,
        why:
            "The copy and what follows it need a slot and two WAL senders, and nothing outside of the instance's folder.",
        decide: { findings($0, .source) }
    )

    private static let physicalTarget = MigrationCheck(
        .physicalTarget,
        "the target is empty and has room",
        .failed,
        .physical,
        why: "All that the target has is replaced by what the source has.",
        decide: { findings($0, .target) }
    )

    private static func findings(_ facts: CheckFacts, _ end: PhysicalObstacle.End) -> [CheckFinding] {
        facts.obstacles.filter { $0.end == end }
            .map { .failed("\($0.message).", fix: .specification("# \($0.help)")) }
    }
}

extension MigrationCheck {
    /// The checks of databases that mean something for whole instances, too.
    private static let physical: Set<MigrationCheckID> = [
        .sourceReachable, .targetReachable, .sameDatabase, .sourceStandby, .targetWritable, .physicalSource,
        .physicalTarget,
    ]

    /// Whether the check means anything for a migration.
    func applies(to migration: Migration) -> Bool {
        migration.isPhysical ? Self.physical.contains(id) : occasion.applies(to: migration)
    }
}
