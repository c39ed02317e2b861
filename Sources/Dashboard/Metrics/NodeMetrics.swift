import FleetModel
import Resources

/// The numbers of servers.
struct NodeMetrics {
    let facts: FleetFacts

    /// A family with one number for each node whose figures are known.
    private struct Figure {
        var name: String
        var kind: Metric.Kind
        var help: String
        var value: @Sendable (ServerFigures) -> Double?

        init(
            _ name: String,
            _ kind: Metric.Kind,
            _ help: String,
            _ value: @escaping @Sendable (ServerFigures) -> Double?
        ) {
            self.name = name
            self.kind = kind
            self.help = help
            self.value = value
        }
    }

    private static let figures: [Figure] = [
        Figure("connections", .gauge, "Sessions of clients.") { Double($0.sessions.used) },
        Figure("connections_allowed", .gauge, "Sessions that clients may have at once.") {
            Double($0.sessions.allowed)
        },
        Figure("connections_active", .gauge, "Sessions that perform a statement.") { Double($0.sessions.active) },
        Figure("connections_idle_in_transaction", .gauge, "Sessions that keep a transaction open and do nothing.") {
            Double($0.sessions.idleInTransaction)
        },
        Figure("connections_waiting", .gauge, "Sessions that wait for a lock.") { Double($0.sessions.waiting) },
        Figure("blocks_hit", .counter, "Blocks that were found in shared buffers.") { Double($0.counters.blocksHit) },
        Figure("blocks_read", .counter, "Blocks that were read from outside of shared buffers.") {
            Double($0.counters.blocksRead)
        },
        Figure(
            "cache_hit_ratio",
            .gauge,
            "Share of blocks that were found in shared buffers, since counters were reset."
        ) {
            $0.counters.cacheHitShare
        },
        Figure("wal_bytes", .counter, "Bytes of write-ahead log that were written.") { Double($0.counters.walBytes) },
        Figure("deadlocks", .counter, "Deadlocks that were found.") { Double($0.counters.deadlocks) },
        Figure("temporary_files", .counter, "Temporary files of statements.") { Double($0.counters.temporaryFiles) },
        Figure("temporary_bytes", .counter, "Bytes of temporary files.") { Double($0.counters.temporaryBytes) },
        Figure("statements", .counter, "Statements that pg_stat_statements counted.") {
            $0.counters.statements.map { Double($0.calls) }
        },
        Figure("statement_seconds", .counter, "Time of the statements that pg_stat_statements counted.") {
            $0.counters.statements.map { $0.totalMilliseconds / 1000 }
        },
        Figure("oldest_transaction_seconds", .gauge, "Age of the oldest open transaction; 0 when there is none.") {
            $0.oldestTransactionSeconds ?? 0
        },
        Figure("rows_dead", .gauge, "Rows that are dead and not yet removed.") { Double($0.deadRows) },
        Figure("rows_live", .gauge, "Rows that live, as far as statistics know.") { Double($0.liveRows) },
        Figure("size_bytes", .gauge, "What databases and write-ahead log take.") { Double($0.storage.usedBytes) },
        Figure("size_allowed_bytes", .gauge, "What size.storage says they may take.") {
            $0.storage.allowedBytes.map(Double.init)
        },
        Figure("started_timestamp_seconds", .gauge, "When the server was started.") { $0.started },
    ]

    var metrics: [Metric] { states + Self.figures.map(family) + [transactions, checkpoints] }

    private var all: [(labels: (String, String), node: NodeFacts)] {
        facts.instances.flatMap { instance in
            instance.nodes.map { (labels: (instance.name, String($0.number)), node: $0) }
        }
    }

    private func family(_ figure: Figure) -> Metric {
        var metric = Metric("pgsteer_node_\(figure.name)", figure.kind, figure.help)
        for (labels, node) in all {
            metric.add(node.figures.flatMap(figure.value), ["instance": labels.0, "node": labels.1])
        }
        return metric
    }

    private var states: [Metric] {
        var up = Metric("pgsteer_node_up", .gauge, "Whether its server runs.")
        var role = Metric("pgsteer_node_role", .gauge, "1 for the role that it has: primary, standby, replica.")
        var following = Metric("pgsteer_node_following", .gauge, "Whether it receives the primary's write-ahead log.")
        var bytes = Metric("pgsteer_node_replication_lag_bytes", .gauge, "Write-ahead log that it has not replayed.")
        var seconds = Metric(
            "pgsteer_node_replication_lag_seconds",
            .gauge,
            "How long replaying takes; 0 while nothing is written."
        )
        var waiting = Metric("pgsteer_node_parameters_pending_restart", .gauge, "Parameters that wait for its restart.")
        for (labels, node) in all {
            up.add(node.isRunning, ["instance": labels.0, "node": labels.1])
            for kind in [ObservedNode.Role.primary, .standby, .replica] {
                role.add(node.role == kind, ["instance": labels.0, "node": labels.1, "role": kind.rawValue])
            }
            waiting.add(node.waitingParameters.count, ["instance": labels.0, "node": labels.1])
            guard node.role != .primary else { continue }
            following.add(node.isRunning && node.following != nil, ["instance": labels.0, "node": labels.1])
            bytes.add(node.lagBytes, ["instance": labels.0, "node": labels.1])
            seconds.add(
                node.lagSeconds ?? (node.lagBytes == 0 ? 0 : nil),
                ["instance": labels.0, "node": labels.1]
            )
        }
        return [up, role, following, bytes, seconds, waiting]
    }

    private var transactions: Metric {
        var metric = Metric("pgsteer_node_transactions", .counter, "Transactions that ended, by how.")
        for (labels, node) in all {
            let counters = node.figures?.counters
            metric.add(counters?.commits, ["instance": labels.0, "node": labels.1, "end": "commit"])
            metric.add(counters?.rollbacks, ["instance": labels.0, "node": labels.1, "end": "rollback"])
        }
        return metric
    }

    private var checkpoints: Metric {
        var metric = Metric("pgsteer_node_checkpoints", .counter, "Checkpoints, by why they were made.")
        for (labels, node) in all {
            let counters = node.figures?.counters
            metric.add(counters?.checkpointsTimed, ["instance": labels.0, "node": labels.1, "cause": "timed"])
            metric.add(counters?.checkpointsRequested, ["instance": labels.0, "node": labels.1, "cause": "requested"])
        }
        return metric
    }
}
