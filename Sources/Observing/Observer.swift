package import FleetModel
package import PostgresClient
package import Providers
package import Resources
package import SQL

/// Looks at the fleet as it is: never writes, takes no lock that a writer would wait for.
package struct Observer: Sendable {
    private let provider: any InstanceProvider
    private let applicationName: String

    package init(provider: any InstanceProvider, applicationName: String) {
        self.provider = provider
        self.applicationName = applicationName
    }

    /// Looks at all instances, several at a time, with one connection each.
    ///
    /// An instance whose server cannot be asked comes back blocked, with the reason.
    package func fleet(parallelism: Int) async throws -> ObservedFleet {
        let placements = try await provider.observe().values.sorted { $0.name < $1.name }
        let instances = try await withThrowingTaskGroup(of: ObservedInstance.self) { group in
            var waiting = placements[...]
            var result: [String: ObservedInstance] = [:]
            for placement in waiting.prefix(max(1, parallelism)) { group.addTask { await instance(placement) } }
            waiting = waiting.dropFirst(max(1, parallelism))
            while let instance = try await group.next() {
                result[instance.placement.name] = instance
                if let placement = waiting.popFirst() { group.addTask { await self.instance(placement) } }
            }
            return result
        }
        return ObservedFleet(instances: instances)
    }

    /// Looks at one instance that the provider has already been asked about.
    package func instance(_ placement: InstanceObservation) async -> ObservedInstance {
        guard placement.state == .running else { return ObservedInstance(placement: placement, server: nil) }
        do {
            let server = try await withServer(of: placement.name) { connection in
                try await readServer(connection)
            }
            return ObservedInstance(placement: placement, server: server)
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
        Object.observed(from: try await connection.query(Object.observation))[object.name]
    }

    /// Reads the parameters of a server.
    package func parameters(on connection: PostgresConnection) async throws(PostgresError) -> [String:
        ObservedParameter]
    {
        let rows = try await connection.query(ObservedParameter.observation)
        return Dictionary(rows.map { ($0.text("name"), ObservedParameter($0)) }) { first, _ in first }
    }

    /// Connects as the one who may do everything; waits for a server that is still recovering.
    package func withServer<Result: Sendable>(
        of name: String,
        beforeWrite: (@Sendable (Statement) -> Void)? = nil,
        _ body: (PostgresConnection) async throws -> Result
    ) async throws -> Result {
        var target = try await provider.administration(of: name)
        target.applicationName = applicationName
        let deadline = ContinuousClock.now + .seconds(30)
        while true {
            let connection: PostgresConnection
            do throws(PostgresError) {
                connection = try await PostgresConnection.open(target, beforeWrite: beforeWrite)
            } catch {
                // A server that replays its log after a crash says so (57P03) and is worth waiting for.
                guard error.message.contains("the database system is"), ContinuousClock.now < deadline else {
                    throw error
                }
                try await Task.sleep(for: .milliseconds(50))
                continue
            }
            do {
                let result = try await body(connection)
                await connection.close()
                return result
            } catch {
                await connection.close()
                throw error
            }
        }
    }

    private func readServer(_ connection: PostgresConnection) async throws(PostgresError) -> ObservedServer {
        // A write here would be a mistake of ours: the server itself refuses it.
        _ = try await connection.query("SET default_transaction_read_only TO on")
        let version = await connection.serverVersion
        let parameters = try await parameters(on: connection)
        var objects: [String: [String: any ObservedObject]] = [:]
        for kind in ResourceCatalog.serverObjects {
            objects[kind.kind] = try await self.objects(of: kind, on: connection)
        }
        return ObservedServer(version: version, parameters: parameters, objects: objects)
    }

    private func objects<Kind: ServerObject>(
        of kind: Kind.Type,
        on connection: PostgresConnection
    ) async throws(PostgresError) -> [String: any ObservedObject] {
        Kind.observed(from: try await connection.query(Kind.observation))
    }
}
