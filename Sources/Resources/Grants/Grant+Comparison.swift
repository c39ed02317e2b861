import Diagnostics
import FleetModel

extension Grant {
    /// Returns what differs, by role and object.
    func changes(from observed: ObservedGrants, context: ObjectContext) -> [GrantChange] {
        foreseen(from: observed, context: context).changes
    }

    /// Returns what differs, and what cannot be taken away because somebody else's privilege rests on it.
    func foreseen(from observed: ObservedGrants, context: ObjectContext) -> DependentGrants {
        let resolved = ResolvedGrants(rules, major: major, observed: observed)
        var result = DependentGrants(
            changes: ownChanges(resolved, from: observed, applied: context.applied),
            observed: observed,
            wishes: resolved.wishes
        )
        result.follow { takesPassedOn(from: $0, context) }
        return result
    }

    /// Whether what a role has passed on goes with its own privileges: its document says so, or did when it was last
    /// applied, or the role itself goes.
    private func takesPassedOn(from role: String, _ context: ObjectContext) -> Bool {
        if isLeaving(role, context) { return true }
        if let holder = holders[Name(role)] { return holder.passedOn == .revoke }
        let account = context.record[ResourceID(Account.kind, id.instance, role).description]
        return account?.revokesPassedOn ?? false
    }

    /// Whether a role is removed, because its document says so or because none declares it any more.
    func isLeaving(_ role: String, _ context: ObjectContext) -> Bool {
        holders[Name(role)]?.isLeaving ?? context.leaving.contains(Name(role))
    }

    private func ownChanges(
        _ resolved: ResolvedGrants,
        from observed: ObservedGrants,
        applied: AppliedObject?
    ) -> [GrantChange] {
        let traces = Dictionary(grouping: (applied?.lists["grants"] ?? []).compactMap(GrantTrace.init), by: \.place)
        var places = Set(resolved.wishes.keys).union(resolved.withheld.keys).union(traces.keys)
        places.formUnion(observed.entries.keys.filter { mode(of: $0.grantee) == .exact })
        return places.sorted()
            .compactMap { place in
                // What an owner may do with its own is not ours to give or take.
                if observed.isOwner(place) { return nil }
                var change = change(
                    of: place,
                    resolved,
                    entries: observed.entries[place] ?? [],
                    traces: traces[place] ?? [],
                    observed: observed
                )
                withhold(resolved.withheld[place] ?? [:], from: &change, observed)
                return change.isEmpty ? nil : change
            }
    }

    private func change(
        of place: ObservedGrants.Place,
        _ resolved: ResolvedGrants,
        entries: [ObservedGrants.Entry],
        traces: [GrantTrace],
        observed: ObservedGrants
    ) -> GrantChange {
        var change = GrantChange(place: place)
        for entry in entries {
            change.observed[entry.privilege] = (change.observed[entry.privilege] ?? false) || entry.isGrantable
        }
        change.result = change.observed
        let wishes = resolved.wishes[place] ?? [:]
        for (privilege, wish) in wishes.sorted(by: { $0.key < $1.key }) {
            if !observed.isByDefault(privilege, place) { give(privilege, wish, entries, to: &change) }
        }
        let mode = mode(of: place.grantee)
        let tracked = Set(traces.map(\.privilege))
        for entry in entries where !entry.isInitial && wishes[entry.privilege] == nil {
            guard mode == .exact || mode == .tracked && tracked.contains(entry.privilege) else { continue }
            if mode == .exact, resolved.foresees(entry, observed) { continue }
            change.revocations.append(
                GrantChange.Revocation(privilege: entry.privilege, grantor: entry.grantor, isOptionOnly: false)
            )
            change.result[entry.privilege] = nil
            if mode == .exact, change.range == nil { change.range = holders[Name(place.grantee)]?.range }
        }
        return change
    }

    /// Takes from a role what it is not to have, whoever gave it, and be it PostgreSQL itself.
    private func withhold(
        _ privileges: [Privilege: SourceRange],
        from change: inout GrantChange,
        _ observed: ObservedGrants
    ) {
        let place = change.place
        for (privilege, range) in privileges.sorted(by: { $0.key < $1.key }) {
            var grantors = (observed.entries[place] ?? []).filter { $0.privilege == privilege }.map(\.grantor)
            if grantors.isEmpty, observed.isByDefault(privilege, place) {
                change.observed[privilege] = false
                grantors = [place.target.name]
            }
            let revocations = grantors.map {
                GrantChange.Revocation(privilege: privilege, grantor: $0, isOptionOnly: false)
            }
            if revocations.isEmpty { continue }
            change.revocations.removeAll { $0.privilege == privilege }
            change.revocations += revocations
            change.result[privilege] = nil
            if change.range == nil { change.range = range }
        }
    }

    private func give(
        _ privilege: Privilege,
        _ wish: ResolvedGrants.Wish,
        _ entries: [ObservedGrants.Entry],
        to change: inout GrantChange
    ) {
        let isGranted = change.observed[privilege] != nil
        let isGrantable = change.observed[privilege] ?? false
        let wantsOption = wish.isGrantable ?? isGrantable
        if !isGranted || wantsOption && !isGrantable {
            if wantsOption { change.grantableGrants.append(privilege) } else { change.grants.append(privilege) }
        } else if isGrantable, !wantsOption {
            change.revocations += entries.filter { $0.privilege == privilege && $0.isGrantable }
                .map { GrantChange.Revocation(privilege: privilege, grantor: $0.grantor, isOptionOnly: true) }
        } else {
            return
        }
        change.result[privilege] = wantsOption
        if change.range == nil { change.range = wish.range }
    }
}
