package import FleetModel
package import PostgresClient
import SQL

/// Asks how far the replicas of a read-only group are behind.
package struct ReplicaLagProbe: Sendable {
    /// Where to ask the primary as the one who may do most.
    package var primary: ConnectionTarget
    /// Where to ask each replica, by the number of its node.
    package var replicas: [Int: ConnectionTarget]

    /// Where sessions stay open from one question to the next; nil for sessions that end.
    private let sessions: KeptSessions?

    package init(primary: ConnectionTarget, replicas: [Int: ConnectionTarget], sessions: KeptSessions? = nil) {
        self.primary = primary
        self.replicas = replicas
        self.sessions = sessions
    }

    /// How long the second look waits: any replica that follows has replayed by then what the first look saw.
    private static let pause = Duration.milliseconds(300)

    /// Returns the lags by the numbers of the nodes.
    ///
    /// One that is too far behind is looked at again: after a long silence of the primary the newest commit of every
    /// replica is old for the moment in which the next one is on its way.
    package func lags(under policy: ReadOnlyGroupPolicy) async throws -> [ReplicaLag] {
        let lags = try await lags()
        if lags.allSatisfy({ policy.allows($0) || $0.bytes == nil }) { return lags }
        try await Task.sleep(for: Self.pause)
        return try await self.lags()
    }

    private func lags() async throws -> [ReplicaLag] {
        let rows = try await query(
            """
            SELECT application_name, pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::bigint AS lag
            FROM pg_catalog.pg_stat_replication WHERE state IN ('streaming', 'catchup')
            """,
            on: primary
        )
        let bytes = Dictionary(rows.map { ($0.text("application_name"), $0.integer("lag") ?? 0) }) { first, _ in first }
        var lags: [ReplicaLag] = []
        for (number, target) in replicas.sorted(by: { $0.key < $1.key }) {
            let behind = bytes[ObservedNode.followerName(ofNode: number)]
            let age = behind == nil || behind == 0 ? 0 : await age(target)
            lags.append(ReplicaLag(node: number, bytes: behind, seconds: age))
        }
        return lags
    }

    /// The age in seconds of the newest commit that a replica has replayed; nil when it cannot be asked, or has none.
    private func age(_ target: ConnectionTarget) async -> Double? {
        let rows = try? await query(
            "SELECT extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float8 AS age",
            on: target
        )
        return rows?.first?["age"].flatMap(Double.init)
    }

    private func query(_ statement: Statement, on target: ConnectionTarget) async throws -> [Row] {
        if let sessions { return try await sessions.query(statement, on: target) }
        return try await PostgresConnection.with(target) { try await $0.query(statement) }
    }
}
