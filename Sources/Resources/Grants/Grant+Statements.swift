package import FleetModel
import SQL

extension Grant {
    /// Nothing can be given before there is a database to look at.
    package func creation(context: ObjectContext) -> StatementBatch { StatementBatch([]) }

    package func update(from observed: ObservedGrants, context: ObjectContext) -> StatementBatch {
        let changes = changes(from: observed, applied: context.applied)
        // What others gave goes first: PostgreSQL refuses to take a right away that somebody else's grant rests on.
        let revocations = changes.flatMap { change in
            change.revocations.map { (change.place, $0, isOwn(change, $0, observed)) }
        }
        let others = revocations.filter { !$0.2 }.flatMap { revocation($0.0, $0.1, as: $0.1.grantor) }
        let own = revocations.filter { $0.2 }.flatMap { revocation($0.0, $0.1, as: nil) }
        return StatementBatch(others + own + changes.flatMap(grants) + restorations(after: changes, observed))
    }

    package static func removal(
        of id: ResourceID,
        observed: ObservedGrants,
        policy: RemovalPolicy
    ) -> [StatementBatch] { [] }

    /// Whether the owner gave the privilege, in whose name a superuser revokes (PostgreSQL manual, REVOKE, "Notes").
    private func isOwn(_ change: GrantChange, _ revocation: GrantChange.Revocation, _ observed: ObservedGrants) -> Bool
    {
        revocation.grantor == observed.owners[change.place.target] || change.place.target.kind == .parameter
    }

    private func revocation(
        _ place: ObservedGrants.Place,
        _ revocation: GrantChange.Revocation,
        as grantor: String?
    ) -> [Statement] {
        let option: Statement = revocation.isOptionOnly ? "GRANT OPTION FOR " : ""
        let what = privileges([revocation.privilege], on: place.target)
        let revoke = statement("REVOKE \(option)\(what)", place, "FROM \(role(place.grantee))")
        guard let grantor else { return [revoke] }
        return ["SET LOCAL ROLE \(identifier: grantor)", revoke, "RESET ROLE"]
    }

    private func grants(_ change: GrantChange) -> [Statement] {
        let place = change.place
        return [(change.grants, false), (change.grantableGrants, true)]
            .compactMap { list, isGrantable in
                if list.isEmpty { return nil }
                let option: Statement = isGrantable ? " WITH GRANT OPTION" : ""
                return statement(
                    "GRANT \(privileges(list, on: place.target))",
                    place,
                    "TO \(role(place.grantee))\(option)"
                )
            }
    }

    /// Revoking a privilege on a table takes it from each column as well (PostgreSQL manual, REVOKE, "Description"); what a
    /// role has on columns, and is to keep, is given again.
    private func restorations(after changes: [GrantChange], _ observed: ObservedGrants) -> [Statement] {
        let columnChanges = Dictionary(
            changes.filter { $0.place.target.kind == .column }.map { ($0.place, $0) }
        ) { first, _ in first }
        return changes.filter { $0.place.target.kind == .table && !$0.revocations.isEmpty }
            .flatMap { change in
                let lost = Set(change.revocations.map(\.privilege))
                return observed.entries
                    .filter { place, _ in
                        place.target.kind == .column && place.grantee == change.place.grantee
                            && place.target.schema == change.place.target.schema
                            && place.target.name == change.place.target.name
                    }
                    .sorted { $0.key.target < $1.key.target }
                    .flatMap { place, entries in
                        restored(entries, lost: lost, taken: columnChanges[place]?.revocations ?? [], at: place)
                    }
            }
    }

    private func restored(
        _ entries: [ObservedGrants.Entry],
        lost: Set<Privilege>,
        taken: [GrantChange.Revocation],
        at place: ObservedGrants.Place
    ) -> [Statement] {
        entries.filter { entry in
            lost.contains(entry.privilege) && !taken.contains { $0.privilege == entry.privilege && !$0.isOptionOnly }
        }
        .map { entry in
            let option: Statement = entry.isGrantable ? " WITH GRANT OPTION" : ""
            return statement(
                "GRANT \(privileges([entry.privilege], on: place.target))",
                place,
                "TO \(role(place.grantee))\(option)"
            )
        }
    }

    private func privileges(_ list: [Privilege], on target: GrantTarget) -> Statement {
        let names = list.map { privilege -> Statement in
            target.kind == .column
                ? "\(keywords: privilege.rawValue) (\(identifier: target.detail))" : "\(keywords: privilege.rawValue)"
        }
        return Statement.joined(names, separator: ", ")
    }

    private func role(_ name: String) -> Statement {
        name == GrantRule.everybody ? "PUBLIC" : "\(identifier: name)"
    }

    /// Puts the object between the two ends of a GRANT or REVOKE.
    private func statement(_ start: Statement, _ place: ObservedGrants.Place, _ end: Statement) -> Statement {
        let target = place.target
        if let clause = target.clause { return "\(start) ON \(clause) \(end)" }
        let schema: Statement = target.schema.isEmpty ? "" : " IN SCHEMA \(identifier: target.schema)"
        let objects = target.kind.plural ?? ""
        return "ALTER DEFAULT PRIVILEGES FOR ROLE \(identifier: target.name)\(schema) \(start) ON \(objects) \(end)"
    }
}
