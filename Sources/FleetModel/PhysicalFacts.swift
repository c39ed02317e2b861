/// What is known of two instances before all that one has becomes the other's.
package struct PhysicalFacts: Hashable, Sendable {
    package struct Source: Hashable, Sendable {
        /// `wal_level`
        package var logLevel: String
        /// Replication slots and WAL senders that nobody uses.
        package var freeSlots: Int
        package var freeSenders: Int
        /// Tablespaces beside the two that every server has.
        package var tablespaces: [String]
        /// Subscriptions that take changes in, as `database.name`.
        package var subscriptions: [String]
        /// All databases, in bytes.
        package var bytes: Int

        package init(
            logLevel: String,
            freeSlots: Int,
            freeSenders: Int,
            tablespaces: [String] = [],
            subscriptions: [String] = [],
            bytes: Int = 0
        ) {
            self.logLevel = logLevel
            self.freeSlots = freeSlots
            self.freeSenders = freeSenders
            self.tablespaces = tablespaces
            self.subscriptions = subscriptions
            self.bytes = bytes
        }
    }

    package struct Target: Hashable, Sendable {
        package var logLevel: String
        /// Databases that hold tables, views, sequences or functions of somebody.
        package var filledDatabases: [String]
        /// Databases that no document declares.
        package var undeclaredDatabases: [String]
        /// Free bytes on the disk of its data; nil where that is not known.
        package var freeBytes: Int?

        package init(
            logLevel: String,
            filledDatabases: [String] = [],
            undeclaredDatabases: [String] = [],
            freeBytes: Int? = nil
        ) {
            self.logLevel = logLevel
            self.filledDatabases = filledDatabases
            self.undeclaredDatabases = undeclaredDatabases
            self.freeBytes = freeBytes
        }
    }

    package var sourceName: String
    package var targetName: String
    /// Nil when it does not serve.
    package var source: Source?
    package var target: Target?
    /// Another migration that fills the target.
    package var otherMigration: String?

    package init(
        source: (name: String, facts: Source?),
        target: (name: String, facts: Target?),
        otherMigration: String? = nil
    ) {
        (sourceName, self.source) = source
        (targetName, self.target) = target
        self.otherMigration = otherMigration
    }

    /// Everything that stands in the way, that of the source first.
    package var obstacles: [PhysicalObstacle] { sourceObstacles + targetObstacles }

    private var sourceObstacles: [PhysicalObstacle] {
        guard let source else { return [.source("\(sourceName) does not serve", "start it: pgsteer apply")] }
        var found: [PhysicalObstacle] = []
        if source.logLevel == "minimal" {
            found.append(
                .source("\(sourceName) has wal_level minimal", "set wal_level to replica there and restart it")
            )
        }
        if source.freeSlots < 1 {
            found.append(.source("\(sourceName) has no free replication slot", "raise max_replication_slots there"))
        }
        // One for the copy and one for the log that is written meanwhile; then one for the target.
        if source.freeSenders < 2 {
            found.append(
                .source("\(sourceName) has fewer than two free WAL senders", "raise max_wal_senders there")
            )
        }
        if !source.tablespaces.isEmpty {
            found.append(
                .source(
                    "\(sourceName) has tablespaces, whose folders both instances would write: \(list(source.tablespaces))",
                    "move what is in them to pg_default and drop them"
                )
            )
        }
        if !source.subscriptions.isEmpty {
            found.append(
                .source(
                    "\(sourceName) takes in changes of other servers, and so would the target: \(list(source.subscriptions))",
                    "disable or drop these subscriptions"
                )
            )
        }
        return found
    }

    private var targetObstacles: [PhysicalObstacle] {
        if let otherMigration {
            return [.target("\(targetName) is being filled by the migration \(otherMigration)", "end that one first")]
        }
        guard let target else { return [.target("\(targetName) does not serve", "start it: pgsteer apply")] }
        var found: [PhysicalObstacle] = []
        if target.logLevel == "minimal" {
            found.append(
                .target("\(targetName) has wal_level minimal", "set wal_level to replica there and restart it")
            )
        }
        if !target.filledDatabases.isEmpty {
            found.append(
                .target(
                    "\(targetName) is not empty, and all that it has would be replaced: there is something in \(list(target.filledDatabases))",
                    "drop what is in there, or choose another instance"
                )
            )
        }
        if !target.undeclaredDatabases.isEmpty {
            found.append(
                .target(
                    "\(targetName) has databases that no document declares: \(list(target.undeclaredDatabases))",
                    "drop them, or choose another instance"
                )
            )
        }
        if let free = target.freeBytes, let bytes = source?.bytes, free < bytes + bytes / 5 {
            found.append(
                .target(
                    "the disk of \(targetName) has \(ByteCount(bytes: free).rounded) free, and the source takes \(ByteCount(bytes: bytes).rounded); a fifth more than that is needed",
                    "free some space there"
                )
            )
        }
        return found
    }

    private func list(_ names: [String]) -> String {
        names.prefix(5).joined(separator: ", ") + (names.count > 5 ? " and \(names.count - 5) more" : "")
    }
}

/// Why all that one instance has cannot become another's.
package struct PhysicalObstacle: Hashable, Sendable {
    package enum End: String, Sendable {
        case source
        case target
    }

    package var end: End
    /// A sentence without a full stop.
    package var message: String
    package var help: String

    static func source(_ message: String, _ help: String) -> PhysicalObstacle {
        PhysicalObstacle(end: .source, message: message, help: help)
    }

    static func target(_ message: String, _ help: String) -> PhysicalObstacle {
        PhysicalObstacle(end: .target, message: message, help: help)
    }
}
