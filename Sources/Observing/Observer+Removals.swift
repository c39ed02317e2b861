import FleetModel
import PostgresClient
import Resources
import SQL

extension Observer {
    /// Looks what the removal of accounts would touch: of those that are to go, and of those that pruning may take.
    func readFootprints(
        _ desired: DesiredFleet,
        _ placement: InstanceObservation,
        into server: inout ObservedServer
    ) async throws {
        let absent = desired.objects(of: placement.name).filter { $0.removalPolicy != nil }.map(\.id)
        let undeclared = placement.record.objects.filter { $0.value.deletionPolicy == .delete }.keys
            .compactMap(ResourceID.init).filter { !desired.declares($0) }
        let open = Set(server.observed(Database.self).filter { $0.object.closure == nil }.map { Name($0.id.name) })
        for id in Set(absent + undeclared).sorted() where id.kind == Account.kind {
            guard var account = server.objects[Account.kind]?[id] as? ObservedAccount else { continue }
            let databases = Set(account.belongings.map { Name($0.database) })
                .union(try await databasesPassedOn(by: id)).intersection(open)
            for database in databases.sorted() {
                account.footprints.append(try await footprint(of: id, in: database.text, desired))
            }
            server.objects[Account.kind]?[id] = account
        }
    }

    private func databasesPassedOn(by id: ResourceID) async throws -> [Name] {
        try await openReader(id.instance)
            .closing { connection in
                try await connection.query(Grant.databasesPassedOn(by: id.name)).map { Name($0.text("name")) }
            }
    }

    private func footprint(
        of id: ResourceID,
        in database: String,
        _ desired: DesiredFleet
    ) async throws -> ObservedAccount.Footprint {
        let grant = desired.object(ResourceID(Grant.kind, id.instance, database)) as? Grant
        return try await openReader(id.instance, database: database)
            .closing { connection in
                let rows = try await connection.query(ObservedAccount.Footprint.observation(of: id.name))
                let privileges = try await connection.query(Grant.observation(ObservationRequest()))
                let losses = Grant.observed(from: privileges).values.first
                    .flatMap { grant?.losses(with: id.name, on: $0) }
                return ObservedAccount.Footprint(in: database, rows, losses: losses ?? [])
            }
    }
}
