import FleetModel
import Observing
import PostgresClient
import SQL
import SideEffects

/// The sessions of one run: what is not in use waits to be used again, since a session costs more than most statements.
actor ServerSessions {
    private struct Place: Hashable {
        var instance: String
        @Name var database: String
    }

    private let observer: Observer
    private let effects: SideEffectCounter
    private var idle: [Place: [PostgresConnection]] = [:]

    init(observer: Observer, effects: SideEffectCounter) {
        self.observer = observer
        self.effects = effects
    }

    /// Runs a body with a session that nobody else uses meanwhile.
    ///
    /// The body runs on its caller's side, not on this actor: deriving verifiers takes a processor.
    ///
    /// - Parameter database: Nil for the one that the provider administers a server from.
    nonisolated func with<Result: Sendable>(
        _ instance: String,
        database: String?,
        _ body: (PostgresConnection) async throws -> Result
    ) async throws -> Result {
        let place = Place(instance: instance, database: database ?? "")
        let connection = try await take(place, database)
        do {
            let result = try await body(connection)
            await give(connection, to: place)
            return result
        } catch {
            // Its transaction, its role and its locks end with it.
            await connection.close()
            throw error
        }
    }

    private func give(_ connection: PostgresConnection, to place: Place) { idle[place, default: []].append(connection) }

    private func take(_ place: Place, _ database: String?) async throws -> PostgresConnection {
        if let connection = idle[place]?.popLast() { return connection }
        let effects = effects
        return try await observer.open(place.instance, database: database) { statement in
            effects.willPerform(statement.shown)
        }
    }

    /// Closes what is not in use: before a server stops, and before a database goes, which nobody may be connected to.
    func close(_ instance: String) async {
        for place in idle.keys where place.instance == instance {
            for connection in idle.removeValue(forKey: place) ?? [] { await connection.close() }
        }
    }

    func closeAll() async {
        for connection in idle.values.joined() { await connection.close() }
        idle = [:]
    }
}
