package import PostgresClient
package import SQL

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension TemporaryHome {
    /// The port of an instance's server, from the name of its Unix socket.
    package func nodePort(of instance: String) -> Int? {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder(of: instance) + "/run")) ?? []
        return names.first { $0.hasPrefix(".s.PGSQL.") && !$0.hasSuffix(".lock") }.flatMap { Int($0.dropFirst(9)) }
    }

    /// Connects to an instance's server behind pgsteer's back, as the one who may do everything.
    package func connect<Result: Sendable>(
        _ instance: String,
        database: String = "postgres",
        _ body: (PostgresConnection) async throws -> Result
    ) async throws -> Result {
        let target = ConnectionTarget(
            .host(folder(of: instance) + "/run", port: nodePort(of: instance) ?? 0),
            user: "postgres",
            database: database,
            applicationName: "test"
        )
        return try await PostgresConnection.with(target, body: body)
    }

    /// Returns the rows of a query on an instance's server.
    package func query(_ statement: Statement, on instance: String) async throws -> [Row] {
        try await connect(instance) { try await $0.query(statement) }
    }

    /// Sends a statement to an instance's server behind pgsteer's back.
    package func execute(_ statement: Statement, on instance: String) async throws {
        try await connect(instance) { try await $0.execute(statement) }
    }
}
