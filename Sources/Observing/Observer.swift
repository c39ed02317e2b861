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
    /// - Parameter desired: What tells which databases are looked at; nil for none.
    package func fleet(desired: DesiredFleet? = nil, parallelism: Int) async throws -> ObservedFleet {
        let placements = try await provider.observe().values.sorted { $0.name < $1.name }
        let instances = await withTaskGroup(of: ObservedInstance.self) { group in
            var waiting = placements[...]
            var result: [String: ObservedInstance] = [:]
            for placement in waiting.prefix(max(1, parallelism)) {
                group.addTask { await instance(placement, desired: desired) }
            }
            waiting = waiting.dropFirst(max(1, parallelism))
            while let instance = await group.next() {
                result[instance.placement.name] = instance
                if let placement = waiting.popFirst() {
                    group.addTask { await self.instance(placement, desired: desired) }
                }
            }
            return result
        }
        return ObservedFleet(instances: instances, archives: try await provider.archives())
    }

    /// Looks at one instance that the provider has already been asked about.
    ///
    /// - Parameter isComplete: Whether every database is looked at, whatever is desired.
    package func instance(
        _ placement: InstanceObservation,
        desired: DesiredFleet?,
        isComplete: Bool = false
    ) async -> ObservedInstance {
        guard placement.state == .running else { return ObservedInstance(placement: placement, server: nil) }
        if let standby = placement.standby, standby.isRunning, await !isAnswering(placement.name) {
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
        return found.first { Object.id(of: $0.key, in: Object.database(of: id) ?? "", on: id.instance) == id }?.value
    }

    /// Reads the parameters that new sessions of a server start with.
    package func parameters(of name: String) async throws -> [String: ObservedParameter] {
        let connection = try await open(name, first: ObservedParameter.observation)
        let parameters = await Self.parameters(connection)
        await connection.close()
        return parameters
    }

    /// Returns when the server that takes writes was started, as it says itself.
    package func serverStart(of name: String) async throws -> String {
        try await open(name)
            .closing { connection in
                try await connection.query("SELECT pg_postmaster_start_time()::text AS time").first?.text("time") ?? ""
            }
    }

    private static func parameters(_ connection: PostgresConnection) async -> [String: ObservedParameter] {
        let rows = await connection.firstRows
        return Dictionary(rows.map { ($0.text("name"), ObservedParameter($0)) }) { first, _ in first }
    }

    // MARK: Sessions

    private func isAnswering(_ name: String) async -> Bool {
        guard let target = try? await administrationTarget(of: name) else { return false }
        return await PostgresProbe.isAnswering(target, within: .milliseconds(1100))
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

    /// Adds to a placement how its standby and its replicas follow, as the primary and they themselves say.
    private func withFollowing(_ placement: InstanceObservation, _ server: ObservedServer) async -> InstanceObservation
    {
        var placement = placement
        for index in placement.nodes.indices {
            let node = placement.nodes[index]
            guard node.role != .primary, node.isRunning else { continue }
            let name = ObservedNode.followerName(ofNode: node.number)
            // What takes no connection may be stopped in the middle of everything, and still look connected.
            let waiting = await waitingParameters(of: placement.name, node: node.number)
            placement.nodes[index].following =
                waiting == nil ? nil : server.followers.first { $0.name == name }?.following
            placement.nodes[index].waitingParameters = waiting ?? []
        }
        for index in placement.groups.indices {
            placement.groups[index].entitled = await entitled(to: placement.groups[index], placement)
        }
        return placement
    }

    /// Nil when the primary cannot be asked.
    private func entitled(to group: ObservedReadOnlyGroup, _ placement: InstanceObservation) async -> [Int]? {
        guard let primary = try? await administrationTarget(of: placement.name) else { return nil }
        var probe = ReplicaLagProbe(primary: primary, replicas: [:])
        for node in placement.replicas(of: group.name) {
            probe.replicas[node.number] = try? await administrationTarget(of: placement.name, node: node.number)
        }
        return (try? await probe.lags(under: group.policy)).map { group.policy.inService($0).sorted() }
    }

    /// Nil for a node that takes no connection.
    private func waitingParameters(of name: String, node: Int) async -> [String]? {
        guard let target = try? await administrationTarget(of: name, node: node) else { return nil }
        let rows = try? await PostgresConnection.with(target) { connection in
            try await connection.query(ObservedFollower.waitingObservation)
        }
        return rows?.map { $0.text("name") }
    }

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
            try await readWaiting(into: &server.parameters, connection)
            let request = ObservationRequest(readsVerifiers: try await readsVerifiers(connection))
            server.sessions = try await connection.query(ObservedSessions.observation).map(ObservedSessions.init)
            if placement.nodes.count > 1 {
                server.followers = try await connection.query(ObservedFollower.observation).map(ObservedFollower.init)
            }
            if let allowed = placement.record.size["storage"].flatMap({ ByteCount($0) }) {
                // A number to look at: who may not see it sees the rest all the same.
                let row = try? await connection.query(ServerFigures.Storage.observation).first
                server.storage = row.map { ServerFigures.Storage($0, allowedBytes: allowed.bytes) }
            }
            if placement.archive != nil, server.parameters["archive_mode"]?.setting != "off" {
                server.archiver = try await connection.query(ObservedArchiver.observation).first
                    .map(ObservedArchiver.init)
            }
            for kind in ResourceCatalog.serverObjects where kind.scope == .server {
                try await read(kind, request, into: &server, placement.name, connection)
            }
            return server
        }
        let present = Set(server.observed(Database.self).map(\.id.name))
        let wanted = desired?.databases(of: placement.name, applied: placement.record) ?? []
        for database in (isComplete ? present : wanted.intersection(present)).sorted() {
            try await readDatabase(database, of: placement.name, desired, into: &server)
        }
        if let desired { await probePasswords(desired, placement.name, &server) }
        return server
    }

    /// What waits for a restart is read from the server's files, only when something does.
    private func readWaiting(
        into parameters: inout [String: ObservedParameter],
        _ connection: PostgresConnection
    ) async throws(PostgresError) {
        guard parameters.values.contains(where: \.isPendingRestart),
            try await connection.query(ObservedParameter.readsFiles).first?.isTrue("yes") ?? false
        else { return }
        for row in try await connection.query(ObservedParameter.waitingObservation) {
            guard parameters[row.text("name")]?.isPendingRestart ?? false else { continue }
            parameters[row.text("name")]?.waiting = row["setting"]
        }
    }

    private func readDatabase(
        _ database: String,
        of name: String,
        _ desired: DesiredFleet?,
        into server: inout ObservedServer
    ) async throws {
        var request = ObservationRequest()
        for object in desired?.objects(of: name) ?? [] where object.database == database { object.refine(&request) }
        try await openReader(name, database: database)
            .closing { connection in
                for kind in ResourceCatalog.serverObjects where kind.scope == .database {
                    try await read(kind, request, into: &server, name, connection, database: database)
                }
            }
    }

    /// A write in such a session would be a mistake of ours: the server itself refuses it.
    private func openReader(
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
            server.objects[Kind.kind, default: [:]][Kind.id(of: name, in: database, on: instance)] = object
        }
    }

    /// Whether our role may read what is stored for passwords.
    private func readsVerifiers(_ connection: PostgresConnection) async throws(PostgresError) -> Bool {
        let rows = try await connection.query("SELECT has_table_privilege('pg_catalog.pg_authid', 'SELECT') AS yes")
        return rows.first?.isTrue("yes") ?? false
    }
}
