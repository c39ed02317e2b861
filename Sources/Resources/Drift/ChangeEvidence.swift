package import SQL

/// What a server tells, now, of who may have changed something: the end of its log, what sessions sent last, and the
/// statements that it counts.
package struct ChangeEvidence: Sendable {
    /// What one session sent last.
    package struct Session: Sendable {
        /// `bob in shop (psql from 10.0.0.7)`
        package var who: String
        /// `2026-11-25 01:02:03.004 UTC`; nil when it has sent nothing.
        package var time: String?
        /// Seconds since 1970-01-01T00:00:00Z.
        package var epoch: Double
        /// Nil when our role may not see it.
        package var statement: String?
        /// The role that it works as, where it is known.
        package var role: String?
        /// The database that it works in, where it is known.
        package var database: String?

        package init(
            who: String,
            time: String?,
            epoch: Double,
            statement: String?,
            role: String? = nil,
            database: String? = nil
        ) {
            self.role = role
            self.database = database
            self.who = who
            self.time = time
            self.epoch = epoch
            self.statement = statement
        }
    }

    /// A statement that `pg_stat_statements` counts; it does not tell when it was sent last.
    package struct Counted: Sendable {
        package var role: String
        package var database: String
        package var statement: String
        /// Since when it is counted; PostgreSQL 17 and later.
        package var since: String?

        package init(role: String, database: String, statement: String, since: String? = nil) {
            self.role = role
            self.database = database
            self.statement = statement
            self.since = since
        }
    }

    /// The role that pgsteer itself works as.
    package var role = ""
    package var log = ""
    /// Those of other programs, the one that sent something last first.
    package var sessions: [Session] = []
    package var statements: [Counted] = []
    /// What could not be asked and why, for people: `log_statement is none`.
    package var gaps: [String] = []

    package init(log: String = "") { self.log = log }
}

extension ChangeEvidence.Session {
    /// Sessions of clients other than pgsteer itself. Without pg_read_all_stats most columns of others are NULL, and their
    /// query is a text in angle brackets (PostgreSQL manual, section 28.2.3).
    package static let observation: Statement = """
        SELECT coalesce(usename, '?') AS role, coalesce(datname, '?') AS database, coalesce(application_name, '') AS program,
            host(client_addr) AS address, query, extract(epoch FROM query_start) AS epoch,
            to_char(query_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS') AS time
        FROM pg_stat_activity WHERE coalesce(backend_type, 'client backend') = 'client backend' AND pid <> pg_backend_pid()
            AND coalesce(application_name, '') !~ '^pgsteer(/|$)'
        ORDER BY query_start DESC NULLS LAST LIMIT 200
        """

    /// - Parameter row: Of ``observation``.
    package init(_ row: Row) {
        let place = row["address"].map { "from \($0)" } ?? ""
        let program = [row.text("program"), place].filter { !$0.isEmpty }.joined(separator: " ")
        let query = row.text("query")
        self.init(
            who: "\(row.text("role")) in \(row.text("database"))\(program.isEmpty ? "" : " (\(program))")",
            time: row["time"].map { "\($0) UTC" },
            epoch: row["epoch"].flatMap { Double($0) } ?? 0,
            statement: query == "<insufficient privilege>" ? nil : query,
            role: row.text("role"),
            database: row.text("database") == "?" ? nil : row.text("database")
        )
    }
}

extension ChangeEvidence.Counted {
    /// The schema of the extension in the session's database; no row without it.
    package static let place: Statement = """
        SELECT n.nspname AS schema FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
        WHERE e.extname = 'pg_stat_statements'
        """

    /// Statements that define something; `to_jsonb` reads the column that there is from PostgreSQL 17 on.
    package static func observation(schema: String) -> Statement {
        """
        SELECT pg_get_userbyid(s.userid) AS role, coalesce(d.datname, '?') AS database, s.query,
            to_char((to_jsonb(s)->>'stats_since')::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS') AS since
        FROM \(identifier: schema).pg_stat_statements s LEFT JOIN pg_database d ON d.oid = s.dbid
        WHERE s.query ~* '^[[:space:]]*(alter|grant|revoke|create|drop|comment|reassign)' LIMIT 2000
        """
    }

    /// - Parameter row: Of ``observation(schema:)``.
    package init(_ row: Row) {
        self.init(
            role: row.text("role"),
            database: row.text("database"),
            statement: row.text("query"),
            since: row["since"].map { "\($0) UTC" }
        )
    }
}
