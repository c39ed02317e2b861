import FleetModel
import Observing
import PostgresClient
import Providers
import Resources
import SQL
import SideEffects

extension Executor {
    /// Makes or changes one object of a server, after a second look at it.
    func bringAbout(_ id: ResourceID) async throws -> ProviderOutcome {
        guard let object = desired.object(id) else { throw GoneError(resource: id) }
        return try await bringAbout(object)
    }

    private func bringAbout(_ object: some ServerObject) async throws -> ProviderOutcome {
        let record = try await placement(object.instance).record
        let context = ObjectContext(applied: record.objects[object.id.description], secrets: desired.secrets)
        let outcome = try await withServer(of: object.instance) { connection in
            try await waitForPredecessor(of: object.id, on: connection)
            guard let observed = try await observer.object(object, on: connection) else {
                return try await send(object.creation(context: context), on: connection)
            }
            if object.differences(from: observed, context: context).isEmpty { return .alreadyDone }
            return try await send(object.update(from: observed, context: context), on: connection)
        }
        return outcome
    }

    /// Removes one object of a server.
    func remove(_ id: ResourceID) async throws -> ProviderOutcome {
        guard let kind = ResourceCatalog.serverObject(named: id.kind) else { throw GoneError(resource: id) }
        return try await remove(id, of: kind)
    }

    private func remove<Kind: ServerObject>(_ id: ResourceID, of kind: Kind.Type) async throws -> ProviderOutcome {
        try await withServer(of: id.instance) { connection in
            try await waitForPredecessor(of: id, on: connection)
            let objects = Kind.observed(from: try await connection.query(Kind.observation))
            guard let observed = objects[id.name] else { return .alreadyDone }
            return try await send(Kind.removal(of: id.name, observed: observed), on: connection)
        }
    }

    /// Waits until no other session of pgsteer works on the same object.
    ///
    /// A pgsteer that was killed leaves a session behind that still finishes its last statement, such as CREATE
    /// DATABASE. The advisory lock ends with that session, so whoever gets it sees what the statement did.
    private func waitForPredecessor(of id: ResourceID, on connection: PostgresConnection) async throws {
        _ = try await connection.query("SET lock_timeout TO '5min'")
        _ = try await connection.query(
            "SELECT pg_advisory_lock(hashtextextended(\(bind: "pgsteer \(id)"), 0))"
        )
        _ = try await connection.query("SET lock_timeout TO '10s'")
    }

    private func send(_ batch: StatementBatch, on connection: PostgresConnection) async throws -> ProviderOutcome {
        let isTransaction = batch.isAtomic && batch.statements.count > 1
        if isTransaction { _ = try await connection.query("BEGIN") }
        for statement in batch.statements { try await connection.execute(statement) }
        if isTransaction { try await connection.execute("COMMIT") }
        return .performed
    }

    private func withServer<Result: Sendable>(
        of name: String,
        _ body: (PostgresConnection) async throws -> Result
    ) async throws -> Result {
        let effects = effects
        return try await observer.withServer(
            of: name,
            beforeWrite: { statement in effects.willPerform(statement.shown) },
            body
        )
    }
}
