import FleetModel
import Resources
import SpecSchema

/// Plans the objects of one server, whatever their kinds.
struct ObjectPlanner {
    let instance: String
    let objects: [any ServerObject]
    let secrets: [SecretReference: Secret]
    let options: PlanOptions

    /// Plans objects on a server that does not exist yet.
    func planCreation(after ready: [String], _ changes: inout [Change], _ actions: inout ActionList) {
        var pending: [ResourceID: Change] = [:]
        for object in objects {
            pending[object.id] = Change(object.id, .create, because: .absent, source: object.range)
        }
        append(pending, after: ready, &changes, &actions)
    }

    /// Plans objects on a server that cannot be asked before it is started.
    func planComparison(after ready: [String], _ changes: inout [Change], _ actions: inout ActionList) {
        var pending: [ResourceID: Change] = [:]
        for object in objects {
            pending[object.id] = Change(object.id, .update, because: .unknownYet, source: object.range)
        }
        append(pending, after: ready, &changes, &actions)
    }

    /// Plans objects on a running server.
    func plan(
        _ server: ObservedServer,
        record: OwnershipRecord,
        after ready: [String],
        _ changes: inout [Change],
        _ actions: inout ActionList
    ) {
        var pending: [ResourceID: Change] = [:]
        for object in objects { pending[object.id] = change(of: object, on: server, record: record) }
        append(pending, after: ready, &changes, &actions)
        planRemovals(server, record: record, after: ready, &changes, &actions)
        if options.showUnmanaged { changes += unmanaged(on: server, record: record) }
    }

    private func change(of object: some ServerObject, on server: ObservedServer, record: OwnershipRecord) -> Change? {
        let context = ObjectContext(applied: record.objects[object.id.description], secrets: secrets)
        guard let observed = server.observed(object) else {
            return Change(object.id, .create, because: .absent, source: object.range)
        }
        let differences = object.differences(from: observed, context: context)
        if differences.isEmpty { return nil }
        return Change(object.id, .update, because: .differs, source: object.range, differences: differences)
    }

    // MARK: Order

    /// Adds changes with one action each; an object's references and predecessors go before it.
    private func append(
        _ pending: [ResourceID: Change],
        after ready: [String],
        _ changes: inout [Change],
        _ actions: inout ActionList
    ) {
        var names: [ResourceID: String] = [:]
        var visited: Set<ResourceID> = []
        let byID = Dictionary(objects.map { ($0.id, $0) }) { first, _ in first }
        func visit(_ object: any ServerObject) {
            // A circle of memberships is refused by the server; here it only must not be walked for ever.
            guard visited.insert(object.id).inserted else { return }
            let before = object.references.map(\.value) + object.predecessors
            for id in before { if let other = byID[id] { visit(other) } }
            guard let change = pending[object.id] else { return }
            changes.append(change)
            let prerequisites = Set(before.compactMap { names[$0] })
                .sorted { $0.count == $1.count ? $0 < $1 : $0.count < $1.count }
            names[object.id] = actions.add(.statement, for: change, summary(of: change), after: ready + prerequisites)
        }
        for object in objects { visit(object) }
    }

    private func summary(of change: Change) -> String {
        let thing = "\(change.resource.kind.lowercased()) \(change.resource.name) on \(instance)"
        return switch change.reason {
        case .unknownYet: "compare \(thing) and put it right"
        case .differs: "change \(thing): \(change.differences.map(\.path).joined(separator: ", "))"
        default: "create \(thing)"
        }
    }

    // MARK: What is declared no more, or never was

    private func planRemovals(
        _ server: ObservedServer,
        record: OwnershipRecord,
        after ready: [String],
        _ changes: inout [Change],
        _ actions: inout ActionList
    ) {
        let declared = Set(objects.map { $0.id.description })
        var previous: [String] =
            ready + actions.actions.filter { $0.resource.instance == instance && $0.operation == .statement }.map(\.id)
        // Kinds in reverse: a database goes before the account that owns it.
        for kind in ResourceCatalog.serverObjects.reversed() {
            let undeclared = record.objects.keys.sorted().compactMap(ResourceID.init)
                .filter {
                    $0.kind == kind.kind && !declared.contains($0.description)
                        && server.objects[kind.kind]?[$0.name] != nil
                }
            var removals: [String] = []
            for id in undeclared {
                let policy = record.objects[id.description]?.deletionPolicy ?? .retain
                guard options.prune, policy == .delete else {
                    let note =
                        options.prune
                        ? "its deletionPolicy is retain" : "not declared any more; --prune looks at its deletionPolicy"
                    changes.append(Change(id, .retain, because: .undeclared, note: note))
                    continue
                }
                let change = Change(id, .delete, because: .undeclared)
                changes.append(change)
                removals.append(
                    actions.add(
                        .remove,
                        for: change,
                        "remove \(id.kind.lowercased()) \(id.name) from \(instance)",
                        after: previous
                    )
                )
            }
            previous += removals
        }
    }

    private func unmanaged(on server: ObservedServer, record: OwnershipRecord) -> [Change] {
        let managed = Set(objects.map { $0.id.description }).union(record.objects.keys)
        return ResourceCatalog.serverObjects.flatMap { kind in
            (server.objects[kind.kind] ?? [:]).keys.sorted()
                .compactMap { name in
                    let id = ResourceID(kind.kind, instance, name)
                    // The database that every server is made with is nobody's.
                    if managed.contains(id.description) || id.name == "postgres" { return nil }
                    return Change(id, .none, because: .unmanaged)
                }
        }
    }
}
