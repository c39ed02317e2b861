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
