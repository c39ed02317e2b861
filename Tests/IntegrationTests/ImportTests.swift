import SQL
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What import writes of odd servers plans to nothing against them.
@Suite struct ImportTests {
    private static let folder = PostgresInstallations.root + "/Tests/Fixtures/Import"

    private static var scripts: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(".sql") }.sorted()
    }

    @Test(arguments: PostgresInstallations.majors)
    func `every server of the corpus is imported and plans to nothing`(major: Int) async throws {
        let scripts = Self.scripts
        #expect(scripts.count >= 30)
        try await ExternalHome.with(major) { place in
            try place.home.write("")
            var passwords: [String: String] = [:]
            for (number, script) in scripts.enumerated() {
                let text = try String(contentsOfFile: "\(Self.folder)/\(script)", encoding: .utf8)
                for match in text.matches(of: #/(?m)^-- password (.+) (\S+)$/#) {
                    passwords[String(match.1)] = String(match.2)
                }
                let database = String(script.dropLast(4))
                try await place.server.run("CREATE DATABASE \"\(database)\" TEMPLATE template0")
                try await place.server.run(text, database: database)
                // Each import looks at all databases that there are by then.
                let isChecked = (number + 1).isMultiple(of: 10) || number + 1 == scripts.count
                if isChecked, try await !isAdopted(place, passwords, after: script) { return }
            }
        }
    }

    @Test
    func `a database that may not be connected to is left out with its reason, and PUBLIC's defaults stay withheld`()
        async throws
    {
        try await ExternalHome.with(15) { place in
            try await place.server.run(
                """
                CREATE ROLE reader LOGIN; CREATE DATABASE secret; CREATE DATABASE shop; CREATE DATABASE shut ALLOW_CONNECTIONS false;
                REVOKE CONNECT ON DATABASE secret FROM PUBLIC; REVOKE TEMPORARY ON DATABASE shop FROM PUBLIC;
                """
            )
            try await place.server.run(
                """
                CREATE FUNCTION public.f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE EXECUTE ON FUNCTION public.f FROM PUBLIC;
                ALTER DEFAULT PRIVILEGES FOR ROLE reader REVOKE EXECUTE ON ROUTINES FROM PUBLIC;
                """,
                database: "shop"
            )
            let reader = place.server.uri(of: "reader")
            let imported = try await place.home.run("import", "--uri", reader, "--name", "db")
            #expect(imported.isSuccess, "\(imported.errors)")
            #expect(
                imported.output.contains("# not carried: database shut: it takes no connections"),
                "\(imported.output)"
            )
            #expect(
                imported.output.contains(#/# not carried: database secret: .*permission denied for database/#),
                "\(imported.output)"
            )
            for line in [
                "to: public, database: shop, withhold: [TEMPORARY]",
                "database: shop, schema: public, routines: [\"f(integer)\"], withhold: ALL",
                "database: shop, routines: future, futureBy: [reader], withhold: ALL",
            ] {
                #expect(imported.output.contains(line), "\(line): \(imported.output)")
            }
            let superuser = try await place.home.run("import", "--uri", place.server.uri, "--name", "db")
            try superuser.output.write(
                toFile: place.home.path + "/specs/fixture.yaml",
                atomically: true,
                encoding: .utf8
            )
            if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
            try await place.server.run("GRANT TEMPORARY ON DATABASE shop TO PUBLIC")
            let drift = try await place.home.run("drift", "specs")
            #expect(drift.code == 2 && drift.output.contains("public: database shop"), "\(drift.all)")
            if let problem = try await place.expectFixedPoint("given again") { Issue.record("\(problem)") }
        }
    }

    /// Imports the server, and demands that nothing is to do, was written or changes by applying it.
    private func isAdopted(_ place: ExternalHome, _ passwords: [String: String], after script: String) async throws
        -> Bool
    {
        let before = try await facts(place)
        let offset = place.server.log.utf8.count
        let imported = try await place.home.run("import", "--uri", place.server.uri, "--name", "db")
        #expect(imported.isSuccess, "\(script): \(imported.errors)")
        try imported.output.write(toFile: place.home.path + "/specs/fixture.yaml", atomically: true, encoding: .utf8)
        let secrets = Self.secrets(in: imported.output, passwords)
        let plan = try await place.home.run(["plan", "specs", "--detailed-exitcode"], environment: secrets)
        #expect(plan.code == 0, "\(script): \(plan.output.prefix(3000))\(plan.errors.prefix(3000))")
        let log = String(decoding: place.server.log.utf8.dropFirst(offset), as: UTF8.self)
        #expect(WriteStatements.inLog(log) == [], "\(script)")
        guard plan.code == 0 else { return false }
        try await expectEverythingIsCarriedOrTold(place, imported.output, secrets, after: script)
        let applied = try await place.home.run(["apply", "specs", "--yes"], environment: secrets)
        #expect(applied.isSuccess, "\(script): \(applied.errors.prefix(3000))")
        #expect(try await facts(place) == before, "\(script)")
        return true
    }

    /// An import that wrote nothing would plan to nothing, too.
    private func expectEverythingIsCarriedOrTold(
        _ place: ExternalHome,
        _ imported: String,
        _ secrets: [String: String],
        after script: String
    ) async throws {
        struct Plan: Decodable {
            struct Change: Decodable {
                struct Difference: Decodable {}
                var resource: String
                var reason: String
                var differences: [Difference]
            }
            var changes: [Change]
        }
        let shown = ["plan", "specs", "--show-unmanaged", "-o", "json"]
        let output = try await place.home.run(shown, environment: secrets).output
        let changes = try JSONDecoder().decode(Plan.self, from: Data(output.utf8)).changes
        let left = changes.filter { $0.reason == "unmanaged" && $0.differences.isEmpty }.map(\.resource)
        let lines = imported.split(separator: "\n")
        let databases = left.filter { $0.hasPrefix("Database/") }
        let closed = lines.filter { $0.contains(#/database .*: it (is a template|takes no connections)/#) }
        #expect(
            databases.count == closed.count,
            "\(script): a database is imported, or it is told why not: \(databases) \(closed)"
        )
        let roles = left.filter { $0.hasPrefix("Account/") }
        let reasons = #/a superuser is no account|a role whose name has a control character/#
        let told = lines.filter { $0.contains(reasons) }
        #expect(roles.count == told.count, "\(script): a role is imported, or it is told why not: \(roles) \(told)")
    }

    /// What a dump tells of roles and databases; definitions in databases are left out, which a dump cannot always read.
    private func facts(_ place: ExternalHome) async throws -> Set<String> {
        let arguments = ["-h", place.server.folder, "-U", "postgres", "--globals-only", "--no-role-passwords"]
        let text = try await place.server.program("pg_dumpall", arguments)
        return Set(text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("--") && !$0.hasPrefix("\\") })
    }

    /// The variables that the specifications refer to, with the password of the account above each.
    private static func secrets(in text: String, _ passwords: [String: String]) -> [String: String] {
        var result: [String: String] = [:]
        var account = ""
        for line in text.split(separator: "\n") {
            if let match = line.firstMatch(of: #/^    - (?:\{ )?name: ("(?:[^"\\]|\\.)*"|[^,]+?)(?:,.*)?$/#) {
                let name = String(match.1)
                account = (try? JSONDecoder().decode([String].self, from: Data("[\(name)]".utf8)).first) ?? name
            }
            if let match = line.firstMatch(of: #/passwordFrom: \{ env: (\w+) \}/#) {
                result[String(match.1)] = passwords[account] ?? "Unknown-1-password"
            }
        }
        return result
    }
}
