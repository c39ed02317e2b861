import Diagnostics
import MigrationChecks
import PostgresClient
import Resources
import SpecLoading
import SpecSchema
import TestSupport

/// Two servers between which migrations are checked.
struct CheckScene {
    let source: ScratchServer
    let target: ScratchServer

    /// Makes a database by this name on both ends and fills them.
    func make(_ database: String, source: String = "", target: String = "") async throws {
        for (server, sql) in [(self.source, source), (self.target, target)] {
            try await server.run("CREATE DATABASE \(database)")
            if !sql.isEmpty { try await server.run(sql, database: database) }
        }
    }

    /// Checks a migration between databases of the ends.
    ///
    /// - Parameters:
    ///   - spec: Lines of the document's `spec` besides source and target.
    ///   - accounts: As whom the source and the target are reached.
    func report(
        _ database: String,
        to targetDatabase: String? = nil,
        _ spec: String = "type: full+incremental",
        accounts: (source: String, target: String) = ("postgres", "postgres")
    ) async throws -> CheckReport {
        let migration = try Self.migration(spec)
        func way(_ server: ScratchServer, _ account: String, _ database: String) -> CheckRun.Approach {
            .connection(ConnectionTarget(.host(server.folder, port: 5432), user: account, database: database))
        }
        return await CheckRun(
            migration,
            source: way(source, accounts.source, database),
            target: way(target, accounts.target, targetDatabase ?? database)
        )
        .report()
    }

    struct BadSpecification: Error { var text: String }

    static func migration(_ spec: String) throws -> Migration {
        let lines = spec.split(separator: "\n").map { "  \($0)\n" }.joined()
        let text = """
            apiVersion: pgsteer/v1
            kind: Migration
            metadata: { name: move }
            spec:
              source: { service: a }
              target: { service: b }

            """ + lines
        var collector = DiagnosticCollector()
        let fleet = SpecLoader.load([SpecText(path: "move.yaml", bytes: Array(text.utf8))], collector: &collector)
        guard let migration = fleet.migrations["move"], !collector.hasErrors else {
            throw BadSpecification(text: "\(collector.diagnostics.map(\.detail))")
        }
        return migration
    }
}

extension CheckReport {
    func result(_ id: MigrationCheckID) -> CheckResult? { results.first { $0.id == id } }

    /// What did not pass, by its name.
    var troubles: [MigrationCheckID: CheckStatus] {
        var troubles: [MigrationCheckID: CheckStatus] = [:]
        for result in results where [.alarm, .failed, .accepted].contains(result.status) {
            troubles[result.id] = result.status
        }
        return troubles
    }

    /// What is expected of checks by name and is not so, with what was found instead.
    func surprises(_ expected: [MigrationCheckID: CheckStatus]) -> [String] {
        let known = troubles
        return Set(expected.keys).union(known.keys).filter { expected[$0] != known[$0] }
            .map { id in
                let found = result(id)?.findings.map { "\($0.found) \($0.objects)" } ?? []
                return
                    "\(id.rawValue): \(known[id]?.rawValue ?? "passed") instead of \(expected[id]?.rawValue ?? "passed") \(found)"
            }
            .sorted()
    }
}
