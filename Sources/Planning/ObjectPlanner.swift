import Diagnostics
import FleetModel
import Resources
import SpecSchema
import Synchronization

#if canImport(Dispatch)
import Dispatch
#endif

/// Plans the objects of one server, whatever their kinds.
struct ObjectPlanner {
    let instance: String
    /// See ``ObjectContext/wantedIterations``.
    let wantedIterations: Int?
    let objects: [any ServerObject]
    /// See ``ObjectContext/owners``.
    let owners: [ResourceID: String]
    let secrets: [SecretReference: Secret]
    let options: PlanOptions

    private func context(_ applied: AppliedObject?, _ record: OwnershipRecord? = nil) -> ObjectContext {
        var context = ObjectContext(
            applied: applied,
            record: record?.objects ?? [:],
            secrets: secrets,
            now: options.now,
            wantedIterations: wantedIterations
        )
        context.owners = owners
        return context
    }

    /// Plans objects on a server that does not exist yet.
    func planCreation(
        after ready: [String],
        _ changes: inout [Change],
        _ actions: inout ActionList,
        _ collector: inout DiagnosticCollector
    ) {
        let context = context(nil)
        var pending: [ResourceID: Change] = [:]
        for object in objects where object.removalPolicy == nil && object.range != .nowhere {
            // What every server is made with is there by then, and is compared.
            let isThere = object.isPartOfEveryServer
            collector.emit(contentsOf: object.initialWarnings(context))
            pending[object.id] = Change(
                object.id,
                isThere ? .update : .create,
                because: isThere ? .unknownYet : .absent,
                source: object.range,
                differences: object.initialDifferences(context)
            )
        }
        append(pending, after: ready, &changes, &actions)
    }

