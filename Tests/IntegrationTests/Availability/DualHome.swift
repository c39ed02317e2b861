import Glibc
import PostgresClient
import SQL
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A home with an instance of two nodes, and what tests do with it.
struct DualHome {
    let home: TemporaryHome

    static func specification(
        major: Int = 15,
        availability: String = "{ mode: dual, zones: [a, b] }",
        extra: String = ""
    )
        -> String
    {
        """
        apiVersion: pgsteer/v1
        kind: Instance
        metadata: { name: orders }
        spec:
          version: \(major)
          size: { cpu: 1, memory: 64MiB }
          availability: \(availability)
          accounts: [{ name: app, passwordFrom: { env: APP_PASSWORD } }]
          databases: [{ name: shop, owner: app }]
          parameters: { log_statement: ddl\(extra) }
          protection: { deletion: false }
        """
    }

    /// Runs a body with a home in which the instance has been made.
    static func with<Result>(
        _ specification: String = specification(),
        _ body: (DualHome) async throws -> Result
    ) async throws -> Result {
        try await TemporaryHome.with { home in
            let dual = DualHome(home: home)
            try home.write(specification)
            try await dual.apply()
            try await dual.execute("CREATE TABLE public.written (id int)")
            try await dual.execute("GRANT ALL ON public.written TO app")
            return try await body(dual)
        }
    }

    func apply(_ comment: Comment? = nil) async throws {
        let applied = try await home.run("apply", "specs", "--yes")
        #expect(applied.isSuccess, comment ?? "\(applied.errors)")
        if !applied.isSuccess { Issue.record("\(applied.errors)") }
    }

    func expectFixedPoint(_ comment: String = "") async throws {
        let plan = try await home.run("plan", "specs", "--detailed-exitcode")
        #expect(plan.code == 0, "\(comment): \(plan.output)\(plan.errors)")
    }

    // MARK: Nodes

    struct Node: Decodable {
        var number: Int
        var role: String
        var isRunning: Bool
        var processID: Int?
    }

    private struct Description: Decodable { var nodes: [Node] }

    var nodes: [Node] {
        get async throws {
            let text = try await home.run("describe", "orders", "-o", "json").output
            return try JSONDecoder().decode(Description.self, from: Data(text.utf8)).nodes
        }
    }

    func node(_ role: String) async throws -> Node { try #require(try await nodes.first { $0.role == role }) }

    func data(of node: Int) -> String { home.folder(of: "orders") + "/nodes/\(node)/data" }

    /// The processes of a node's server.
    func processes(of node: Int) -> [Int] {
        home.processes.filter { processID in
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(processID)/cwd")) == data(of: node)
        }
    }

    func send(_ signal: Int32, to processIDs: [Int]) { for processID in processIDs { kill(pid_t(processID), signal) } }

    /// Removes a node's data, also while its server goes on making files, or is only about to die.
    func removeData(of node: Int) async throws {
        let path = data(of: node)
        var trouble = ""
        for _ in 1...100 {
            trouble = try await Shell.run("rm -rf \(path) 2>&1")
            if trouble.isEmpty { return }
        }
        Issue.record("\(path) is still there: \(trouble)")
    }

    // MARK: Sessions

    var endpoint: ConnectionTarget {
        get throws {
            ConnectionTarget(
                .host("127.0.0.1", port: home.ports.lowerBound),
                user: "app",
                database: "shop",
                applicationName: "test",
                timeout: .seconds(2),
                password: TemporaryHome.password("app")
            )
        }
    }

    /// Sends a statement to the primary, as the one who may do everything.
    func execute(_ statement: Statement) async throws {
        try await home.connect("orders", node: try await node("primary").number, database: "shop") {
            try await $0.execute(statement)
        }
    }

    func query(_ statement: Statement, node: Int, database: String = "shop") async throws -> [Row] {
        try await home.connect("orders", node: node, database: database) { try await $0.query(statement) }
    }

    /// Writes through the endpoint while a body runs, and demands that everything acknowledged is there afterwards.
    func writing(_ comment: String = "", _ body: () async throws -> Void) async throws {
        let acknowledged = try await WriteLoad(endpoint).during(body)
        let rows = try await PostgresConnection.with(endpoint) {
            try await $0.query("SELECT id FROM public.written")
        }
        let found = Set(rows.compactMap { $0.integer("id") })
        let lost = acknowledged.subtracting(found)
        #expect(lost.isEmpty, "\(comment): lost \(lost.sorted())")
        #expect(acknowledged.count >= 80, "\(comment): hardly anything was written")
        try await PostgresConnection.with(endpoint) { try await $0.execute("DELETE FROM public.written") }
    }
}
