package import SQL

extension ServerFigures {
    /// Asks a server for what it knows as a whole (PostgreSQL manual, section 27.2).
    ///
    /// - Parameter version: As PostgreSQL counts it: 150018. Since 17, checkpoints have a view of their own.
    package static func observation(version: Int) -> Statement {
        let checkpoints: Statement =
            version >= 170_000
            ? "SELECT num_timed AS timed, num_requested AS requested FROM pg_stat_checkpointer"
            : "SELECT checkpoints_timed AS timed, checkpoints_req AS requested FROM pg_stat_bgwriter"
        return """
            WITH sessions AS (
                SELECT count(*) AS used, count(*) FILTER (WHERE state = 'active') AS active,
                    count(*) FILTER (WHERE state LIKE 'idle in transaction%') AS idle_in_transaction,
                    count(*) FILTER (WHERE wait_event_type = 'Lock') AS waiting,
                    extract(epoch FROM max(clock_timestamp() - xact_start))::float8 AS oldest
                FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
            ), databases AS (
                SELECT sum(xact_commit) AS commits, sum(xact_rollback) AS rollbacks, sum(blks_hit) AS hit,
                    sum(blks_read) AS read, sum(deadlocks) AS deadlocks, sum(temp_files) AS temp_files,
                    sum(temp_bytes) AS temp_bytes
                FROM pg_stat_database
            ), checkpoints AS (\(checkpoints))
            SELECT extract(epoch FROM clock_timestamp())::float8 AS time,
                extract(epoch FROM pg_postmaster_start_time())::float8 AS started, pg_is_in_recovery() AS is_standby,
                sessions.*, databases.*, checkpoints.*, (SELECT wal_bytes::bigint FROM pg_stat_wal) AS wal_bytes,
                (SELECT sum(setting::int) FILTER (WHERE name = 'max_connections')
                    - coalesce(sum(setting::int) FILTER (WHERE name <> 'max_connections'), 0) FROM pg_settings
                    WHERE name IN ('max_connections', 'superuser_reserved_connections', 'reserved_connections')) AS allowed
            FROM sessions, databases, checkpoints
            """
    }

    /// Asks for the standbys that follow.
    package static let followersObservation: Statement = """
        SELECT application_name AS name, state,
            pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END,
                replay_lsn)::bigint AS lag_bytes,
            extract(epoch FROM replay_lag)::float8 AS lag_seconds
        FROM pg_stat_replication ORDER BY application_name
        """

    /// Asks one database for its rows.
    package static let rowsObservation: Statement = """
        SELECT coalesce(sum(n_dead_tup), 0)::bigint AS dead, coalesce(sum(n_live_tup), 0)::bigint AS live
        FROM pg_stat_user_tables
        """

    /// Asks a database in which schema it has pg_stat_statements; no row where it has not.
    package static let statementsPlace: Statement = """
        SELECT n.nspname AS schema FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
        WHERE e.extname = 'pg_stat_statements'
            AND 'pg_stat_statements' = ANY (string_to_array(replace(current_setting('shared_preload_libraries'), ' ', ''), ','))
        """

    package static func statementsObservation(schema: String) -> Statement {
        """
        SELECT coalesce(sum(calls), 0)::bigint AS calls, coalesce(sum(total_exec_time), 0)::float8 AS milliseconds
        FROM \(identifier: schema).pg_stat_statements
        """
    }

    /// - Parameter row: Of ``observation(version:)``.
    package init(_ row: Row, followers: [Row], storage: Storage) {
        time = row.number("time") ?? 0
        started = row.number("started") ?? 0
        isStandby = row.isTrue("is_standby")
        sessions = Sessions(
            used: row.integer("used") ?? 0,
            allowed: row.integer("allowed") ?? 0,
            active: row.integer("active") ?? 0,
            idleInTransaction: row.integer("idle_in_transaction") ?? 0,
            waiting: row.integer("waiting") ?? 0
        )
        counters = Counters(
            commits: row.integer("commits") ?? 0,
            rollbacks: row.integer("rollbacks") ?? 0,
            blocksHit: row.integer("hit") ?? 0,
            blocksRead: row.integer("read") ?? 0,
            walBytes: row.integer("wal_bytes") ?? 0,
            deadlocks: row.integer("deadlocks") ?? 0,
            temporaryFiles: row.integer("temp_files") ?? 0,
            temporaryBytes: row.integer("temp_bytes") ?? 0,
            checkpointsTimed: row.integer("timed") ?? 0,
            checkpointsRequested: row.integer("requested") ?? 0
        )
        oldestTransactionSeconds = row.number("oldest")
        self.followers = followers.map {
            Follower(
                name: $0.text("name"),
                state: $0.text("state"),
                lagBytes: $0.integer("lag_bytes"),
                lagSeconds: $0.number("lag_seconds")
            )
        }
        self.storage = storage
        deadRows = 0
        liveRows = 0
    }
}

extension ServerFigures.Statements {
    /// - Parameter row: Of `ServerFigures.statementsObservation`.
    package init(_ row: Row) {
        calls = row.integer("calls") ?? 0
        totalMilliseconds = row.number("milliseconds") ?? 0
    }
}

extension ServerFigures.Storage {
    /// Asks how much the data takes; `pg_ls_waldir` is for members of pg_monitor.
    package static let observation: Statement = """
        SELECT (SELECT sum(pg_database_size(oid)) FROM pg_database)::bigint AS databases,
            (SELECT sum(size) FROM pg_ls_waldir())::bigint AS wal
        """

    /// - Parameter row: Of ``observation``.
    package init(_ row: Row?, allowedBytes: Int?) {
        databaseBytes = row?.integer("databases") ?? 0
        walBytes = row?.integer("wal") ?? 0
        self.allowedBytes = allowedBytes
    }
}

extension Row {
    fileprivate func number(_ column: String) -> Double? { self[column].flatMap { Double($0) } }
}
