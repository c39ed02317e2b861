import PostgresClient
import SQL

/// What is done, as the target itself has it: written in the same transaction as what it tells of.
///
/// The schema `pgsteer_migration` exists on both ends while a migration is at work, and goes with the last one.
struct Journal: Sendable {
    /// The migration's token.
    let task: String

    static let schema = "pgsteer_migration"

    /// A step that was done, and the place in the source's WAL that its data is from; nil where there is none.
    struct Entry: Sendable {
        var step: String
        var position: String?
    }

    var creation: Statement {
        """
        CREATE SCHEMA IF NOT EXISTS pgsteer_migration;
        CREATE TABLE IF NOT EXISTS pgsteer_migration.done
          (task text, step text, position pg_lsn, PRIMARY KEY (task, step));
        CREATE UNLOGGED TABLE IF NOT EXISTS pgsteer_migration.done_unlogged
          (task text, step text, position pg_lsn, PRIMARY KEY (task, step));
        \(heartbeatCreation)
        """
    }

    /// Notes that a table is copied. That of an unlogged one is unlogged, too: a crash of the server, which empties the
    /// one, empties the other.
    func record(_ table: SourceTable, at position: String?) -> Statement {
        if table.isLogged { return record(table.step, at: position) }
        return """
            WITH once AS (\(record("unlogged " + table.step, at: nil)))
            \(record(table.step, at: position, in: "done_unlogged"))
            """
    }

    /// One row a migration: when the source wrote it last, and the sign that is waited for.
    var heartbeatCreation: Statement {
        """
        CREATE SCHEMA IF NOT EXISTS pgsteer_migration;
        CREATE TABLE IF NOT EXISTS pgsteer_migration.heartbeat
          (task text PRIMARY KEY, written timestamptz, barrier bigint NOT NULL DEFAULT 0)
        """
    }

    func record(_ step: String, at position: String?, in table: String = "done") -> Statement {
        let place: Statement = position.map { "\(literal: $0)::pg_lsn" } ?? "NULL"
        return """
            INSERT INTO pgsteer_migration.\(identifier: table) VALUES (\(literal: task), \(literal: step), \(place))
            ON CONFLICT DO NOTHING
            """
    }

    /// Reads what is done; nothing when the journal does not exist.
    func entries(_ target: PostgresConnection) async throws -> [String: Entry] {
        guard try await exists("done", target) else { return [:] }
        let unlogged: Statement = """
            UNION ALL SELECT step, position FROM pgsteer_migration.done_unlogged WHERE task = \(literal: task)
            """
        let rows = try await target.query(
            """
            SELECT step, position FROM pgsteer_migration.done WHERE task = \(literal: task)
            \(try await exists("done_unlogged", target) ? unlogged : "")
            """
        )
        let entries = rows.map { Entry(step: $0.text("step"), position: $0["position"]) }
        return Dictionary(entries.map { ($0.step, $0) }) { first, _ in first }
    }

    func exists(_ table: String, _ connection: PostgresConnection) async throws -> Bool {
        let name = "\(Self.schema).\(table)"
        return try await connection.query("SELECT to_regclass(\(bind: name)) IS NOT NULL AS found").first?
            .isTrue("found") ?? false
    }

    /// The large objects that this migration brought: those alone it may change and remove on the target.
    var largeObjectsCreation: Statement {
        """
        CREATE TABLE IF NOT EXISTS pgsteer_migration.large_object
          (task text, id oid, PRIMARY KEY (task, id))
        """
    }

    private static let tables = ["done", "done_unlogged", "heartbeat", "large_object"]

    /// Removes this migration's rows, and everything when no other migration has any.
    func removal(_ connection: PostgresConnection) async throws {
        for table in Self.tables where try await exists(table, connection) {
            let name: Statement = "pgsteer_migration.\(identifier: table)"
            if try await !connection.query("SELECT FROM \(name) WHERE task = \(literal: task) LIMIT 1").isEmpty {
                try await connection.execute("DELETE FROM \(name) WHERE task = \(literal: task)")
            }
        }
        var isUsed = false
        for table in Self.tables where try await exists(table, connection) {
            isUsed =
                try await !connection.query("SELECT FROM pgsteer_migration.\(identifier: table) LIMIT 1").isEmpty
                || isUsed
        }
        let isThere = try await !connection.query("SELECT FROM pg_namespace WHERE nspname = 'pgsteer_migration'")
            .isEmpty
        if isThere, !isUsed { try await connection.execute("DROP SCHEMA IF EXISTS pgsteer_migration CASCADE") }
    }
}
