package import PostgresClient
package import Providers
package import Resources
import SQL

/// The way to let the endpoint of a source lead to the target: for two instances that this home keeps.
package struct EndpointMover: Sendable {
    private let provider: LocalProvider
    package let source: String
    package let target: String

    package init(provider: LocalProvider, source: String, target: String) {
        self.provider = provider
        self.source = source
        self.target = target
    }

    /// Finds out what is behind the endpoint of the source; only reads.
    ///
    /// - Parameter database: The source's database, as the account that reads it.
    package func facts(_ database: ConnectionTarget) async throws -> EndpointFacts {
        let movable = try provider.movableEndpoints(from: source, to: target)
        return EndpointFacts(
            addresses: movable.addresses,
            otherDatabases: try await Self.otherDatabases(beside: database),
            obstacle: movable.obstacle,
            groups: movable.groups
        )
    }

    /// Databases of the same server that have tables of somebody, and take sessions.
    private static func otherDatabases(beside database: ConnectionTarget) async throws -> [String] {
        let names =
            try await PostgresConnection.with(database) { connection in
                try await connection.query(
                    """
                    SELECT datname AS name FROM pg_database WHERE datallowconn AND NOT datistemplate
                      AND datname NOT IN ('postgres', current_database()) ORDER BY 1
                    """
                )
            }
            .map { $0.text("name") }
        var used: [String] = []
        for name in names {
            let relations = try await PostgresConnection.with(database.database(name)) { connection in
                try await SourceCatalogue.relations(connection)
            }
            if !relations.isEmpty { used.append(name) }
        }
        return used
    }

    func prepare(_ task: MigrationTask) async throws {
        try await provider.prepareMove(task.name, token: task.token, from: source, to: target)
    }

    func awaitGateway(_ task: MigrationTask, within limit: Duration) async throws {
        try await provider.awaitGateway(task.token, within: limit)
    }

    func lead(_ task: MigrationTask, isDone: Bool) async throws { try await provider.move(task.token, isDone: isDone) }

    func end(_ task: MigrationTask) async throws { try await provider.endMove(task.token) }
}

/// What becomes of the endpoint of a migration's source, as the migration remembers it.
package struct EndpointTask: Codable, Hashable, Sendable {
    /// The instance whose endpoint it was.
    package var instance: String
    /// As clients write them: `127.0.0.1:15400`.
    package var addresses: [String]
    /// Why it stays with the source; nil when it goes along with the writes.
    package var staysBecause: String?
    /// The instance that it leads to now.
    package var leadsTo: String

    package var isMoved: Bool { leadsTo != instance }

    /// For people: `127.0.0.1:15400 of orders leads to orders17`.
    package var sentence: String {
        let address = addresses.isEmpty ? "" : addresses.joined(separator: ", ") + " "
        let isOne = addresses.count < 2
        if let staysBecause { return "\(address)\(isOne ? "stays" : "stay") with \(instance): \(staysBecause)" }
        if isMoved { return "\(address)of \(instance) \(isOne ? "leads" : "lead") to \(leadsTo)" }
        return "\(address)\(isOne ? "goes" : "go") along with the writes"
    }
}
