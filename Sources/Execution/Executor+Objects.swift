import Diagnostics
import FleetModel
import Observing
import PostgresClient
import Providers
import Resources
import SQL

extension Executor {
    /// Makes, changes or removes one object of a server, after a second look at it.
    func bringAbout(_ id: ResourceID) async throws -> ProviderOutcome {
        guard let object = desired.object(id) else { throw GoneError(resource: id) }
        return try await bringAbout(object)
    }

    private func bringAbout(_ object: some ServerObject) async throws -> ProviderOutcome {
        let context = context(of: object.id, record: try await records.objects(of: object.id.instance))
        return try await withObject(object.id, in: object.database) { connection, isLastTry in
            guard let found = try await observer.object(object, on: connection) else {
                var context = context
                context.iterations = try await Self.iterations(connection)
                context.isSuperuser = await connection.isSuperuser
                for step in object.creation(context: context) {
                    try await send(step, on: connection, isLastTry: isLastTry)
                }
                return .performed
            }
            let observed = await observer.probed(found, of: object, secrets: desired.secrets)
            if object.differences(from: observed, context: context).isEmpty { return .alreadyDone }
            try await rememberIntended(object, on: observed)
            try await send(object.update(from: observed, context: context), on: connection, isLastTry: isLastTry)
            return .performed
        }
    }

    /// PostgreSQL 16 and later can ask for more iterations than its default.
    private static func iterations(_ connection: PostgresConnection) async throws(PostgresError) -> Int? {
        try await connection.query("SELECT (\(ObservedAccount.serverIterations)) AS n").first?.integer("n")
    }

    /// Removes one object of a server.
    func remove(_ id: ResourceID) async throws -> ProviderOutcome {
        guard let kind = ResourceCatalog.serverObject(named: id.kind) else { throw GoneError(resource: id) }
        // A database goes only when nobody is connected to it.
        await sessions.close(id.instance)
        return try await remove(id, of: kind)
    }

    private func remove<Kind: ServerObject>(_ id: ResourceID, of kind: Kind.Type) async throws -> ProviderOutcome {
        let remembered = try await records.applied(to: id)?.removal
        var policy = desired.object(id)?.removalPolicy ?? remembered ?? RemovalPolicy()
        policy.keptMembers = desired.declaredMembers(on: id.instance)
        let steps = try await withObject(id, in: Kind.database(of: id)) { [policy] connection, _ -> [StatementBatch] in
            guard let observed = try await observer.observed(Kind.self, id, on: connection) else { return [] }
            var policy = policy
            policy.isSuperuser = await connection.isSuperuser
            if let obstacle = Kind.removalObstacle(observed, policy: policy, leaving: []) {
                throw ProviderError("\(id) cannot be removed. \(obstacle)", help: Kind.removalHelp(policy))
            }
            return Kind.removal(of: id, observed: observed, policy: policy)
        }
        if Kind.holdsPrivileges { try await withdraw(from: id, Set(steps.map(\.database))) }
        for step in steps {
            try await withObject(id, in: step.database ?? Kind.database(of: id)) { connection, isLastTry in
                try await send(step, on: connection, isLastTry: isLastTry)
            }
        }
        return steps.isEmpty ? .alreadyDone : .performed
    }

    /// Takes from a role what somebody gave it who owns nothing of it: `DROP OWNED` leaves that, and then the role stays.
    ///
    /// - Parameter databases: Where something belongs to the role; nil for what is the server's.
    private func withdraw(from id: ResourceID, _ databases: Set<String?>) async throws {
        let passedOn = try await withObject(id, in: nil) { connection, _ in
            try await connection.query(Grant.databasesPassedOn(to: id.name)).map { $0.text("name") }
        }
        let names = Set(databases.map { $0 ?? GrantRule.maintenanceDatabase } + passedOn)
        for name in names.sorted() {
            let place = ResourceID(Grant.kind, id.instance, name)
            guard let grant = (desired.object(place) as? Grant)?.withdrawing(from: id.name) else { continue }
            try await withObject(place, in: name) { connection, isLastTry in
                guard let observed = try await observer.object(grant, on: connection) else { return }
                let batch = grant.update(from: observed, context: ObjectContext())
                try await send(batch, on: connection, isLastTry: isLastTry)
            }
        }
    }

    /// Runs a body while no other session of pgsteer works on the same object, again when somebody else came in between.
    ///
    /// A pgsteer that was killed leaves a session behind that still finishes its last statement, such as CREATE
    /// DATABASE. The advisory lock ends with that session, so whoever gets it sees what the statement did. The lock does
    /// not carry the instance's name: two who call one server by two names must wait for each other, too.
    ///
    /// - Parameter body: Learns whether it is called for the last time.
    private func withObject<Result: Sendable>(
        _ id: ResourceID,
        in database: String?,
        _ body: @Sendable (PostgresConnection, _ isLastTry: Bool) async throws -> Result
    ) async throws -> Result {
        let name = "pgsteer \(id.kind) \(id.path.dropFirst().joined(separator: " "))"
        let lock: Statement = "hashtextextended(\(literal: name), 0)"
        let tries = 10
        for attempt in 1... {
            do {
                return try await sessions.with(id.instance, database: database) { connection in
                    _ = try await connection.query(
                        "SELECT set_config('lock_timeout', '5min', false), pg_advisory_lock(\(lock))"
                    )
                    _ = try await connection.query("SET lock_timeout TO '10s'")
                    let result = try await body(connection, attempt == tries)
                    _ = try await connection.query("SELECT pg_advisory_unlock(\(lock))")
                    return result
                }
            } catch let error as PostgresError where error.isConflict && attempt < tries {
                try await Task.sleep(for: .milliseconds(20 * attempt))
            }
        }
        preconditionFailure("the loop above ends with a result or an error")
    }
}
