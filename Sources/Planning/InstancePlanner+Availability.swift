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
        case .start where placement.missingSocket != nil:
            let summary = "restart \(instance.name), which nobody can ask"
            return actions.add(.start, for: change, summary, impact: .restart, after: after)
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

    /// How parameters that need a restart come into force.
    enum RestartWay {
        /// The standby is restarted and takes over: what disturbs clients least.
        case takeover(byNode: Int)
        /// A standby must not have less of some parameters than its primary: where one is lowered, the primary goes first.
        case primaryFirst
        case standbyFirst
        case alone

        var impact: Impact { if case .takeover = self { .switchover } else { .restart } }
        var operation: Action.Operation { if case .takeover = self { .switchover } else { .restart } }

        func summary(of instance: String, for names: String) -> String {
            switch self {
            case .takeover(let node): "restart node \(node) of \(instance) for \(names), and switch over to it"
            case .primaryFirst: "restart \(instance) for \(names), primary first"
            case .standbyFirst: "restart \(instance) for \(names), standby first"
            case .alone: "restart \(instance) for \(names)"
            }
        }
    }

    /// Returns how the servers are restarted; nil when no difference asks for it, or it is not for us to do.
    func restartWay(for differences: [Difference], _ placement: InstanceObservation) -> RestartWay? {
        guard differences.contains(where: { $0.impact >= .restart }), instance.connection == nil else { return nil }
        guard let standby = placement.standby, standby.isRunning, instance.availability.value.mode == .dual else {
            return .alone
        }
        if differences.contains(where: lowersFloor) { return .primaryFirst }
        return standby.following?.state == "streaming" ? .takeover(byNode: standby.number) : .standbyFirst
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
