package import FleetModel
package import SQL

/// Sessions of one sort that a restart would close.
package struct ObservedSessions: Hashable, Sendable {
    package var database: String
    package var user: String
    package var application: String
    package var isReplication: Bool
    package var count: Int
    /// How many of them are in a transaction.
    package var openTransactions: Int
    /// Seconds since the longest of these transactions began; nil when there is none.
    package var longestTransaction: Double?

    /// Client sessions and replication (PostgreSQL manual, `pg_stat_activity`); our own, and that of the instance's own
    /// standby, are left out. What replicates is in no transaction that anybody would miss.
    package static let observation: Statement = """
        SELECT coalesce(datname, '') AS database, coalesce(usename, '') AS username, application_name,
            backend_type = 'walsender' AS is_replication, count(*) AS count,
            count(xact_start) FILTER (WHERE backend_type = 'client backend') AS open,
            greatest(0, extract(epoch FROM clock_timestamp() - min(xact_start)
                FILTER (WHERE backend_type = 'client backend')))::float8 AS longest
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
        openTransactions = row.integer("open") ?? 0
        longestTransaction = openTransactions == 0 ? nil : Double(row.text("longest"))
    }
}

/// A transaction that somebody has prepared for a two-phase commit; a restart leaves it as it is.
package struct ObservedPreparedTransaction: Hashable, Sendable {
    package var name: String
    package var database: String
    package var user: String
    /// Seconds since it was prepared.
    package var age: Double

    /// PostgreSQL manual, `pg_prepared_xacts`.
    package static let observation: Statement = """
        SELECT gid, database, owner, greatest(0, extract(epoch FROM clock_timestamp() - prepared))::float8 AS age
        FROM pg_prepared_xacts ORDER BY prepared, gid
        """

    package init(_ row: Row) {
        name = row.text("gid")
        database = row.text("database")
        user = row.text("owner")
        age = Double(row.text("age")) ?? 0
    }
}

extension Plan.Disruption {
    /// What a restart would close, leave and bring into force; nil when that is nothing.
    package init?(
        of instance: String,
        _ sessions: [ObservedSessions],
        _ prepared: [ObservedPreparedTransaction],
        pending: [ObservedParameter] = []
    ) {
        if sessions.isEmpty, prepared.isEmpty, pending.isEmpty { return nil }
        let shown = { (isReplication: Bool) in
            sessions.filter { $0.isReplication == isReplication }.map(Sessions.init)
        }
        let transactions = prepared.map {
            PreparedTransaction(name: $0.name, database: $0.database, user: $0.user, seconds: $0.age)
        }
        self.init(
            instance: instance,
            sessions: shown(false),
            replication: shown(true),
            preparedTransactions: transactions.isEmpty ? nil : transactions,
            pendingParameters: pending.isEmpty
                ? nil : pending.map { PendingParameter(name: $0.name, observed: $0.shown, pending: $0.waiting) }
        )
    }
}

extension Plan.Disruption.Sessions {
    fileprivate init(_ observed: ObservedSessions) {
        self.init(
            database: observed.database,
            user: observed.user,
            application: observed.application,
            count: observed.count,
            openTransactions: observed.openTransactions == 0 ? nil : observed.openTransactions,
            longestTransactionSeconds: observed.longestTransaction
        )
    }
}
