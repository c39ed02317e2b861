package import PostgresClient
package import SQL

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension TemporaryHome {
    /// The port of a node's server, as its own configuration has it.
    package func nodePort(of instance: String, node: Int = 1) -> Int? {
        let path = folder(of: instance) + "/nodes/\(node)/data/conf.d/pgsteer-node.conf"
        let lines = (try? String(contentsOfFile: path, encoding: .utf8))?.split(separator: "\n") ?? []
        return lines.first { $0.hasPrefix("port = ") }.flatMap { Int($0.filter(\.isNumber)) }
    }

    /// Connects to an instance's server behind pgsteer's back, as the one who may do everything.
    package func connect<Result: Sendable>(
        _ instance: String,
        node: Int = 1,
        database: String = "postgres",
        _ body: (PostgresConnection) async throws -> Result
    ) async throws -> Result {
        let target = ConnectionTarget(
            .host(folder(of: instance) + "/run", port: nodePort(of: instance, node: node) ?? 0),
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
