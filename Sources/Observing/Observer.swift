import Backups
package import FleetModel
package import PostgresClient
package import Providers
package import Resources
package import SQL
import SpecSchema

/// Looks at the fleet as it is: never writes, takes no lock that a writer would wait for.
package struct Observer: Sendable {
    private let provider: any InstanceProvider
    private let applicationName: String

    package init(provider: any InstanceProvider, applicationName: String) {
        self.provider = provider
        self.applicationName = applicationName
    }

    /// Looks at all instances, several at a time, with one session for each and one for each database looked at.
    ///
    /// An instance whose server cannot be asked comes back blocked, with the reason.
    ///
    /// - Parameters:
    ///   - desired: What tells which databases are looked at; nil for none.
    ///   - earlier: What was seen a moment ago: a primary that was silent then is not waited for as long again.
    package func fleet(
        desired: DesiredFleet? = nil,
        parallelism: Int,
        after earlier: ObservedFleet? = nil
    ) async throws -> ObservedFleet {
        let placements = try await provider.observe().values.sorted { $0.name < $1.name }
        @Sendable func look(at placement: InstanceObservation) async -> ObservedInstance {
            let wasSilent = earlier?.instances[placement.name]?.placement.state == .unresponsive
            let patience = wasSilent ? Self.patienceWithTheSilent : Self.patience
            return await instance(placement, desired: desired, patience: patience)
        }
        let instances = await withTaskGroup(of: ObservedInstance.self) { group in
            var waiting = placements[...]
            var result: [String: ObservedInstance] = [:]
            for placement in waiting.prefix(max(1, parallelism)) {
                group.addTask { await look(at: placement) }
            }
            waiting = waiting.dropFirst(max(1, parallelism))
            while let instance = await group.next() {
                result[instance.placement.name] = instance
                if let placement = waiting.popFirst() {
                    group.addTask { await look(at: placement) }
                }
            }
            return result
        }
        return ObservedFleet(instances: instances, archives: try await provider.archives())
    }

    /// Looks at one instance that the provider has already been asked about.
    ///
    /// - Parameters:
    ///   - isComplete: Whether every database is looked at, whatever is desired.
    ///   - patience: How long a primary with a standby may take to answer before it counts as one that hangs.
    package func instance(
        _ placement: InstanceObservation,
        desired: DesiredFleet?,
        isComplete: Bool = false,
        patience: Duration = Observer.patience
    ) async -> ObservedInstance {
        guard placement.state == .running else { return ObservedInstance(placement: placement, server: nil) }
        if let standby = placement.standby, standby.isRunning, await !isAnswering(placement.name, within: patience) {
            // A primary that takes no session is as good as dead, where another node can do its work.
            var unresponsive = placement
            unresponsive.state = .unresponsive
            unresponsive.recovery = .failOver(to: standby.number)
            return ObservedInstance(placement: unresponsive, server: nil)
        }
        do {
            let server = try await readServer(placement, desired: desired, isComplete: isComplete)
            return ObservedInstance(placement: await withFollowing(placement, server), server: server)
        } catch {
            var blocked = placement
            blocked.state = .blocked
            blocked.problem = "its server runs but cannot be asked: \(error)"
            return ObservedInstance(placement: blocked, server: nil)
        }
    }

    /// Reads one object of a server again, right before something is done about it.
    package func object<Object: ServerObject>(
        _ object: Object,
        on connection: PostgresConnection
    ) async throws(PostgresError) -> Object.Observed? {
        var request = ObservationRequest(name: object.name)
        object.refine(&request)
        return try await observed(Object.self, object.id, request, on: connection)
    }

    /// Reads one object of a server by its name.
    package func observed<Object: ServerObject>(
        _: Object.Type,
        _ id: ResourceID,
        _ request: ObservationRequest? = nil,
        on connection: PostgresConnection
    ) async throws(PostgresError) -> Object.Observed? {
        var request = request ?? ObservationRequest(name: id.name)
        request.readsVerifiers = try await readsVerifiers(connection)
        let found = Object.observed(from: try await connection.query(Object.observation(request)))
        return found.first { Object.id(of: $0.key.text, in: Object.database(of: id) ?? "", on: id.instance) == id }?
            .value
    }

    /// Returns when the server that takes writes was started, as it says itself.
    package func serverStart(of name: String) async throws -> String {
        try await open(name)
            .closing { connection in
                try await connection.query("SELECT pg_postmaster_start_time()::text AS time").first?.text("time") ?? ""
            }
    }

    // MARK: Sessions

    /// A server that lives takes a session and answers a statement in this time.
    package static let patience = Duration.milliseconds(1100)
    /// Who was silent for all of that a moment ago is only asked whether it has come back.
    private static let patienceWithTheSilent = Duration.milliseconds(100)

    private func isAnswering(_ name: String, within patience: Duration) async -> Bool {
        guard let target = try? await administrationTarget(of: name) else { return false }
        return await PostgresProbe.isAnswering(target, within: patience)
    }

    func administrationTarget(of name: String, node: Int? = nil) async throws -> ConnectionTarget {
        var target = try await provider.administration(of: name, node: node)
        target.applicationName = applicationName
        return target
    }

    /// Connects as the one who may do most; waits for a server that is still recovering.
    package func open(
        _ name: String,
        database: String? = nil,
        beforeWrite: (@Sendable (Statement) -> Void)? = nil,
        first: Statement? = nil
    ) async throws -> PostgresConnection {
        var target = try await administrationTarget(of: name)
        if let database { target = target.database(database) }
        let deadline = ContinuousClock.now + .seconds(30)
        while true {
            do throws(PostgresError) {
                return try await PostgresConnection.open(target, beforeWrite: beforeWrite, first: first)
            } catch {
                // A server that replays its log after a crash says so (57P03) and is worth waiting for.
                guard error.message.contains("the database system is"), ContinuousClock.now < deadline else {
                    throw error
                }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    // MARK: Reading

    private func readServer(
        _ placement: InstanceObservation,
        desired: DesiredFleet?,
        isComplete: Bool
    ) async throws -> ObservedServer {
        let connection = try await openReader(placement.name, first: ObservedParameter.observation)
        var server = try await connection.closing { connection in
            var server = ObservedServer(
                version: await connection.serverVersion,
                parameters: await Self.parameters(connection),
                objects: [:]
            )
            let names = desired.map { desired in
                (desired.instances[placement.name]?.parameters.map(\.name) ?? []) + placement.record.parameters.keys
            }
            try await Self.readOverridden(into: &server.parameters, connection)
            try await readFiles(into: &server.parameters, asked: names, connection)
            let request = ObservationRequest(readsVerifiers: try await readsVerifiers(connection))
            try await readSessions(into: &server, placement, connection)
            let builtIn = try await connection.query("SELECT rolname FROM pg_roles WHERE oid = 10 OR rolname ~ '^pg_'")
            server.builtInRoles = Set(builtIn.map { Name($0.text("rolname")) })
            if await !connection.isSuperuser {
                server.missingRights = MissingRights(
                    try await connection.query(RoleLoan.missing),
                    parameters: try await connection.query(MissingRights.alterable)
                )
            }
            if desired == nil { try await readSettingsOfAllRoles(into: &server, connection) }
            try await readUpkeep(into: &server, placement, connection)
            for kind in ResourceCatalog.serverObjects where kind.scope == .server {
                try await read(kind, request, into: &server, placement.name, connection)
            }
            return server
        }
        try await readDatabases(of: placement, desired, isComplete: isComplete, into: &server)
        if let desired { try await readFootprints(desired, placement, into: &server) }
        if let desired { await probePasswords(desired, placement.name, &server) }
        return server
    }

    /// Reads the databases that documents speak of; with `isComplete` all, as far as they can be read.
    private func readDatabases(
        of placement: InstanceObservation,
        _ desired: DesiredFleet?,
        isComplete: Bool,
        into server: inout ObservedServer
    ) async throws {
        let open = server.observed(Database.self).filter { $0.object.closure == nil }
        guard isComplete else {
            let wanted = desired?.databases(of: placement.name, applied: placement.record) ?? []
            for database in wanted.intersection(open.map { Name($0.id.name) }).sorted() {
                try await readDatabase(database.text, of: placement.name, desired, into: &server)
            }
            return
        }
        for database in open.filter(\.object.isOrdinary).map({ Name($0.id.name) }).sorted() {
            do {
                try await readDatabase(database.text, of: placement.name, desired, into: &server)
            } catch let error as PostgresError {
                server.unread[database] = error.message
            }
        }
    }

    private func readDatabase(
        _ database: String,
        of name: String,
        _ desired: DesiredFleet?,
        into server: inout ObservedServer
    ) async throws {
        var request = ObservationRequest()
        for object in desired?.objects(of: name) ?? [] where database.isSameName(as: object.database) {
            object.refine(&request)
        }
        try await openReader(name, database: database)
            .closing { connection in
                for kind in ResourceCatalog.serverObjects where kind.scope == .database {
                    try await read(kind, request, into: &server, name, connection, database: database)
                }
            }
    }

    /// A write in such a session would be a mistake of ours: the server itself refuses it.
    func openReader(
        _ name: String,
        database: String? = nil,
        first: Statement? = nil
    ) async throws -> PostgresConnection {
        let connection = try await open(name, database: database, first: first)
        _ = try await connection.query("SET default_transaction_read_only TO on")
        return connection
    }

    private func read<Kind: ServerObject>(
        _: Kind.Type,
        _ request: ObservationRequest,
        into server: inout ObservedServer,
        _ instance: String,
        _ connection: PostgresConnection,
        database: String = ""
    ) async throws(PostgresError) {
        let found = Kind.observed(from: try await connection.query(Kind.observation(request)))
        for (name, object) in found {
            server.objects[Kind.kind, default: [:]][Kind.id(of: name.text, in: database, on: instance)] = object
        }
    }

    /// Whether our role may read what is stored for passwords.
    private func readsVerifiers(_ connection: PostgresConnection) async throws(PostgresError) -> Bool {
        let rows = try await connection.query("SELECT has_table_privilege('pg_catalog.pg_authid', 'SELECT') AS yes")
        return rows.first?.isTrue("yes") ?? false
    }
}
