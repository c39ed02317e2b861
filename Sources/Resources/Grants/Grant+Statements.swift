package import FleetModel
import SQL

extension Grant {
    /// Nothing can be given before there is a database to look at.
    package func creation(context: ObjectContext) -> StatementBatch { StatementBatch([]) }

    package func update(from observed: ObservedGrants, context: ObjectContext) -> StatementBatch {
        let changes = changes(from: observed, applied: context.applied)
        return StatementBatch(GrantStatements(observed: observed).statements(for: changes))
    }

    package static func removal(
        of id: ResourceID,
        observed: ObservedGrants,
        policy: RemovalPolicy
    ) -> [StatementBatch] { [] }
}

/// Writes the statements that change privileges as they are observed.
struct GrantStatements {
    let observed: ObservedGrants

    /// A revocation with the place that it is about.
    private struct Step {
        var place: ObservedGrants.Place
        var revocation: GrantChange.Revocation
    }

    func statements(for changes: [GrantChange]) -> [Statement] {
        let steps = changes.flatMap { change in change.revocations.map { Step(place: change.place, revocation: $0) } }
        return ordered(steps).flatMap(statements) + changes.flatMap(grants) + restorations(after: changes)
    }

    // MARK: Revoking

    /// Those who passed a privilege on come after those they passed it to: PostgreSQL refuses to take a right away that
    /// somebody else's grant rests on.
    private func ordered(_ steps: [Step]) -> [Step] {
        var waiting = steps
        var result: [Step] = []
        while !waiting.isEmpty {
            let free = waiting.filter { step in
                !waiting.contains { other in
                    other.revocation.grantor == step.place.grantee && other.place.target == step.place.target
                        && other.revocation.privilege == step.revocation.privilege && other.place != step.place
                }
            }
            // A circle of grants cannot come about; here it must not be walked for ever.
            let next = free.isEmpty ? waiting : free
            result += next
            let done = Set(next.map { "\($0.place) \($0.revocation)" })
            waiting.removeAll { done.contains("\($0.place) \($0.revocation)") }
        }
        return result
    }

    /// A superuser revokes in the owner's name (PostgreSQL manual, REVOKE, "Notes"); what another role gave is taken back
    /// by becoming that role.
    private func statements(_ step: Step) -> [Statement] {
        let option: Statement = step.revocation.isOptionOnly ? "GRANT OPTION FOR " : ""
        let what = privileges([step.revocation.privilege], on: step.place.target)
        let revoke = statement("REVOKE \(option)\(what)", step.place, "FROM \(role(step.place.grantee))")
        let grantor = step.revocation.grantor
        if grantor == observed.owners[step.place.target] || step.place.target.kind.isFuture { return [revoke] }
        return ["SET LOCAL ROLE \(identifier: grantor)", revoke, "SET LOCAL ROLE NONE"]
    }

    // MARK: Giving

    private func grants(_ change: GrantChange) -> [Statement] {
        let place = change.place
        return [(change.grants, false), (change.grantableGrants, true)]
            .compactMap { list, isGrantable in list.isEmpty ? nil : grant(list, at: place, isGrantable: isGrantable) }
    }

    private func grant(_ list: [Privilege], at place: ObservedGrants.Place, isGrantable: Bool) -> Statement {
        let option: Statement = isGrantable ? " WITH GRANT OPTION" : ""
        return statement("GRANT \(privileges(list, on: place.target))", place, "TO \(role(place.grantee))\(option)")
    }

    /// Revoking a privilege on a table takes it from each column as well, as far as the same role gave it (PostgreSQL
    /// manual, REVOKE, "Description"); what a role has on columns, and is to keep, is given again.
    private func restorations(after changes: [GrantChange]) -> [Statement] {
        let columns = Dictionary(changes.filter { $0.place.target.kind == .column }.map { ($0.place, $0.revocations) })
        {
            first,
            _ in first
        }
        return changes.filter { $0.place.target.kind == .table && !$0.revocations.isEmpty }
            .flatMap { change in
                entriesOnColumns(of: change.place)
                    .compactMap { entry -> Statement? in
                        let isLost = change.revocations.contains {
                            $0.privilege == entry.privilege && $0.grantor == entry.grantor && !$0.isOptionOnly
                        }
                        let place = ObservedGrants.Place(target: entry.target, grantee: entry.grantee)
                        let taken = (columns[place] ?? []).filter { $0.privilege == entry.privilege }
                        guard isLost, !taken.contains(where: { !$0.isOptionOnly }) else { return nil }
                        return grant([entry.privilege], at: place, isGrantable: entry.isGrantable && taken.isEmpty)
                    }
            }
    }

    private func entriesOnColumns(of table: ObservedGrants.Place) -> [ObservedGrants.Entry] {
        observed.entries
            .filter { place, _ in
                place.target.kind == .column && place.grantee == table.grantee
                    && place.target.schema == table.target.schema && place.target.name == table.target.name
            }
            .sorted { $0.key.target < $1.key.target }
            .flatMap(\.value)
    }

    // MARK: Words

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
        if let clause = target.clause(signature: observed.signatures[target]) { return "\(start) ON \(clause) \(end)" }
        let schema: Statement = target.schema.isEmpty ? "" : " IN SCHEMA \(identifier: target.schema)"
        let objects = target.kind.plural ?? ""
        return "ALTER DEFAULT PRIVILEGES FOR ROLE \(identifier: target.name)\(schema) \(start) ON \(objects) \(end)"
    }
}
