package import Diagnostics
package import FleetModel
package import Resources
import SpecSchema

/// What somebody else changed: observed differs from desired although the specification has not changed since it was
/// applied.
///
/// Pure: made from the changes of a plan and from what the instances remember.
package struct Drift: Sendable {
    /// One attribute that has drifted, or a resource that is gone.
    package struct Item: Codable, Hashable, Sendable {
        package var resource: ResourceID
        /// Empty for a resource as a whole.
        package var attribute: String
        package var observed: String?
        package var desired: String?
        package var impact: Impact
        package var source: SourceLocation?
        /// Why it is let be, for ignored drift.
        package var reason: String?
        /// By whom and when, where it can be told.
        package var origin: String?

        package init(
            resource: ResourceID,
            attribute: String,
            observed: String? = nil,
            desired: String? = nil,
            impact: Impact = .none,
            source: SourceLocation? = nil
        ) {
            self.resource = resource
            self.attribute = attribute
            self.observed = observed
            self.desired = desired
            self.impact = impact
            self.source = source
        }
    }

    /// What somebody else changed.
    package var items: [Item] = []
    /// Drift that the specification says to let be.
    package var ignored: [Item] = []
    /// What the specification asks for since the last apply.
    package var pending: [Item] = []

    package var isEmpty: Bool { items.isEmpty }

    /// Sorts the differences of a plan.
    package init(
        _ plan: Plan,
        desired: DesiredFleet,
        observed: ObservedFleet,
        now: Int,
        collector: inout DiagnosticCollector
    ) {
        // A migration is work to be done, not a state that somebody else could change.
        for change in plan.changes
        where [.create, .update].contains(change.operation) && change.resource.kind != Migration.kind {
            let instance = observed.instances[change.resource.instance]
            for (item, isDrift) in Self.items(of: change, desired: desired, instance) {
                guard isDrift else {
                    pending.append(item)
                    continue
                }
                if let reason = Self.reason(toIgnore: item, desired, now: now, &collector) {
                    var item = item
                    item.reason = reason
                    ignored.append(item)
                } else {
                    items.append(item)
                }
            }
        }
    }

    private static func items(
        of change: Change,
        desired: DesiredFleet,
        _ instance: ObservedInstance?
    ) -> [(item: Item, isDrift: Bool)] {
        let record = instance?.placement.record
        let isKnown = record.map { !$0.objects.isEmpty || !$0.parameters.isEmpty } ?? false
        if change.resource.kind == Instance.kind {
            if change.operation == .create { return [(item(change), false)] }
            let whole = change.reason == .stopped ? [(item(change), true)] : []
            return whole + change.differences.map { ($0.item(change), hasDrifted($0, record, isKnown: isKnown)) }
        }
        // On a server that does not run nothing can be told.
        if change.reason == .unknownYet { return [] }
        let applied = record?.objects[change.resource.description]
        if change.operation == .create || change.differences.isEmpty {
            // Nothing was applied to it: new in the specification, or never touched by pgsteer at all.
            return [(item(change), applied == nil ? !isKnown : true)]
        }
        let digests = desired.object(change.resource)?.declarationDigests ?? [:]
        return change.differences.map { difference in
            guard let applied else { return (difference.item(change), !isKnown) }
            return (
                difference.item(change),
                isUnchanged(difference, applied, digests) && !isOurs(difference, applied, change.resource, instance)
            )
        }
    }

    /// Whether the attribute is declared as it was when it was applied.
    private static func isUnchanged(
        _ difference: Difference,
        _ applied: AppliedObject,
        _ digests: [String: String]
    ) -> Bool {
        let root = String(difference.path.prefix { $0 != "." && $0 != ":" })
        let names = ["password": "passwordFrom", "passwordHash": "passwordFrom"]
        let attribute =
            names[root] ?? (difference.path.contains(": ") ? String(difference.path.prefix { $0 != ":" }) : root)
        return applied.declarations?[attribute] == digests[attribute]
    }

    /// Whether the server's side is as it was left, so that it is the secret that has changed.
    private static func isOurs(
        _ difference: Difference,
        _ applied: AppliedObject,
        _ id: ResourceID,
        _ instance: ObservedInstance?
    ) -> Bool {
        guard difference.path == "password", let verifier = applied.verifier else { return false }
        let account = instance?.server?.objects[id.kind]?[id] as? ObservedAccount
        return account?.verifierDigest == verifier
    }

    private static func item(_ change: Change) -> Item {
        Item(
            resource: change.resource,
            attribute: "",
            observed: change.reason == .stopped ? "stopped" : "missing",
            desired: change.reason == .stopped ? "running" : "present",
            impact: change.impact,
            source: change.source
        )
    }

    /// Facts such as tags stand in the instance's own record, which only pgsteer writes.
    private static func hasDrifted(_ difference: Difference, _ record: OwnershipRecord?, isKnown: Bool) -> Bool {
        if difference.path == "authentication" || difference.path == "endpoint" || difference.path == "endpoint.public"
        {
            return true
        }
        guard difference.path.hasPrefix("parameters.") else { return false }
        guard let desired = difference.desired else { return false }
        let name = String(difference.path.dropFirst("parameters.".count))
        return record?.parameters[name].map { $0.written == desired } ?? !isKnown
    }

    private static func reason(
        toIgnore item: Item,
        _ desired: DesiredFleet,
        now: Int,
        _ collector: inout DiagnosticCollector
    ) -> String? {
        let id =
            item.resource.kind == Instance.kind
            ? Instance.kind : "\(item.resource.kind)/\(item.resource.path.dropFirst().joined(separator: "/"))"
        for entry in desired.instances[item.resource.instance]?.ignoredDrift ?? [] {
            guard entry.value.covers(resource: id, attribute: item.attribute) else { continue }
            if case .at(let end) = entry.value.until?.value, end < now {
                collector.emit(
                    Diagnostic(
                        .expiredIgnore,
                        "This drift of \(item.resource) was let be until \(entry.value.until?.value.description ?? "") and counts again.",
                        at: entry.range,
                        severity: .warning,
                        help: "decide again: move until, or put the server right with apply"
                    )
                )
                continue
            }
            return entry.value.reason?.value
        }
        return nil
    }
}

extension Difference {
    fileprivate func item(_ change: Change) -> Drift.Item {
        Drift.Item(
            resource: change.resource,
            attribute: path,
            observed: observed,
            desired: desired,
            impact: impact,
            source: source ?? change.source
        )
    }
}
