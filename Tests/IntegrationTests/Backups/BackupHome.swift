import PostgresClient
import SQL
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A home with an instance that is backed up, and what tests do with it.
struct BackupHome {
    let home: TemporaryHome
    let major: Int

    /// - Parameters:
    ///   - backup: The value of `backup`; nil for none.
    ///   - extra: More lines of `spec`, indented by two.
    func specification(
        _ name: String = "orders",
        backup: String? = "{ schedule: \"0 3 * * *\", keep: 7d }",
        extra: String = ""
    ) -> String {
        """
        ---
        apiVersion: pgsteer/v1
        kind: Instance
        metadata: { name: \(name) }
        spec:
          version: \(major)
          size: { cpu: 1, memory: 64MiB }
          accounts: [{ name: app, passwordFrom: { env: APP_PASSWORD } }]
          databases: [{ name: shop, owner: app }]
          protection: { deletion: false }
        \(backup.map { "  backup: \($0)\n" } ?? "")\(extra)

        """
    }

    /// Runs a body with a home in which the instance has been made, with a table in it.
    static func with<Result>(
        major: Int = 15,
        extra: String = "",
        _ body: (BackupHome) async throws -> Result
    ) async throws -> Result {
        try await TemporaryHome.with { home in
            let backups = BackupHome(home: home, major: major)
            try await backups.apply(backups.specification(extra: extra))
            try await backups.execute("CREATE TABLE public.kept (id int, text text)")
            return try await body(backups)
        }
    }

    // MARK: Commands

    func apply(_ specification: String, _ comment: Comment? = nil) async throws {
        try home.write(specification)
        let applied = try await home.run("apply", "specs", "--yes")
        #expect(applied.isSuccess, comment ?? "\(applied.errors)")
        try await expectFixedPoint(comment)
    }

    func expectFixedPoint(_ comment: Comment? = nil) async throws {
        let plan = try await home.run("plan", "specs", "--detailed-exitcode")
        #expect(plan.code == 0, comment ?? "\(plan.output)\(plan.errors)")
    }

    func run(_ arguments: String...) async throws -> ProgramResult { try await home.run(arguments) }

    /// Runs a command that must succeed.
    @discardableResult
    func must(_ arguments: String...) async throws -> String {
        let result = try await home.run(arguments)
        #expect(result.isSuccess, "\(arguments): \(result.errors)\(result.output)")
        return result.output
    }

    struct Backup: Decodable {
        var id: String
        var instanceID: String
        var problem: String?
        var checked: String?
    }

    private struct List: Decodable { var items: [Backup] }

    func backups(of name: String = "orders") async throws -> [Backup] {
        let text = try await must("backup", "list", name, "-o", "json")
        return try JSONDecoder().decode(List.self, from: Data(text.utf8)).items
    }

    // MARK: Content

    func execute(_ statement: Statement, on name: String = "orders", node: Int = 1) async throws {
        try await home.connect(name, node: node, database: "shop") { try await $0.execute(statement) }
    }

    func add(_ ids: ClosedRange<Int>, node: Int = 1) async throws {
        try await execute(
            "INSERT INTO public.kept SELECT i, md5(i::text) FROM generate_series(\(ids.lowerBound), \(ids.upperBound)) i",
            node: node
        )
    }

    /// A hash over every row of the table.
    func content(of name: String = "orders", node: Int = 1) async throws -> String? {
        try await home
            .connect(name, node: node, database: "shop") {
                try await $0.query(
                    "SELECT count(*) || ' ' || coalesce(md5(string_agg(k::text, ',' ORDER BY k::text)), '') AS hash FROM public.kept k"
                )
            }
            .first?["hash"]
    }

    /// A whole second that is after everything that was committed, and before everything that comes.
    func moment() async throws -> String {
        let asked = Date.now.timeIntervalSince1970
        let second = asked.rounded(.up) + 1
        try await Task.sleep(for: .milliseconds(Int((second - asked) * 1000) + 200))
        return Date(timeIntervalSince1970: second).formatted(.iso8601)
    }

    // MARK: Files

    /// The folder in which everything of an instance is kept.
    func archive(of name: String = "orders") throws -> String {
        let folder = home.path + "/home/backups/\(name)"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        return try #require(names.first.map { "\(folder)/\($0)" })
    }
}