    /// Plans objects on a server that cannot be asked before it is started.
    func planComparison(
        after ready: [String],
        _ changes: inout [Change],
        _ actions: inout ActionList,
        _ collector: inout DiagnosticCollector
    ) {
        let context = context(nil)
        var pending: [ResourceID: Change] = [:]
        for object in objects where object.removalPolicy == nil {
            collector.emit(contentsOf: object.initialWarnings(context))
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
        _ actions: inout ActionList,
        _ collector: inout DiagnosticCollector
    ) {
        collector.emit(contentsOf: missingRoles(on: server))
        let closed = closedObjects(on: server)
        collector.emit(contentsOf: closedDatabases(closed, server))
        var pending: [ResourceID: Change] = [:]
        let comparisons = comparisons(server, record, leavingOut: Set(closed.values.joined().map(\.id)))
        for comparison in comparisons {
            if let change = comparison.change { pending[comparison.id] = change }
            if options.showUnmanaged, let change = comparison.unmanaged { changes.append(change) }
        }
        let created = Set(pending.values.filter { $0.operation == .create }.map(\.resource))
        for comparison in comparisons {
            // What an object waits for may be made by this very plan: then it is looked at again after that.
            let isWaiting = comparison.change == nil && !comparison.warnings.isEmpty
            if isWaiting, !created.isDisjoint(with: comparison.predecessors) {
                pending[comparison.id] = Change(comparison.id, .update, because: .unknownYet, source: comparison.range)
            } else {
                collector.emit(contentsOf: comparison.warnings)
            }
        }
        append(pending, after: ready, &changes, &actions)
        planRemovals(server, record: record, after: ready, &changes, &actions, &collector)
        if options.showUnmanaged { changes += unmanaged(on: server, record: record) }
    }

    // MARK: Comparison

    private struct Comparison: Sendable {
        var id: ResourceID
        var change: Change?
        var warnings: [Diagnostic] = []
        var unmanaged: Change?
        var range: SourceRange
        var predecessors: [ResourceID]
    }

    /// Compares all objects, several side by side: deriving a password's verifier takes a millisecond.
    private func comparisons(
        _ server: ObservedServer,
        _ record: OwnershipRecord,
        leavingOut closed: Set<ResourceID>
    ) -> [Comparison] {
        let present = objects.filter { $0.removalPolicy == nil && !closed.contains($0.id) }
        let leaving = leavingAccounts(record)
        let results = Mutex([Comparison?](repeating: nil, count: present.count))
        DispatchQueue.concurrentPerform(iterations: present.count) { index in
            let comparison = comparison(of: present[index], on: server, record, leaving)
            results.withLock { $0[index] = comparison }
        }
        return results.withLock { $0.compactMap(\.self) }
    }

    private func comparison(
        of object: some ServerObject,
        on server: ObservedServer,
        _ record: OwnershipRecord,
        _ leaving: Set<Name>
    ) -> Comparison {
        let applied = record.objects[object.id.description]
        var context = context(applied, record)
        context.leaving = leaving
        var result = Comparison(id: object.id, range: object.range, predecessors: object.predecessors)
        let observed = server.observed(object)
        result.warnings = object.warnings(on: observed, context: context)
        var differences = object.differences(from: observed, context: context)
        if let applied, applied.deletionPolicy != object.deletionPolicy, observed != nil {
            differences.append(
                Difference(
                    "deletionPolicy",
                    observed: applied.deletionPolicy.rawValue,
                    desired: object.deletionPolicy.rawValue
                )
            )
        }
        guard let observed else {
            // Of an object that nothing is desired of, nothing has to be made.
            if differences.isEmpty, object.range == .nowhere { return result }
            result.change = Change(
                object.id,
                .create,
                because: .absent,
                source: object.range,
                differences: differences
            )
            result.warnings += server.missingRights?.refusals(of: object, from: nil, context) ?? []
            return result
        }
        if !differences.isEmpty {
            result.change = Change(
                object.id,
                .update,
                because: .differs,
                source: object.range,
                differences: differences
            )
            result.warnings += server.missingRights?.refusals(of: object, from: observed, context) ?? []
        }
        if options.showUnmanaged {
            let others = object.unmanaged(on: observed, context: context)
            if !others.isEmpty { result.unmanaged = Change(object.id, .none, because: .unmanaged, differences: others) }
        }
        return result
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
            // Several objects may come after the same one; circles are refused with the specifications.
            guard visited.insert(object.id).inserted else { return }
            let before = object.references.map(\.value) + object.predecessors
            for id in before { if let other = byID[id] { visit(other) } }
            guard let change = pending[object.id] else { return }
            changes.append(change)
            let prerequisites = Set(before.compactMap { names[$0] })
                .sorted { $0.count == $1.count ? $0 < $1 : $0.count < $1.count }
            let place = change.differences.count == 1 ? change.differences.first?.source : nil
            let after = ready + prerequisites
            names[object.id] = actions.add(.statement, for: change, summary(of: change), after: after, source: place)
        }
        for object in objects { visit(object) }
    }

    private func summary(of change: Change) -> String {
        let thing = change.resource.phrase
        return switch change.reason {
        case .unknownYet: "compare \(thing) and put it right"
        case .differs: "change \(thing): \(change.differences.map(\.path).shortened)"
        default: "create \(thing)"
        }
    }

    // MARK: What nobody ever declared

    private func unmanaged(on server: ObservedServer, record: OwnershipRecord) -> [Change] {
        let managed = Set(objects.map { $0.id.description }).union(record.objects.keys)
        return ResourceCatalog.serverObjects.flatMap { kind in
            (server.objects[kind.kind] ?? [:]).keys.sorted()
                .compactMap { id in
                    if managed.contains(id.description) || kind.isPartOfEveryServer(id.name) { return nil }
                    return Change(id, .none, because: .unmanaged)
                }
        }
    }
}

extension ServerObject {
    fileprivate var isPartOfEveryServer: Bool { Self.scope == .server && Self.isPartOfEveryServer(name) }

    fileprivate func initialDifferences(_ context: ObjectContext) -> [Difference] {
        differences(from: nil, context: context)
    }

    /// What is known without the object.
    fileprivate func initialWarnings(_ context: ObjectContext) -> [Diagnostic] { warnings(on: nil, context: context) }
}

extension ResourceID {
    /// What people call the object of a server: `account app on orders`.
    var phrase: String { ResourceCatalog.serverObject(named: kind)?.phrase(of: self) ?? description }
}
