import PostgresClient
import SQL
import TestSupport

/// Two servers that pgsteer did not make, a database `shop` on each, and a home with one migration between them.
struct MigrationHome: Sendable {
    let home: TemporaryHome
    let source: ScratchServer
    let target: ScratchServer

    static func with(
        _ from: Int,
        _ to: Int,
        _ body: (MigrationHome) async throws -> Void
    ) async throws {
        try await ScratchServer.with(from, logStatements: "none", settings: ["wal_level": "logical"]) { source in
            try await ScratchServer.with(to, logStatements: "mod", settings: ["wal_level": "logical"]) { target in
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
    /// - Parameter lines: More of its `spec`, each line with two spaces before it.
    func declare(_ type: String, _ lines: String = "") throws {
        try home.write(
            """
            apiVersion: pgsteer/v1
            kind: Migration
            metadata: { name: move }
            spec:
              source: { uri: "postgresql://postgres@/shop?host=\(source.folder)" }
              target: { uri: "postgresql://postgres@/shop?host=\(target.folder)" }
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
        let target = ConnectionTarget(.host(server.folder, port: 5432), user: "postgres", database: "shop")
        return try await PostgresConnection.with(target) { connection in
            _ = try await connection.query("SET search_path TO public, pg_catalog")
            return try await connection.query(statement)
        }
    }

    /// What differs between both ends, as far as `NastyDatabase` looks.
    func differences() async throws -> [String] {
        var result: [String] = []
        for query in NastyDatabase.contents {
            let statement: Statement = "\(keywords: query)"
            let ours = try await self.query(statement, on: source)
            let theirs = try await self.query(statement, on: target)
            if ours != theirs { result.append("\(query):\n\(ours)\n\(theirs)") }
        }
        return result
    }

    /// What a migration leaves on both ends when it leaves anything.
    func leftovers() async throws -> [String] {
        var result: [String] = []
        for server in [source, target] {
            let rows = try await server.query(
                """
                SELECT 'slot ' || slot_name AS what FROM pg_replication_slots
                UNION ALL SELECT 'publication ' || pubname FROM pg_publication
                UNION ALL SELECT 'subscription ' || subname FROM pg_subscription
                UNION ALL SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname LIKE 'pgsteer%'
                UNION ALL SELECT 'origin ' || roname FROM pg_replication_origin
                UNION ALL SELECT 'identity of ' || relname FROM pg_class WHERE relreplident = 'f'
                UNION ALL SELECT 'limit of ' || datname FROM pg_database WHERE datconnlimit <> -1
                """,
                database: "shop"
            )
            result += rows.map { "\(server.major): \($0.text("what"))" }
        }
        return result
    }

    /// Whether the target notes that a table is copied.
    func isCopied(_ schema: String, _ table: String) async throws -> Bool {
        let there = try await target.query("SELECT to_regclass('pgsteer_migration.done') AS done", database: "shop")
        guard there.first?["done"] != nil else { return false }
        let step = "table " + Quoting.identifier(schema) + "." + Quoting.identifier(table)
        return try await
            !target.query(
                "SELECT FROM pgsteer_migration.done WHERE step = \(bind: step)",
                database: "shop"
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
}
