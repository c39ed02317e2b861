import PostgresClient
import Resources
import SQL

extension MigrationRun {
    /// How far the end that follows is behind right now; asks both ends and writes nothing.
    package func observed() async -> FollowingObservation {
        if let physical = order.physical { return await observedPhysically(physical) }
        let isBack = task.state == .wayBackOpen
        do {
            let source = try await openSource()
            return try await source.closing { source in
                let target = try await openTarget()
                return try await target.closing { target in
                    try await observed(isBack ? target : source, isBack ? source : target, isBack: isBack)
                }
            }
        } catch {
            return FollowingObservation(problem: "\(error)")
        }
    }

    private func observed(
        _ writer: PostgresConnection,
        _ follower: PostgresConnection,
        isBack: Bool
    ) async throws -> FollowingObservation {
        let heartbeat: Statement = """
            SELECT written, extract(epoch FROM clock_timestamp() - written) AS age
            FROM pgsteer_migration.heartbeat WHERE task = \(literal: task.token)
            """
        let there = try await follower.query(heartbeat).first
        let here = try await writer.query(heartbeat).first
        let isSame = there?["written"] != nil && there?["written"] == here?["written"]
        let gap = try await gap(writer, isBack: isBack)
        if isBack, gap == nil {
            return FollowingObservation(
                problem:
                    "the replication slot \(task.backName) is gone from the target: there is no way back any more; end it with: pgsteer migration finish \(task.name)"
            )
        }
        return FollowingObservation(
            gapBytes: gap,
            lagSeconds: isSame ? Self.lag(behind: gap) : here?["age"].flatMap(Double.init),
            // Mistakes that are behind it count no more. Nobody writes signs for the way back.
            problem: try await applyProblem(follower, isBack: isBack, forgivesPast: isBack || isSame)
        )
    }

    /// The lag of an end that has the newest sign. Signs are written while a run works: what came after the last one, only
    /// the gap tells, and a segment of the log is more than an end that follows is behind.
    private static func lag(behind gap: Int?) -> Double? { (gap ?? 0) < 1 << 24 ? 0 : nil }
}

/// How far a target is behind its source.
package struct FollowingObservation: Sendable {
    /// WAL that the target has not confirmed.
    package var gapBytes: Int?
    /// How long ago the source wrote the newest heartbeat that the target does not have; 0 when it has the newest and is
    /// hardly behind it, nil when nothing tells.
    package var lagSeconds: Double?
    /// Why it does not get on.
    package var problem: String?

    package init(gapBytes: Int? = nil, lagSeconds: Double? = nil, problem: String? = nil) {
        self.gapBytes = gapBytes
        self.lagSeconds = lagSeconds
        self.problem = problem
    }
}
