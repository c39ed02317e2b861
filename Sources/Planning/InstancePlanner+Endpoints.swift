import Diagnostics
import FleetModel
import Resources
import SpecSchema

/// What is to become of an instance's endpoints: whether they are open, and for whom.
extension InstancePlanner {
    func endpointDifferences(_ placement: InstanceObservation) -> [Difference] {
        guard let endpoint = placement.endpoint, endpoint.isOpen else {
            return [Difference("endpoint", observed: "closed", desired: "open", source: instance.range)]
                + accessDifferences(from: placement.endpoint?.access)
                + publicDifferences(placement.publicEndpoint, isKnown: true)
        }
        var result = accessDifferences(from: endpoint.access)
        // Rules that differ anyway put everything right.
        if let problem = endpoint.problem, result.isEmpty {
            result.append(
                Difference(
                    "endpoint",
                    observed: problem,
                    desired: "as declared",
                    source: instance.access?.range ?? instance.range
                )
            )
        }
        return result + publicDifferences(placement.publicEndpoint, isKnown: true)
    }

    /// One difference for each rule that comes or goes; the order counts, so a rule that moves does both.
    func accessDifferences(from observed: AccessList?) -> [Difference] {
        let desired = instance.access?.value
        guard observed != desired else { return [] }
        let place = instance.access?.range ?? instance.range
        var result: [Difference] = []
        func shown(_ list: AccessList?) -> String {
            list.map { $0.groups.isEmpty ? "nobody" : $0.groups.joined(separator: ", ") } ?? "everybody"
        }
        if observed?.groups != desired?.groups {
            let before = observed == nil && self.observed == nil ? nil : shown(observed)
            result.append(Difference("securityGroups", observed: before, desired: shown(desired), source: place))
        }
        for change in (desired?.rules ?? []).difference(from: observed?.rules ?? []) {
            switch change {
            case .remove(_, let rule, _):
                result.append(Difference("rule", observed: rule.description, desired: "none", source: place))
            case .insert(let offset, let rule, _):
                let line = instance.rulePlaces[offset]
                result.append(Difference("rule", observed: "none", desired: rule.description, source: line))
            }
        }
        return result
    }

    func publicDifferences(_ observed: ObservedEndpoint?, isKnown: Bool) -> [Difference] {
        let isDesired = instance.hasPublicEndpoint?.value ?? false
        let source = instance.hasPublicEndpoint?.range ?? instance.range
        switch (observed, isDesired) {
        case (nil, true):
            return [Difference("publicEndpoint", observed: isKnown ? "closed" : nil, desired: "open", source: source)]
        case (let endpoint?, true) where !endpoint.isOpen:
            return [Difference("endpoint.public", observed: "closed", desired: "open", source: source)]
        case (let endpoint?, false):
            return [Difference("publicEndpoint", observed: endpoint.shown, desired: "closed", source: source)]
        default: return []
        }
    }

    /// What opening all endpoints of a new instance is called.
    var openingSummary: String {
        let isPublic = instance.hasPublicEndpoint?.value ?? false
        let groups = instance.access.map { ", for \($0.value.groups.joined(separator: ", "))" } ?? ""
        return "open the endpoint of \(instance.name)\(groups)\(isPublic ? ", and a public one" : "")"
    }

    func endpointSummary(_ differences: [Difference]) -> String {
        if differences.contains(where: { $0.path.hasPrefix("endpoint") && $0.observed == "closed" }) {
            return openingSummary
        }
        let paths = Set(differences.map(\.path))
        var parts: [String] = []
        if !paths.isDisjoint(with: ["securityGroups", "rule"]) {
            let groups = instance.access?.value.groups.joined(separator: ", ")
            parts.append(groups.map { "let the rules of \($0) guard it" } ?? "let everybody in who reaches it")
        }
        if paths.contains("endpoint") { parts.append("put its rules in force again") }
        if let difference = differences.first(where: { $0.path == "publicEndpoint" }) {
            parts.append(difference.desired == "open" ? "open a public one" : "close the public one with its sessions")
        }
        return "endpoint of \(instance.name): \(parts.joined(separator: ", "))"
    }

    /// What changed rules do to those who are connected.
    func sessionNote(_ differences: [Difference]) -> String? {
        let changesRules = differences.contains { ["securityGroups", "rule"].contains($0.path) }
        return changesRules && instance.access != nil
            ? "sessions that the rules do not allow are closed, all others go on" : nil
    }
}
