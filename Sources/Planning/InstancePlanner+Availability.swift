import FleetModel
import Resources
import SpecSchema

extension InstancePlanner {
    /// Plans what makes the instance serve again, and returns the action; nil when it serves.
    func planRecovery(
        _ placement: InstanceObservation,
        for change: Change,
        after: [String],
        _ actions: inout ActionList
    )
        -> String?
    {
        let old = placement.primary?.number ?? 1
        switch placement.recovery {
        case nil where placement.state == .running: return nil
        case nil, .start: return actions.add(.start, for: change, "start \(instance.name)", after: after)
        case .failOver(let node):
            let why = placement.state == .unresponsive ? "does not answer" : "does not run"
            return actions.add(
                .failover,
                for: change,
                "let node \(node) of \(instance.name) take over: node \(old) \(why)",
                impact: .switchover,
                after: after
            )
        case .finishHandover(let node):
            return actions.add(
                .failover,
                for: change,
                "finish the takeover of \(instance.name) by node \(node)",
                impact: .switchover,
                after: after
            )
        case .undoHandover(let node):
            return actions.add(
                .start,
                for: change,
                "let node \(old) of \(instance.name) go on: node \(node) has not taken over",
                after: after
            )
        }
    }

    /// The difference that a recovery makes; nil when a stopped server alone says it.
    func recoveryDifference(_ placement: InstanceObservation) -> Difference? {
        let old = placement.primary?.number ?? 1
        return switch placement.recovery {
        case .failOver(let node), .finishHandover(let node):
            Difference(
                "primary",
                observed: "node \(old)",
                desired: "node \(node)",
                impact: .switchover,
                source: instance.availability.range
            )
        case .undoHandover(let node):
            Difference(
                "primary",
                observed: "being handed over to node \(node)",
                desired: "node \(old)",
                source: instance.availability.range
            )
        case .start, nil: nil
        }
    }

    /// Plans the restart of the servers: with a standby that can take over, that is what disturbs clients least.
    ///
    /// But a standby must not have less of some parameters than its primary, so for those the primary goes first and
    /// restarts in place.
    func planRestart(
        for differences: [Difference],
        _ placement: InstanceObservation,
        for change: Change,
        after: [String],
        _ actions: inout ActionList
    ) -> String {
        let names = list(differences)
        let source = differences.lazy.compactMap(\.source).first
        guard let standby = placement.standby, standby.isRunning else {
            let summary = "restart \(instance.name) for \(names)"
            return actions.add(.restart, for: change, summary, impact: .restart, after: after, source: source)
        }
        let isLowered = differences.contains { lowersFloor($0) }
        if standby.following?.state == "streaming", !isLowered {
            let summary = "restart node \(standby.number) of \(instance.name) for \(names), and switch over to it"
            return actions.add(.switchover, for: change, summary, impact: .switchover, after: after, source: source)
        }
        let order = isLowered ? "primary first" : "standby first"
        let summary = "restart \(instance.name) for \(names), \(order)"
        return actions.add(.restart, for: change, summary, impact: .restart, after: after, source: source)
    }

    /// The parameters that a standby must not have smaller than its primary (PostgreSQL manual, section 27.4.3).
    private static let floors: Set = [
        "max_connections", "max_locks_per_transaction", "max_prepared_transactions", "max_wal_senders",
        "max_worker_processes",
    ]

    private func lowersFloor(_ difference: Difference) -> Bool {
        let name = String(difference.path.dropFirst("parameters.".count))
        guard Self.floors.contains(name), let old = difference.observed.flatMap({ Int($0) }) else { return false }
        let usual = ParameterCatalogue.definition(of: name, major: instance.version.value)?.defaultValue
        return (difference.desired ?? usual).flatMap { Int($0) }.map { $0 < old } ?? false
    }
}
