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
        /// When pgsteer last worked on the resource, and for whom, where the history tells: it was changed after that.
        package var applied: String?

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

        /// What has changed, in words: `Account/orders/app remark`, or the resource alone.
        package var subject: String { attribute.isEmpty ? "\(resource)" : "\(resource) \(attribute)" }
    }

    /// Why it could not be told who changed something on an instance.
    package struct Untold: Codable, Hashable, Sendable {
        package var instance: String
        /// How many differences nobody is named for.
        package var count: Int
        /// What the server does not tell, and why.
        package var reasons: [String]
        /// Who is connected now.
        package var connected: [String]
    }

    /// What somebody else changed.
    package var items: [Item] = []
    /// Where it could not be told by whom.
    package var untold: [Untold] = []
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
        // Nobody can have changed what is in an instance that is still to be made.
        let unmade = Set(
            plan.changes.filter { $0.resource.kind == Instance.kind && $0.operation == .create }
                .map(\.resource.instance)
        )
        // A migration is work to be done, not a state that somebody else could change.
        for change in plan.changes
        where change.isDriftOrPending && change.resource.kind != Migration.kind {
            if change.resource.kind != Instance.kind, unmade.contains(change.resource.instance) { continue }
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
        if change.operation == .delete {
            let wasGone = record?.absent?.contains(change.resource.description) ?? false
            return [(returned(change), wasGone || !isKnown)]
        }
        let applied = record?.objects[change.resource.description]
        if change.operation == .create || change.differences.isEmpty {
            // Nothing was applied to it: new in the specification, never touched by pgsteer at all, or only about to be made
            // when a run was killed.
            return [(item(change), applied?.declarations == nil ? !isKnown : true)]
        }
        let digests = desired.object(change.resource)?.declarationDigests ?? [:]
        return change.differences.map { difference in
            guard let applied else { return (difference.item(change), !isKnown) }
            return (
                withoutOthers(difference.item(change), applied),
                isUnchanged(difference, applied, digests) && !isOurs(difference, applied, change.resource, instance)
            )
        }
    }

    /// Leaves out privileges that both sides have and pgsteer did not leave: somebody else gave them, and they are let alone.
    private static func withoutOthers(_ item: Item, _ applied: AppliedObject) -> Item {
        guard item.resource.kind == Grant.kind else { return item }
        func parts(_ text: String?) -> [Substring] { (text ?? "").split(separator: ", ") }
        let given = Grant.given(item.attribute, in: applied)
        let others = Set(parts(item.desired)).intersection(parts(item.observed))
            .filter { part in !given.contains(part.filter { $0 != "*" }) }
        func kept(_ text: String?) -> String? {
            let kept = parts(text).filter { !others.contains($0) }
            return kept.isEmpty ? nil : kept.joined(separator: ", ")
        }
        var item = item
        item.desired = kept(item.desired)
        item.observed = kept(item.observed)
        return item
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
        let key = Name(attribute).escaped
        // What goes along with somebody else's privilege is declared by nobody, and has not changed by itself.
        if difference.path.contains(": "), applied.declarations?[key] == nil, digests[key] == nil { return false }
        return applied.declarations?[key] == digests[key]
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

    /// What a document wants to be gone, and is there.
    private static func returned(_ change: Change) -> Item {
        Item(
            resource: change.resource,
            attribute: "",
            observed: "present",
            desired: "absent",
            impact: change.impact,
            source: change.source
        )
    }

    /// Facts such as tags stand in the instance's own record, which only pgsteer writes.
    private static func hasDrifted(_ difference: Difference, _ record: OwnershipRecord?, isKnown: Bool) -> Bool {
        // What pgsteer wrote, and no document says.
        let written = ["authentication", "configuration", "socket", "endpoint", "endpoint.public"]
        if written.contains(difference.path) { return true }
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

extension Change {
    /// Whether a document asks for something that is not so: drift, or not applied yet.
    fileprivate var isDriftOrPending: Bool {
        operation == .create || operation == .update || operation == .delete && reason == .undesired
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
