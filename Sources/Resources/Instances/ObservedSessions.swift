import FleetModel
package import SQL

/// Sessions of one sort that a restart would close.
package struct ObservedSessions: Hashable, Sendable {
    package var database: String
    package var user: String
    package var application: String
    package var isReplication: Bool
    package var count: Int

    /// Client sessions and replication (PostgreSQL manual, `pg_stat_activity`); our own, and that of the instance's own
    /// standby, are left out.
    package static let observation: Statement = """
        SELECT coalesce(datname, '') AS database, coalesce(usename, '') AS username, application_name,
            backend_type = 'walsender' AS is_replication, count(*) AS count
        FROM pg_stat_activity WHERE backend_type IN ('client backend', 'walsender') AND pid <> pg_backend_pid()
            AND application_name !~ '^pgsteer/'
            AND NOT starts_with(application_name, \(literal: ObservedNode.followerPrefix)) GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
        """

    package init(_ row: Row) {
        database = row.text("database")
        user = row.text("username")
        application = row.text("application_name")
        isReplication = row.isTrue("is_replication")
        count = row.integer("count") ?? 0
    }
}
