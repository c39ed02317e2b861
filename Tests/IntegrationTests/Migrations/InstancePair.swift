import PostgresClient
import SQL
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Two instances of one home with a database `shop` each, and the migration `move` from the one to the other.
struct InstancePair {
    let home: TemporaryHome

    private static func instance(_ name: String, _ major: Int, _ more: String) -> String {
        """
        apiVersion: pgsteer/v1
        kind: Instance
        metadata: { name: \(name) }
        spec:
          version: \(major)
          size: { cpu: 1, memory: 64MiB }
          accounts: [{ name: app, passwordFrom: { env: APP_PASSWORD } }]
          databases: [{ name: shop, owner: app }, { name: crm, owner: app }]
          parameters: { wal_level: logical }
          protection: { deletion: false }
        \(more)
        ---

        """
    }

    /// Runs a body with both instances made, and a table `written` behind the endpoint of `old`.
    static func with(_ from: Int, _ to: Int, _ body: (InstancePair) async throws -> Void) async throws {
        try await TemporaryHome.with { home in
            let pair = InstancePair(home: home)
            try home.write(instance("old", from, "") + instance("new", to, ""))
            let applied = try await home.run("apply", "specs", "--yes")
            try #require(applied.isSuccess, "\(applied.errors)")
            try await pair.run("CREATE TABLE public.written (id int); CREATE TABLE public.item (id serial PRIMARY KEY)")
            try await body(pair)
        }
    }

    /// Declares the migration, and maybe more of both instances.
    ///
    /// - Parameter others: Databases besides `shop` that migrations of their own names move.
    func declare(
        _ from: Int,
        _ to: Int,
        _ cutover: String,
        source: String = "",
        target: String = "",
        others: [String] = []
    ) throws {
        let migrations = (["shop"] + others)
            .map { database in
                """
                apiVersion: pgsteer/v1
                kind: Migration
                metadata: { name: \(database == "shop" ? "move" : database) }
                spec:
                  source: { instance: old, database: \(database) }
                  target: { instance: new, database: \(database) }
                  type: full+incremental
                  cutover: { maxWritePause: 60s, \(cutover) }
                """
            }
        try home.write(
            Self.instance("old", from, source) + Self.instance("new", to, target)
                + migrations.joined(separator: "\n---\n")
        )
    }

    func migration(_ verb: String, _ more: String..., environment: [String: String] = [:]) async throws -> ProgramResult
    {
        try await home.run(["migration", verb, "move", "specs"] + more, environment: environment)
    }

    // MARK: Endpoints

    struct Endpoint: Decodable {
        var instance: String
        var port: Int
        var isOpen: Bool
        var leadsTo: String?
    }

    private struct Endpoints: Decodable { var items: [Endpoint] }

    func endpoint(of instance: String) async throws -> Endpoint {
        let text = try await home.run("get", "endpoints", instance, "-o", "json").output
        return try #require(try JSONDecoder().decode(Endpoints.self, from: Data(text.utf8)).items.first, "\(text)")
    }

    /// Where clients of an instance connect to; asked for once, since it never changes.
    func clients(of instance: String = "old") async throws -> ConnectionTarget {
        ConnectionTarget(
            .host("127.0.0.1", port: try await endpoint(of: instance).port),
            user: "app",
            database: "shop",
            password: TemporaryHome.password("app")
        )
    }

    /// Runs a script as a client of an instance.
    func run(_ script: Statement, at instance: String = "old") async throws {
        try await PostgresConnection.with(clients(of: instance)) { try await $0.execute(script: script) }
    }

    /// The major of the server that answers there.
    func major(at target: ConnectionTarget) async throws -> Int {
        try await PostgresConnection.with(target) { await $0.serverVersion / 10_000 }
    }

    func written(on instance: String, node: Int = 1) async throws -> [Int] {
        try await home.connect(instance, node: node, database: "shop") { connection in
            try await connection.query("SELECT id FROM public.written ORDER BY id").compactMap { $0.integer("id") }
        }
    }

    /// Expects what was acknowledged on an instance, each of it once.
    func expectAll(_ acknowledged: Set<Int>, on instance: String) async throws {
        let arrived = try await written(on: instance)
        #expect(acknowledged.subtracting(arrived).isEmpty, "lost writes")
        #expect(Set(arrived).count == arrived.count, "doubled writes")
    }
}
