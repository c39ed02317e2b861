import Diagnostics
import FleetModel
import Resources
import SpecSchema

extension ObjectPlanner {
    /// What is to be removed: because a document says so, or because none declares it any more.
    private struct Removal {
        var id: ResourceID
        var policy: RemovalPolicy
        var reason: Change.Reason
        var range: SourceRange?
    }

    /// Plans removals after everything else, kinds in reverse: a database goes before the account that owns it.
    func planRemovals(
        _ server: ObservedServer,
        record: OwnershipRecord,
        after ready: [String],
        _ changes: inout [Change],
        _ actions: inout ActionList,
        _ collector: inout DiagnosticCollector
    ) {
        var previous: [String] =
            ready + actions.actions.filter { $0.resource.instance == instance && $0.operation == .statement }.map(\.id)
        var databases: Set<Name> = []
        let leaving = leavingDatabases(server, record)
        let members = DeclaredMembers(objects.compactMap { $0 as? Account }).byRole
        for kind in ResourceCatalog.serverObjects.reversed() {
            var removals: [String] = []
            for var removal in declaredRemovals(of: kind, server)
                + undeclaredRemovals(of: kind, server, record, leaving, &changes)
            {
                removal.policy.keptMembers = members
                guard let change = change(for: removal, of: kind, server, databases, &collector) else { continue }
                changes.append(change)
                if kind.kind == Database.kind { databases.insert(Name(removal.id.name)) }
                let summary = "remove \(removal.id.phrase)"
                removals.append(actions.add(.remove, for: change, summary, impact: change.impact, after: previous))
            }
            previous += removals
        }
    }

    /// The databases that are removed by this plan.
    private func leavingDatabases(_ server: ObservedServer, _ record: OwnershipRecord) -> Set<Name> {
        guard options.prune else { return [] }
        let declared = Set(objects.map(\.id))
        return Set(
            server.observed(Database.self).map(\.id)
                .filter { !declared.contains($0) && record.objects[$0.description]?.deletionPolicy == .delete }
                .map { Name($0.name) }
        )
    }

    /// The accounts that no document declares and that this plan removes.
    func leavingAccounts(_ record: OwnershipRecord) -> Set<Name> {
        guard options.prune else { return [] }
        let declared = Set(objects.map(\.id))
        let undeclared = record.objects.filter { $0.value.deletionPolicy == .delete }.keys.compactMap(ResourceID.init)
            .filter { $0.kind == Account.kind && !declared.contains($0) }
        return Set(undeclared.map { Name($0.name) })
    }

    private func declaredRemovals(of kind: any ServerObject.Type, _ server: ObservedServer) -> [Removal] {
        objects.compactMap { object in
            guard object.id.kind == kind.kind, let policy = object.removalPolicy,
                server.objects[kind.kind]?[object.id] != nil
            else { return nil }
            return Removal(id: object.id, policy: policy, reason: .undesired, range: object.range)
        }
    }

    /// Returns what may be pruned; what may not is retained and reported.
    private func undeclaredRemovals(
        of kind: any ServerObject.Type,
        _ server: ObservedServer,
        _ record: OwnershipRecord,
        _ leaving: Set<Name>,
        _ changes: inout [Change]
    ) -> [Removal] {
        let declared = Set(objects.map(\.id))
        let undeclared = record.objects.keys.sorted().compactMap(ResourceID.init)
            .filter { $0.kind == kind.kind && !declared.contains($0) && server.objects[kind.kind]?[$0] != nil }
        return undeclared.compactMap { id in
            let applied = record.objects[id.description]
            if let database = kind.database(of: id), leaving.contains(Name(database)) { return nil }
            guard options.prune, applied?.deletionPolicy == .delete else {
                let note =
                    applied?.deletionPolicy == .delete
                    ? "not declared any more; --prune would plan its removal"
                    : options.prune
                        ? "its deletionPolicy is retain"
                        : "not declared any more; it stays: its deletionPolicy is retain"
                changes.append(Change(id, .retain, because: .undeclared, note: note))
                return nil
            }
            return Removal(id: id, policy: applied?.removal ?? RemovalPolicy(), reason: .undeclared)
        }
    }

    private func change<Kind: ServerObject>(
        for removal: Removal,
        of kind: Kind.Type,
        _ server: ObservedServer,
        _ leaving: Set<Name>,
        _ collector: inout DiagnosticCollector
    ) -> Change? {
        guard let observed = server.objects[kind.kind]?[removal.id] as? Kind.Observed else { return nil }
        if let obstacle = kind.removalObstacle(observed, policy: removal.policy, leaving: leaving) {
            collector.emit(
                Diagnostic(
                    kind.removalCode,
                    "\(removal.id) cannot be removed. \(obstacle)",
                    at: removal.range,
                    help: kind.removalHelp(removal.policy)
                )
            )
        }
        collector.emit(
            contentsOf: server.missingRights?
                .refusals(ofRemoving: removal.id, observed, as: removal.policy, at: removal.range, kind) ?? []
        )
        return Change(
            removal.id,
            .delete,
            because: removal.reason,
            source: removal.range,
            impact: kind.removalImpact,
            note: kind.removalNote(observed, policy: removal.policy)
        )
    }
}
