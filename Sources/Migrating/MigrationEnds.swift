package import PostgresClient
package import Resources

/// What is to be migrated, and how to get to both ends.
package struct MigrationOrder: Sendable {
    package var migration: Migration
    /// The source's database, as the account that reads it.
    package var source: ConnectionTarget
    /// The target's database, as the account that writes it.
    package var target: ConnectionTarget
    /// The server programs of this host, by major.
    package var binaries: [Int: String]
    /// Tables that are copied side by side.
    package var concurrency: Int
    /// Tables above this size are copied in pieces.
    package var splitSize: Int
    /// How the source's endpoint is led to the target; nil unless both ends are instances that this home keeps.
    package var endpoint: EndpointMover?
    /// Both instances, where all of one becomes the other's; nil where a database is moved.
    package var physical: PhysicalEndsOrder?
    /// The nodes of an instance that follow its primary, by their numbers; none where this home does not keep it.
    package var followers: @Sendable (_ instance: String) async -> [Int: ConnectionTarget] = { _ in [:] }
    /// Whether the writes may go over by themselves at the moment it is asked.
    package var cutoverTime: @Sendable () -> CutoverTime = { .open }
    /// Whether a run that is ready waits for that moment, instead of ending.
    package var waitsForCutover = false

    package init(
        migration: Migration,
        source: ConnectionTarget,
        target: ConnectionTarget,
        binaries: [Int: String],
        concurrency: Int,
        splitSize: Int? = nil
    ) {
        self.migration = migration
        self.source = source
        self.target = target
        self.binaries = binaries
        self.concurrency = concurrency
        self.splitSize = splitSize ?? CopyPlan.splitSize
    }
}

/// Whether writes may go over by themselves.
package enum CutoverTime: Sendable, Equatable {
    case open
    /// What is waited for, in words.
    case waiting(String)
}
