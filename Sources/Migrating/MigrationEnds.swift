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
