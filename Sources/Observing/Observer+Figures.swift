package import FleetModel
import PostgresClient
package import Resources
import SQL

/// How a server is doing, and what it did while it was looked at.
package struct MeasuredFigures: Sendable {
    package var figures: ServerFigures
    /// Nil where no time was given to measure, or counters were reset meanwhile.
    package var rates: FigureRates?
}

extension Observer {
    /// Reads how a server of an instance is doing; only reads, with one session more for each database.
    ///
    /// - Parameters:
    ///   - node: The number of a node; nil for the primary.
    ///   - time: How long to look at it for its rates; nil for none, where the caller has counters of its own to compare.
    package func figures(
        of placement: InstanceObservation,
        node: Int? = nil,
        over time: Duration? = nil
    ) async throws -> MeasuredFigures {
        let target = try await administrationTarget(of: placement.name, node: node)
        let allowed = placement.record.size["storage"].flatMap { ByteCount($0) }?.bytes
        return try await PostgresConnection.with(target) { connection in
            let databases = try await connection.query(Self.openDatabases).map { $0.text("name") }
            let contents = await contents(of: databases, target)
            let storage = ServerFigures.Storage(
                try await connection.query(ServerFigures.Storage.observation).first,
                allowedBytes: allowed
            )
            // What is between the two looks is measured, so nothing else is asked there.
            let first = time == nil ? nil : try await look(connection, contents, storage)
            if let time { try await Task.sleep(for: time) }
            let last = try await look(connection, contents, storage)
            await contents.counting?.connection.close()
            return MeasuredFigures(figures: last, rates: first.flatMap { FigureRates(from: $0, to: last) })
        }
    }

    /// What only sessions with the databases themselves can tell.
    private struct Contents: Sendable {
        var deadRows = 0
        var liveRows = 0
        /// A session with a database that has pg_stat_statements, and its schema there.
        var counting: (connection: PostgresConnection, schema: String)?
    }

    private func contents(of databases: [String], _ target: ConnectionTarget) async -> Contents {
        var contents = Contents()
        for database in databases {
            // A database that is dropped meanwhile has no rows any more.
            guard let connection = try? await PostgresConnection.open(target.database(database)) else { continue }
            let rows = try? await connection.query(ServerFigures.rowsObservation).first
            contents.deadRows += rows?.integer("dead") ?? 0
            contents.liveRows += rows?.integer("live") ?? 0
            if contents.counting == nil,
                let schema = try? await connection.query(ServerFigures.statementsPlace).first?["schema"]
            {
                contents.counting = (connection, schema)
            } else {
                await connection.close()
            }
        }
        return contents
    }

    private func look(
        _ connection: PostgresConnection,
        _ contents: Contents,
        _ storage: ServerFigures.Storage
    ) async throws -> ServerFigures {
        let followers = try await connection.query(ServerFigures.followersObservation)
        let version = await connection.serverVersion
        guard let row = try await connection.query(ServerFigures.observation(version: version)).first else {
            throw PostgresError(message: "the server tells no figures")
        }
        var figures = ServerFigures(row, followers: followers, storage: storage)
        (figures.deadRows, figures.liveRows) = (contents.deadRows, contents.liveRows)
        if let counting = contents.counting {
            let statement = ServerFigures.statementsObservation(schema: counting.schema)
            figures.counters.statements = try await counting.connection.query(statement).first
                .map(ServerFigures.Statements.init)
        }
        return figures
    }

    private static let openDatabases: Statement =
        "SELECT datname AS name FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY datname"
}
