import FleetModel

/// What columns lose when a privilege on their table is taken away, although nobody wants it taken from them.
///
/// Revoking a privilege on a table takes it from each column as well, as far as the same role gave it; the right to pass it
/// on goes likewise (PostgreSQL manual, REVOKE, "Description"). What others have from there on a column makes the server
/// refuse all of it, so that it goes before and comes back after, too.
struct CollateralColumns {
    /// A privilege that goes, and whether it comes back with the right to pass it on.
    struct Kept: Hashable {
        var entry: ObservedGrants.Entry
        var isGrantable: Bool
    }

    /// What is to be given again.
    private(set) var kept: [Kept] = []
    /// What has to go before the privileges on tables.
    private(set) var blocking: [ObservedGrants.Entry] = []

    init(_ changes: [GrantChange], observed: ObservedGrants) {
        let tables = changes.filter { $0.place.target.kind == .table && !$0.revocations.isEmpty }
        if tables.isEmpty { return }
        let columns = observed.entries.filter { $0.key.target.kind == .column }
        let byTable = Dictionary(grouping: columns.values.joined()) { entry in
            let table = GrantTarget(.table, schema: entry.target.schema, name: entry.target.name)
            return ObservedGrants.Place(target: table, grantee: entry.grantee)
        }
        let taken = Dictionary(
            changes.filter { $0.place.target.kind == .column }.map { ($0.place, $0.revocations) }
        ) { first, _ in first }
        for change in tables {
            kept += (byTable[change.place] ?? []).sorted { $0.target < $1.target }
                .compactMap { Self.loss(of: $0, with: change.revocations, taken) }
        }
        let byColumn = Dictionary(grouping: columns.values.joined(), by: \.target)
        followOptions(byColumn, taken)
    }

    private typealias Taken = [ObservedGrants.Place: [GrantChange.Revocation]]

    /// Returns what of a privilege on a column is to come back; nil when nothing is lost that is to be kept.
    private static func loss(
        of entry: ObservedGrants.Entry,
        with revocations: [GrantChange.Revocation],
        _ taken: Taken
    ) -> Kept? {
        let losses = revocations.filter {
            $0.privilege == entry.privilege && $0.grantor.isSameName(as: entry.grantor)
        }
        let wanted = own(entry, taken)
        if losses.isEmpty || wanted.contains(where: { !$0.isOptionOnly }) { return nil }
        let isGrantable = entry.isGrantable && wanted.isEmpty
        // Who loses the right to pass it on still has it.
        if !isGrantable, losses.allSatisfy(\.isOptionOnly) { return nil }
        return Kept(entry: entry, isGrantable: isGrantable)
    }

    /// What is taken of a privilege by a change of its own.
    private static func own(_ entry: ObservedGrants.Entry, _ taken: Taken) -> [GrantChange.Revocation] {
        let place = ObservedGrants.Place(target: entry.target, grantee: entry.grantee)
        return (taken[place] ?? []).filter { $0.privilege == entry.privilege }
    }

    /// Adds what others have by rights to pass on that go for a moment.
    private mutating func followOptions(_ byColumn: [GrantTarget: [ObservedGrants.Entry]], _ taken: Taken) {
        var waiting = kept.filter(\.isGrantable).map(\.entry)
        var going = Set(kept.map(\.entry))
        while let entry = waiting.popLast() {
            let others = (byColumn[entry.target] ?? []).filter { $0.privilege == entry.privilege }
            let mayStillGive = others.contains {
                $0.grantee.isSameName(as: entry.grantee) && $0.isGrantable && !going.contains($0)
            }
            if mayStillGive { continue }
            for other in others where other.grantor.isSameName(as: entry.grantee) {
                guard !Self.own(other, taken).contains(where: { !$0.isOptionOnly }) else { continue }
                if going.insert(other).inserted {
                    kept.append(Kept(entry: other, isGrantable: other.isGrantable && Self.own(other, taken).isEmpty))
                }
                guard !blocking.contains(other) else { continue }
                blocking.append(other)
                waiting.append(other)
            }
        }
    }
}
