import PostgresClient
import SQL
import TestSupport
import Testing

/// Two servers that pgsteer did not make, a database `shop` on each, and a home with one migration between them.
struct MigrationHome: Sendable {
    let home: TemporaryHome
    let source: ScratchServer
    let target: ScratchServer
    /// On both ends.
    var database = "shop"

    static func with(
        _ from: Int,
        _ to: Int,
        _ body: (MigrationHome) async throws -> Void
    ) async throws {
        let settings = ["wal_level": "logical", "max_prepared_transactions": "2"]
        try await ScratchServer.with(from, logStatements: "none", settings: settings) { source in
            try await ScratchServer.with(to, logStatements: "mod", settings: settings) { target in
                try await TemporaryHome.with { home in
                    try await source.run("CREATE DATABASE shop")
                    try await target.run("CREATE DATABASE shop")
                    try await body(MigrationHome(home: home, source: source, target: target))
                }
            }
        }
    }

    /// Declares the migration `move`.
    ///
    /// - Parameters:
    ///   - lines: More of its `spec`, each line with two spaces before it.
    ///   - sourceDatabase: Where the source's has another name.
    func declare(_ type: String, _ lines: String = "", from sourceDatabase: String? = nil) throws {
        try home.write(
            """
            apiVersion: pgsteer/v1
            kind: Migration
            metadata: { name: move }
            spec:
              source: { uri: "postgresql://postgres@/\(sourceDatabase ?? database)?host=\(source.folder)" }
              target: { uri: "postgresql://postgres@/\(database)?host=\(target.folder)" }
              type: \(type)
            \(lines)
            """
        )
    }

    func migration(_ verb: String, _ more: String..., environment: [String: String] = [:]) async throws -> ProgramResult
    {
        try await home.run(["migration", verb, "move", "specs"] + more, environment: environment)
    }

    /// Asks a server with the search path that its users have.
    func query(_ statement: Statement, on server: ScratchServer) async throws -> [Row] {
        try await PostgresConnection.with(place(server)) { connection in
            _ = try await connection.query("SET search_path TO public, pg_catalog")
            return try await connection.query(statement)
        }
    }

    /// What a migration leaves on both ends when it leaves anything.
    func leftovers(on servers: [ScratchServer]? = nil) async throws -> [String] {
        var result: [String] = []
        for server in servers ?? [source, target] {
            let rows = try await server.query(
                """
                SELECT 'slot ' || slot_name AS what FROM pg_replication_slots WHERE database = current_database()
                UNION ALL SELECT 'publication ' || pubname FROM pg_publication
                UNION ALL SELECT 'subscription ' || subname FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
                  WHERE d.datname = current_database()
                UNION ALL SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname LIKE 'pgsteer%'
                UNION ALL SELECT 'origin ' || roname FROM pg_replication_origin o
                  WHERE NOT EXISTS (SELECT FROM pg_subscription s WHERE o.roname = 'pg_' || s.oid)
                UNION ALL SELECT 'identity of ' || relname FROM pg_class WHERE relreplident = 'f' AND relname <> 'by_full'
                UNION ALL SELECT 'limit of ' || datname FROM pg_database
                  WHERE datname = current_database() AND datconnlimit <> -1
                """,
                database: database
            )
            result += rows.map { "\(server.major): \($0.text("what"))" }
        }
        return result
    }

    /// Whether the target notes that a table is copied.
    func isCopied(_ schema: String, _ table: String) async throws -> Bool {
        let there = try await target.query("SELECT to_regclass('pgsteer_migration.done') AS done", database: database)
        guard there.first?["done"] != nil else { return false }
        let step = "table " + Quoting.identifier(schema) + "." + Quoting.identifier(table)
        return try await
            !target.query(
                "SELECT FROM pgsteer_migration.done WHERE step = \(bind: step)",
                database: database
            )
            .isEmpty
    }

    /// How often a table of the target was emptied; its server logs what changes it.
    func emptied(_ table: String) -> Int {
        target.log.split(separator: "\n").count { $0.contains("TRUNCATE ONLY") && $0.contains("\"\(table)\"") }
    }

    func rows(_ table: Statement, on server: ScratchServer) async throws -> Int {
        try await query("SELECT count(*) AS n FROM \(table)", on: server).first?.integer("n") ?? -1
    }

    /// Where clients of a server connect to.
    func place(_ server: ScratchServer, as user: String = "postgres") -> ConnectionTarget {
        ConnectionTarget(.host(server.folder, port: 5432), user: user, database: database)
    }

    /// Runs a body while clients write numbers on a server, and returns those whose commit was acknowledged.
    func writing(from server: ScratchServer, _ body: () async throws -> Void) async throws -> Set<Int> {
        try await WriteLoad(place(server)).during(body)
    }

    /// Expects what was acknowledged on a server, each of it once.
    func expectAll(_ acknowledged: Set<Int>, on server: ScratchServer) async throws {
        let arrived = try await query("SELECT id FROM written", on: server).compactMap { $0.integer("id") }
        #expect(acknowledged.subtracting(arrived).isEmpty, "lost writes")
        #expect(Set(arrived).count == arrived.count, "doubled writes")
    }
}
