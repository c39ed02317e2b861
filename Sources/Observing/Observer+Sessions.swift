import Backups
package import FleetModel
import PostgresClient
import Resources
import SQL

extension Observer {
    /// Looks at what a restart of an instance would close right now.
    ///
    /// Returns nil when that is nothing, and when the server gives no answer within seconds: whoever restarts it does so
    /// perhaps because of that, and must not wait for it.
    package func disruption(of name: String) async -> Plan.Disruption? {
        guard let target = try? await administrationTarget(of: name),
            await PostgresProbe.isAnswering(target, within: .seconds(2)), let reader = try? await openReader(name)
        else { return nil }
        return try? await reader.closing { connection in
            _ = try await connection.query("SET statement_timeout TO '5s'")
            return Plan.Disruption(
                of: name,
                try await connection.query(ObservedSessions.observation).map(ObservedSessions.init),
                try await connection.query(ObservedPreparedTransaction.observation)
                    .map(ObservedPreparedTransaction.init)
            )
        }
    }

    /// Who is connected, and what is prepared, which most servers do not allow.
    func readSessions(
        into server: inout ObservedServer,
        _ placement: InstanceObservation,
        _ connection: PostgresConnection
    ) async throws(PostgresError) {
        server.sessions = try await connection.query(ObservedSessions.observation).map(ObservedSessions.init)
        if server.parameters["max_prepared_transactions"]?.setting != "0" {
            server.preparedTransactions = try await connection.query(ObservedPreparedTransaction.observation)
                .map(ObservedPreparedTransaction.init)
        }
        if placement.nodes.count > 1 {
            server.followers = try await connection.query(ObservedFollower.observation).map(ObservedFollower.init)
        }
    }

    /// How much its data takes, and how it archives its log.
    func readUpkeep(
        into server: inout ObservedServer,
        _ placement: InstanceObservation,
        _ connection: PostgresConnection
    ) async throws(PostgresError) {
        if let allowed = placement.record.size["storage"].flatMap({ ByteCount($0) }) {
            // A number to look at: who may not see it sees the rest all the same.
            let row = try? await connection.query(ServerFigures.Storage.observation).first
            server.storage = row.map { ServerFigures.Storage($0, allowedBytes: allowed.bytes) }
        }
        if placement.archive != nil, server.parameters["archive_mode"]?.setting != "off" {
            server.archiver = try await connection.query(ObservedArchiver.observation).first.map(ObservedArchiver.init)
        }
    }
}
