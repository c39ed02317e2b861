package import FleetModel
package import SQL

/// A session that a primary sends its write-ahead log to (PostgreSQL manual, `pg_stat_replication`).
package struct ObservedFollower: Hashable, Sendable {
    /// The name that the standby gives itself.
    package var name: String
    package var following: ObservedFollowing

    package static let observation: Statement = """
        SELECT application_name, state, sync_state IN ('sync', 'quorum') AS is_synchronous,
            pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::bigint AS lag
        FROM pg_stat_replication WHERE state IN ('streaming', 'catchup') ORDER BY application_name
        """

    /// Whether a standby that runs waits for a restart, and for what.
    package static let waitingObservation: Statement =
        "SELECT name FROM pg_settings WHERE pending_restart ORDER BY name"

    package init(_ row: Row) {
        name = row.text("application_name")
        following = ObservedFollowing(
            state: row.text("state"),
            isSynchronous: row.isTrue("is_synchronous"),
            lagBytes: row.integer("lag")
        )
    }
}
