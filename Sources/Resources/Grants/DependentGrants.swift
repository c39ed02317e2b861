import FleetModel

/// What is to become of privileges that a role has passed on, when its own are taken away.
///
/// PostgreSQL refuses to take away a privilege, or the right to pass it on, as long as somebody has it from that role and
/// from nobody else who may give it (PostgreSQL manual, REVOKE, "Description").
struct DependentGrants {
    /// Privileges that cannot be taken away, and what rests on them.
    struct Obstacle {
        var place: ObservedGrants.Place
        var privilege: Privilege
        /// What others have from that role.
        var dependents: [ObservedGrants.Entry]
    }

    /// In order of role and object.
    private(set) var changes: [GrantChange]
    private(set) var obstacles: [Obstacle] = []
    private let observed: ObservedGrants
    private let wishes: [ObservedGrants.Place: [Privilege: ResolvedGrants.Wish]]

    init(
        changes: [GrantChange],
        observed: ObservedGrants,
        wishes: [ObservedGrants.Place: [Privilege: ResolvedGrants.Wish]]
    ) {
        self.changes = changes
        self.observed = observed
        self.wishes = wishes
    }

    /// A revocation whose consequences are still to be followed.
    private struct Step: Hashable {
        var place: ObservedGrants.Place
        var privilege: Privilege
        /// Whether it is taken because it was passed on; then what rests on it goes along in turn.
        var goesAlong = false
    }

    /// Adds what goes with the revocations, and notes what stands in their way.
    ///
    /// What documents give somebody is given anew, by us. Of everything else a role has passed on, its account decides.
    ///
    /// - Parameter revokesPassedOn: Whether what a role has passed on is taken away with its own privileges.
    mutating func follow(_ revokesPassedOn: (String) -> Bool) {
        var waiting = changes.flatMap { change in
            change.revocations.map { Step(place: change.place, privilege: $0.privilege) }
        }
        if waiting.isEmpty { return }
        let byTarget = Dictionary(grouping: observed.entries.values.joined(), by: \.target)
        let columns = Dictionary(grouping: observed.entries.values.joined().filter { $0.target.kind == .column }) {
            GrantTarget(.table, schema: $0.target.schema, name: $0.target.name)
        }
        var byPlace = Dictionary(changes.map { ($0.place, $0) }) { first, _ in first }
        var done: Set<Step> = []
        while let step = waiting.popLast() {
            guard done.insert(step).inserted, !mayStillGive(step, byPlace) else { continue }
            // Who may pass on a privilege on a table may give it on a column; the server would leave that behind.
            let onColumns = (columns[step.place.target] ?? [])
                .filter { entry in
                    let own = ObservedGrants.Place(target: entry.target, grantee: step.place.grantee)
                    return !mayStillGive(Step(place: own, privilege: step.privilege), byPlace)
                }
            let dependents = ((byTarget[step.place.target] ?? []) + onColumns)
                .filter { $0.privilege == step.privilege && $0.grantor.isSameName(as: step.place.grantee) }
                .filter { !isTaken($0, byPlace) }
            var held: [ObservedGrants.Entry] = []
            for dependent in dependents {
                let place = ObservedGrants.Place(target: dependent.target, grantee: dependent.grantee)
                let goesAlong = step.goesAlong || revokesPassedOn(step.place.grantee)
                guard wishes[place]?[dependent.privilege] != nil || goesAlong else {
                    held.append(dependent)
                    continue
                }
                take(dependent, at: place, &byPlace)
                waiting.append(Step(place: place, privilege: dependent.privilege, goesAlong: goesAlong))
            }
            if !held.isEmpty {
                obstacles.append(
                    Obstacle(
                        place: step.place,
                        privilege: step.privilege,
                        dependents: held.sorted { Name($0.grantee) < Name($1.grantee) }
                    )
                )
            }
        }
        changes = byPlace.values.sorted { $0.place < $1.place }
        obstacles.sort { $0.place == $1.place ? $0.privilege < $1.privilege : $0.place < $1.place }
    }

    /// Whether the role goes on having the right to pass the privilege on, from somebody else.
    private func mayStillGive(_ step: Step, _ changes: [ObservedGrants.Place: GrantChange]) -> Bool {
        let revocations = changes[step.place]?.revocations ?? []
        return (observed.entries[step.place] ?? [])
            .contains { entry in
                entry.privilege == step.privilege && entry.isGrantable
                    && !revocations.contains {
                        $0.privilege == entry.privilege && $0.grantor.isSameName(as: entry.grantor)
                    }
            }
    }

    private func isTaken(_ entry: ObservedGrants.Entry, _ changes: [ObservedGrants.Place: GrantChange]) -> Bool {
        let place = ObservedGrants.Place(target: entry.target, grantee: entry.grantee)
        return (changes[place]?.revocations ?? [])
            .contains {
                $0.privilege == entry.privilege && $0.grantor.isSameName(as: entry.grantor) && !$0.isOptionOnly
            }
    }

    private func take(
        _ entry: ObservedGrants.Entry,
        at place: ObservedGrants.Place,
        _ changes: inout [ObservedGrants.Place: GrantChange]
    ) {
        var change = changes[place] ?? unchanged(place)
        change.revocations.append(
            GrantChange.Revocation(privilege: entry.privilege, grantor: entry.grantor, isOptionOnly: false)
        )
        let revocations = change.revocations
        let others = (observed.entries[place] ?? [])
            .filter { other in
                other.privilege == entry.privilege
                    && !revocations.contains {
                        $0.privilege == other.privilege && $0.grantor.isSameName(as: other.grantor)
                    }
            }
        let isPassable = others.contains(where: \.isGrantable) || change.grantableGrants.contains(entry.privilege)
        let isHeld = isPassable || !others.isEmpty || change.grants.contains(entry.privilege)
        if let wish = wishes[place]?[entry.privilege] {
            // What nobody decides about it keeps, the right to pass it on as well.
            let wantsOption = wish.isGrantable ?? entry.isGrantable
            if wantsOption, !isPassable {
                change.grantableGrants.append(entry.privilege)
            } else if !isHeld {
                change.grants.append(entry.privilege)
            }
            change.result[entry.privilege] = wantsOption || isPassable
            if change.range == nil { change.range = wish.range }
        } else {
            change.result[entry.privilege] = isHeld ? isPassable : nil
        }
        changes[place] = change
    }

    private func unchanged(_ place: ObservedGrants.Place) -> GrantChange {
        var change = GrantChange(place: place)
        for entry in observed.entries[place] ?? [] {
            change.observed[entry.privilege] = (change.observed[entry.privilege] ?? false) || entry.isGrantable
        }
        change.result = change.observed
        return change
    }
}
