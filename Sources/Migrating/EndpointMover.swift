package import PostgresClient
package import Providers
package import Resources
import SQL

/// The way to let the endpoint of a source lead to the target: for two instances that this home keeps.
package struct EndpointMover: Sendable {
    private let provider: LocalProvider
    package let source: String
    package let target: String
    /// Whether all of the source is moved, so that nothing stays behind its endpoint.
    private let isWhole: Bool
    /// Whether an earlier migration has moved a database, by its name, from the one to the other.
    private let hasGoneOver: @Sendable (String) -> Bool

    package init(
        provider: LocalProvider,
        source: String,
        target: String,
        isWhole: Bool,
        hasGoneOver: @escaping @Sendable (String) -> Bool
    ) {
        self.provider = provider
        self.source = source
        self.target = target
        self.isWhole = isWhole
        self.hasGoneOver = hasGoneOver
    }

    /// Finds out what is behind the endpoint of the source; only reads.
    ///
    /// - Parameter database: The source's database, as the account that reads it.
    package func facts(_ database: ConnectionTarget) async throws -> EndpointFacts {
        let movable = try provider.movableEndpoints(from: source, to: target)
        return EndpointFacts(
            addresses: movable.addresses,
            otherDatabases: isWhole ? [] : try await otherDatabases(beside: database),
            obstacle: movable.obstacle,
            groups: movable.groups
        )
    }

    /// Databases of the same server that have tables of somebody, and take sessions.
    ///
    /// One that has gone over already is no longer in the way. That it was left so that it only reads tells it from one
    /// of the same name that has been made since.
    private func otherDatabases(beside database: ConnectionTarget) async throws -> [String] {
        let rows =
            try await PostgresConnection.with(database) { connection in
                try await connection.query(
                    """
                    SELECT d.datname AS name, EXISTS (SELECT FROM pg_db_role_setting s
                      WHERE s.setdatabase = d.oid AND s.setrole = 0 AND 'default_transaction_read_only=on' = ANY (s.setconfig)
                      ) AS only_reads
                    FROM pg_database d WHERE d.datallowconn AND NOT d.datistemplate
                      AND d.datname NOT IN ('postgres', current_database()) ORDER BY 1
                    """
                )
            }
        var used: [String] = []
        for row in rows where !(row.isTrue("only_reads") && hasGoneOver(row.text("name"))) {
            let name = row.text("name")
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
