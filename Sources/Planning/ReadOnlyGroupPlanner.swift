import FleetModel
import Resources
import SpecSchema

/// Plans the read-only groups of one instance.
struct ReadOnlyGroupPlanner {
    let instance: String
    let groups: [ReadOnlyGroup]
    /// Nil for an instance that is not there yet.
    let placement: InstanceObservation?
    let options: PlanOptions

    /// - Parameter prerequisites: What lets the primary serve, and no longer needs a restart.
    func plan(after prerequisites: [String], _ changes: inout [Change], _ actions: inout ActionList) {
        for group in groups {
            let observed = placement?.groups.first { $0.name == group.name }
            plan(group, observed, after: prerequisites, &changes, &actions)
        }
        planUndeclared(after: prerequisites, &changes, &actions)
    }

    private func plan(
        _ group: ReadOnlyGroup,
        _ observed: ObservedReadOnlyGroup?,
        after prerequisites: [String],
        _ changes: inout [Change],
        _ actions: inout ActionList
    ) {
        let differences = differences(of: group, from: observed)
        guard !differences.isEmpty else { return }
        let change = Change(
            group.id,
            observed == nil ? .create : .update,
            because: observed == nil ? .absent : .differs,
            source: group.range,
            differences: differences
        )
        changes.append(change)
        let summary =
            observed == nil
            ? "build \(Self.count(group.policy.value.weights.count)) of \(instance) for \(group.name)"
            : summary(of: group, for: differences)
        actions.add(.attach, for: change, summary, after: prerequisites)
    }

    private func summary(of group: ReadOnlyGroup, for differences: [Difference]) -> String {
        let repaired = differences.filter { $0.path.hasPrefix(Self.replicaPrefix) }.map(\.path)
        let others = differences.filter { !$0.path.hasPrefix(Self.replicaPrefix) }
        let name = "\(group.name) of \(instance)"
        let parts = others.map { difference in
            switch difference.path {
            case "endpoint": "open the endpoint of \(name)"
            case Self.service: "lead the endpoint of \(name) to \(difference.desired ?? "none")"
            default: "set \(difference.path) of \(name) to \(difference.desired ?? "no limit")"
            }
        }
        let repair = repaired.isEmpty ? [] : ["repair \(repaired.joined(separator: ", ")) of \(name)"]
        return (repair + parts).joined(separator: ", ")
    }

    private static let replicaPrefix = "replica "
    private static let service = "in service"

    private static func nodes(_ numbers: [Int]) -> String {
        numbers.isEmpty ? "none" : "node " + numbers.map(String.init).joined(separator: ", ")
    }

    private static func count(_ number: Int) -> String { number == 1 ? "1 replica" : "\(number) replicas" }

    private func differences(of group: ReadOnlyGroup, from observed: ObservedReadOnlyGroup?) -> [Difference] {
        let attributes = attributeDifferences(of: group, from: observed)
        guard let observed else {
            return attributes + [
                Difference("endpoint", observed: nil, desired: "(known after create)", source: group.range)
            ]
        }
        var result = attributes + replicaDifferences(of: group, from: observed)
        // Who does not follow is told above, and serves again when it does.
        if let entitled = observed.entitled, entitled != observed.inService, result.isEmpty {
            result.append(
                Difference(
                    Self.service,
                    observed: Self.nodes(observed.inService),
                    desired: Self.nodes(entitled),
                    source: group.policy.range
                )
            )
        }
        if !observed.endpoint.isOpen {
            result.append(Difference("endpoint", observed: "closed", desired: "open", source: group.range))
        }
        return result
    }

    private func attributeDifferences(
        of group: ReadOnlyGroup,
        from observed: ObservedReadOnlyGroup?
    ) -> [Difference] {
        let desired = Self.attributes(of: group.policy.value)
        let found = observed.map { Self.attributes(of: $0.policy) } ?? [:]
        return desired.keys.sorted()
            .compactMap { name in
                let (old, new) = (found[name] ?? nil, desired[name] ?? nil)
                return old == new ? nil : Difference(name, observed: old, desired: new, source: group.policy.range)
            }
    }

    /// Returns the replicas that do not serve as they should, and that some are missing.
    private func replicaDifferences(of group: ReadOnlyGroup, from observed: ObservedReadOnlyGroup) -> [Difference] {
        let replicas = placement?.replicas(of: group.name) ?? []
        let isFollowingKnown = placement?.state == .running
        let broken = replicas.compactMap { node in
            Self.problem(with: node, isFollowingKnown: isFollowingKnown)
                .map { problem in
                    Difference(
                        Self.replicaPrefix + String(node.number),
                        observed: problem,
                        desired: "following",
                        source: group.range
                    )
                }
        }
        // Another number of replicas than before is a difference of the attribute.
        let wanted = observed.policy.weights.count
        guard replicas.count != wanted, observed.policy == group.policy.value else { return broken }
        return broken + [
            Difference(
                "replicas",
                observed: String(replicas.count),
                desired: String(wanted),
                source: group.policy.range
            )
        ]
    }

    /// Returns why a replica does not serve as it should; nil when it does, or when that cannot be told.
    static func problem(with node: ObservedNode, isFollowingKnown: Bool) -> String? {
        if let problem = node.problem { return problem }
        if !node.isRunning { return "not running" }
        if let socket = node.missingSocket { return "\(socket) is gone" }
        guard isFollowingKnown else { return nil }
        if node.following == nil { return "not following" }
        let waiting = node.waitingParameters
        return waiting.isEmpty ? nil : "\(waiting.joined(separator: ", ")) after its next restart"
    }

    private static func attributes(of policy: ReadOnlyGroupPolicy) -> [String: String?] {
        [
            "replicas": String(policy.weights.count),
            "weights": policy.weights.map(String.init).joined(separator: ", "),
            "maxReplayLag.time": policy.maxLagSeconds.map { "\($0)s" },
            "maxReplayLag.size": policy.maxLagBytes.map { ByteCount(bytes: $0).description },
            "keepAtLeast": String(policy.keepAtLeast),
        ]
    }

    /// What no document declares any more goes only when it is asked for; it holds no data that its primary has not.
    private func planUndeclared(after: [String], _ changes: inout [Change], _ actions: inout ActionList) {
        let declared = Set(groups.map(\.name))
        for group in placement?.groups ?? [] where !declared.contains(group.name) {
            let id = ReadOnlyGroup.id(group.name, of: instance)
            guard options.prune else {
                let note = "not declared any more; --prune would plan its removal"
                changes.append(Change(id, .retain, because: .undeclared, note: note))
                continue
            }
            let change = Change(id, .delete, because: .undeclared, impact: .rebuild)
            changes.append(change)
            let what = Self.count(group.policy.weights.count)
            actions.add(
                .detach,
                for: change,
                "remove \(group.name) of \(instance): \(what) and the endpoint",
                impact: .rebuild,
                after: after
            )
        }
    }
}
