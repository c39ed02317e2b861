import PostgresClient
import SQL
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A home with two instances of one major, and a migration `move` of all that the first one has.
struct PhysicalHome: Sendable {
    let home: TemporaryHome

    /// - Parameters:
    ///   - target: More lines of the target's `spec`, indented by two.
    ///   - cutover: The value of `cutover`; nil for a migration of type `full`.
    static func specification(
        target: String = "",
        cutover: String? = "{ maxWritePause: 60s, sourceAfter: closed }",
        isDeclared: Bool = true
    ) -> String {
        func instance(_ name: String, _ lines: String) -> String {
            """
            ---
            apiVersion: pgsteer/v1
            kind: Instance
            metadata: { name: \(name) }
            spec:
              version: 15
              size: { cpu: 1, memory: 64MiB }
              accounts: [{ name: app, passwordFrom: { env: APP_PASSWORD } }]
              databases: [{ name: shop, owner: app }]
              protection: { deletion: false }
            \(lines)

            """
        }
        let migration = """
            ---
            apiVersion: pgsteer/v1
            kind: Migration
            metadata: { name: move }
            spec:
              source: { instance: old }
              target: { instance: new }
              type: \(cutover == nil ? "full" : "full+incremental")
              method: physical
            \(cutover.map { "  cutover: \($0)" } ?? "")

            """
        let source = instance("old", "  parameters: { max_connections: 60 }")
        return source + instance("new", target) + (isDeclared ? migration : "")
    }

    /// Runs a body with a home in which both instances have been made, the first one with tables in it.
    static func with(target: String = "", _ body: (PhysicalHome) async throws -> Void) async throws {
        try await TemporaryHome.with { home in
            let place = PhysicalHome(home: home)
            try await place.apply(specification(target: target, isDeclared: false))
            try await place.execute(
                """
                CREATE TABLE public.written (id int); GRANT ALL ON public.written TO app;
                CREATE TABLE public.big AS SELECT n AS id, md5(n::text) AS text FROM generate_series(1, 20000) n;
                CREATE SEQUENCE public.tick START 40; CREATE ROLE stranger; SELECT lo_from_bytea(4711, 'large')
                """
            )
            try home.write(specification(target: target))
            try await body(place)
        }
    }

    func apply(_ specification: String? = nil) async throws {
        if let specification { try home.write(specification) }
        let applied = try await home.run("apply", "specs", "--yes")
        #expect(applied.isSuccess, "\(applied.output)\(applied.errors)")
    }

    func expectFixedPoint(_ comment: Comment? = nil) async throws {
        let plan = try await home.run("plan", "specs", "--detailed-exitcode")
        #expect(plan.code == 0, comment ?? "\(plan.output)\(plan.errors)")
    }

    func migration(_ verb: String, _ more: String..., crashAt number: Int? = nil) async throws -> ProgramResult {
        try await home.run(
            ["migration", verb, "move", "specs"] + more,
            environment: number.map { ["PGSTEER_CRASH_AT": String($0)] } ?? [:]
        )
    }

    // MARK: Content

    func execute(_ script: Statement, on name: String = "old", node: Int = 1) async throws {
        try await home.connect(name, node: node, database: "shop") { try await $0.execute(script: script) }
    }

    func value(_ statement: Statement, on name: String, node: Int = 1, database: String = "shop") async throws
        -> String?
    {
        try await home.connect(name, node: node, database: database) { try await $0.query(statement) }.first?["value"]
    }

    /// Where clients of an instance connect to.
    func endpoint(of name: String) async throws -> ConnectionTarget {
        let text = try await home.run("get", "instances", "-o", "json").output
        let list = try JSONDecoder().decode(Instances.self, from: Data(text.utf8))
        let endpoint = try #require(list.items.first { $0.name == name }?.endpoint)
        let port = try #require(endpoint.split(separator: ":").last.flatMap { Int($0) })
        return ConnectionTarget(
            .host("127.0.0.1", port: port),
            user: "app",
            database: "shop",
            applicationName: "test",
            timeout: .seconds(2),
            password: TemporaryHome.password("app")
        )
    }

    private struct Instances: Decodable {
        struct Instance: Decodable {
            var name: String
            var endpoint: String?
        }

        var items: [Instance]
    }

    // MARK: What is left

    /// What a migration that is over must not leave: slots on either end, folders of data, processes that copy.
    func leftovers() async throws -> [String] {
        var found: [String] = []
        for name in ["old", "new"] {
            let slots = try await home.connect(name) {
                try await $0.query(
                    "SELECT slot_name FROM pg_replication_slots WHERE slot_name ~ '^pgsteer_[a-z0-9]{8}$'"
                )
            }
            found += slots.map { "slot \($0.text("slot_name")) of \(name)" }
        }
        let nodes = home.folder(of: "new") + "/nodes/1"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: nodes)) ?? []
        found += names.filter { $0 != "data" && $0 != "log" }.map { "folder \($0)" }
        found += home.processes.filter { name(of: $0) == "pg_basebackup" }.map { "process \($0)" }
        return found.sorted()
    }

    private func name(of processID: Int) -> String {
        let text = (try? String(contentsOfFile: "/proc/\(processID)/comm", encoding: .utf8)) ?? ""
        return String(text.prefix { $0 != "\n" })
    }

    /// Expects the target to be as it was made: empty, itself, and equal to its specifications.
    func expectOwnTarget(_ identifier: String?, _ comment: Comment) async throws {
        #expect(try await leftovers() == [], comment)
        #expect(try await systemIdentifier(of: "new") == identifier, comment)
        #expect(
            try await value("SELECT count(*) AS value FROM pg_class WHERE relname = 'big'", on: "new") == "0",
            comment
        )
    }

    func systemIdentifier(of name: String) async throws -> String? {
        try await value(
            "SELECT system_identifier::text AS value FROM pg_control_system()",
            on: name,
            database: "postgres"
        )
    }
}
