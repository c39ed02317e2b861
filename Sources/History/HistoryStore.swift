import FleetModel
import GRDB
import Synchronization

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// Who changed what and when; for people only, nothing is ever decided by it.
///
/// SQLite in the home. Deleting the file loses history and no ability.
package final class HistoryStore: Sendable {
    private let database: any DatabaseWriter
    private static let opening = Mutex(())

    /// Opens the history of a home and brings its tables up to date.
    package init(path: String) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        // A run writes many small entries. With a write-ahead log they need not wait for the disk each; what a power cut
        // could lose is the end of a history that nothing depends on. The cache is small (KiB): a loop keeps the file open
        // for months, and would fill the 2 MB that SQLite has by default with pages of old entries.
        configuration.prepareDatabase { database in
            try database.execute(
                sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -256"
            )
        }
        // Two who make the tables at the same time would both begin, and one of them fail.
        database = try Self.opening.withLock { _ in
            let database = try DatabaseQueue(path: path, configuration: configuration)
            try HistorySchema.migrator.migrate(database)
            return database
        }
    }

    package func begin(_ run: RunEntry) throws { try database.write { try run.insert($0) } }

    package func end(run id: String, at time: Date, outcome: String) throws {
        try database.write { database in
            try database.execute(
                sql: "UPDATE run SET ended = ?, outcome = ? WHERE id = ?",
                arguments: [time, outcome, id]
            )
        }
    }

    package func add(_ action: ActionEntry) throws { try database.write { try action.insert($0) } }

    package func add(_ parameters: [ParameterEntry]) throws {
        try database.write { database in
            for parameter in parameters { try parameter.insert(database) }
        }
    }

    /// Returns the latest actions, newest first.
    package func actions(instance: String?, limit: Int) throws -> [ActionRow] {
        try database.read { try LatestEntries.actions(instance: instance, limit: limit).fetchAll($0) }
    }

    /// Returns the last action that each resource of an instance has seen performed; nothing where there is no history.
    ///
    /// Neither makes nor changes a file, for who only reads.
    package static func lastActions(of instance: String, at path: String) throws -> [ActionRow] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        var configuration = Configuration()
        configuration.readonly = true
        // Nobody has it open when there is no log beside it; opening it would make one.
        let isOpen = FileManager.default.fileExists(atPath: path + "-wal")
        let address = URL(filePath: path).absoluteString
        let database = try DatabaseQueue(path: isOpen ? path : address + "?immutable=1", configuration: configuration)
        return try database.read { database in
            try ActionRow.fetchAll(
                database,
                sql: """
                    SELECT run.id AS run, run.verb, run.user, run.host, run.specCommit, action.resource, action.operation,
                        action.summary, action.impact, action.status, action.message, action.started,
                        max(action.ended) AS ended
                    FROM action JOIN run ON run.id = action.run
                    WHERE action.instance = ? AND action.status = 'performed' GROUP BY action.resource
                    """,
                arguments: [instance]
            )
        }
    }

    /// Returns the latest changes of parameters, newest first.
    package func parameters(instance: String?, name: String?, limit: Int) throws -> [ParameterRow] {
        try database.read { try LatestEntries.parameters(instance: instance, name: name, limit: limit).fetchAll($0) }
    }
}
