import PostgresClient
import SQL

/// Subscriptions: how one end follows the other, in either direction.
extension MigrationRun {
    /// Returns the subscription of this migration by its name, as one row: `oid`, `enabled`; nil when there is none.
    func subscription(_ name: String, _ follower: PostgresConnection) async throws -> Row? {
        try await follower.query(
            """
            SELECT s.oid, s.subenabled AS enabled FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
            WHERE s.subname = \(bind: name) AND d.datname = current_database()
            """
        )
        .first
    }

    /// A worker that has ended is started again within `wal_retrieve_retry_interval`, 5 seconds by default.
    static var workerPatience: Duration { .seconds(7) }

    /// Lets the end that follows start its worker where it has none.
    ///
    /// PostgreSQL's launcher looks for such subscriptions when a worker ends, but misses one that ends while it still waits
    /// for that worker's start, such as one that is turned away by a server that restarts; then it sleeps for three minutes.
    /// Enabling once more changes nothing, and wakes it.
    func wakeWorker(_ follower: PostgresConnection) async throws {
        let idle = try await follower.query(
            """
            SELECT s.subname AS name FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
            WHERE d.datname = current_database() AND s.subenabled
              AND s.subname IN (\(literal: objectName), \(literal: task.backName))
              AND NOT EXISTS (SELECT FROM pg_stat_subscription w WHERE w.subid = s.oid AND w.pid IS NOT NULL)
            """
        )
        for row in idle { try await follower.execute("ALTER SUBSCRIPTION \(identifier: row.text("name")) ENABLE") }
    }

    /// Makes a subscription that is not enabled, on a slot that is there, for rows that are there.
    ///
    /// - Parameters:
    ///   - writer: A session with the end that is followed.
    ///   - name: Of the subscription, the slot and the publication.
    ///   - followerNoun: Who follows whom, for people.
    func subscribe(
        _ follower: PostgresConnection,
        to writer: PostgresConnection,
        as name: String,
        _ followerNoun: String,
        _ writerNoun: String
    ) async throws {
        let connection = await writer.connectionString(applicationName: name)
        // Only changes that clients made there: none that came from here.
        let origin: Statement = await follower.serverVersion >= 160_000 ? ", origin = none" : ""
        try await quietly(follower) {
            do throws(PostgresError) {
                try await follower.execute(
                    """
                    CREATE SUBSCRIPTION \(identifier: name) CONNECTION \(secret: connection)
                    PUBLICATION \(identifier: name) WITH (create_slot = false, slot_name = \(literal: name),
                    copy_data = false, enabled = false, synchronous_commit = off\(origin))
                    """
                )
            } catch {
                throw MigrationError(
                    "\(followerNoun) could not subscribe to \(writerNoun): \(error.message)",
                    help: "\(followerNoun)'s server itself connects to \(writerNoun), which must let it in"
                )
            }
        }
    }
}
