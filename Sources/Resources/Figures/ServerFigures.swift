/// How one server is doing at a moment: what there is, and counters of what it has done since they were last reset.
///
/// A value without any rate in it: rates come from two of them, ``FigureRates``.
package struct ServerFigures: Codable, Hashable, Sendable {
    package struct Sessions: Codable, Hashable, Sendable {
        /// Sessions of clients, this one not counted.
        package var used: Int
        /// How many clients may have at once; what is reserved for superusers is left out.
        package var allowed: Int
        package var active: Int
        package var idleInTransaction: Int
        /// Those that wait for a lock.
        package var waiting: Int
    }

    /// A standby that follows the server, as the server sees it.
    package struct Follower: Codable, Hashable, Sendable {
        package var name: String
        package var state: String
        /// Bytes of the write-ahead log that it has not replayed.
        package var lagBytes: Int?
        /// How long ago it replayed what it replayed last; nil while nothing is written.
        package var lagSeconds: Double?
    }

    package struct Storage: Codable, Hashable, Sendable {
        package var databaseBytes: Int
        package var walBytes: Int
        /// What `size.storage` says; nil where nothing is said.
        package var allowedBytes: Int?

        package var usedBytes: Int { databaseBytes + walBytes }
        /// Nil where nothing is said.
        package var share: Double? {
            allowedBytes.flatMap { $0 > 0 ? Double(usedBytes) / Double($0) : nil }
        }
    }

    /// Counters of `pg_stat_statements`, over all statements that it holds.
    package struct Statements: Codable, Hashable, Sendable {
        package var calls: Int
        package var totalMilliseconds: Double
    }

    /// Counters; they only grow, until somebody resets them or the server crashes.
    package struct Counters: Codable, Hashable, Sendable {
        package var commits = 0
        package var rollbacks = 0
        /// Blocks that were found in shared buffers, and those that were read from outside of them.
        package var blocksHit = 0
        package var blocksRead = 0
        package var walBytes = 0
        package var deadlocks = 0
        package var temporaryFiles = 0
        package var temporaryBytes = 0
        package var checkpointsTimed = 0
        package var checkpointsRequested = 0
        /// Nil where the extension pg_stat_statements is not loaded, or in no database.
        package var statements: Statements?
    }

    /// Seconds since 1970-01-01T00:00:00Z by the server's own clock.
    package var time: Double
    /// When the server was started, counted alike.
    package var started: Double
    package var isStandby: Bool
    package var sessions: Sessions
    package var counters: Counters
    /// Age of the oldest transaction that still goes on; nil when there is none.
    package var oldestTransactionSeconds: Double?
    package var followers: [Follower]
    package var storage: Storage
    /// Rows of all databases that are dead and not yet removed, and those that live, as far as statistics know.
    package var deadRows: Int
    package var liveRows: Int
}

/// What a server did between two moments.
package struct FigureRates: Codable, Hashable, Sendable {
    package var seconds: Double
    package var transactionsPerSecond: Double
    package var walBytesPerSecond: Double
    /// Share of blocks that were found in shared buffers; nil when none was asked for.
    package var cacheHitShare: Double?
    /// Mean time of a statement; nil where nothing counts statements, or none was performed.
    package var statementMilliseconds: Double?
    package var statementsPerSecond: Double?

    /// Returns nil when there is nothing to compare: no time went by, or counters were reset in between.
    package init?(from old: ServerFigures, to new: ServerFigures) {
        let seconds = new.time - old.time
        let (before, after) = (old.counters, new.counters)
        let transactions = after.commits + after.rollbacks - before.commits - before.rollbacks
        guard seconds > 0, transactions >= 0, after.walBytes >= before.walBytes, new.started == old.started else {
            return nil
        }
        self.seconds = seconds
        transactionsPerSecond = Double(transactions) / seconds
        walBytesPerSecond = Double(after.walBytes - before.walBytes) / seconds
        cacheHitShare = Self.share(after.blocksHit - before.blocksHit, after.blocksRead - before.blocksRead)
        guard let first = before.statements, let last = after.statements, last.calls >= first.calls else { return }
        let calls = last.calls - first.calls
        statementsPerSecond = Double(calls) / seconds
        if calls > 0 { statementMilliseconds = (last.totalMilliseconds - first.totalMilliseconds) / Double(calls) }
    }

    private static func share(_ hit: Int, _ read: Int) -> Double? {
        hit < 0 || read < 0 || hit + read == 0 ? nil : Double(hit) / Double(hit + read)
    }
}

extension ServerFigures.Counters {
    /// Share of blocks that were found in shared buffers since counters were reset; nil when none was asked for.
    package var cacheHitShare: Double? {
        blocksHit + blocksRead == 0 ? nil : Double(blocksHit) / Double(blocksHit + blocksRead)
    }
}
