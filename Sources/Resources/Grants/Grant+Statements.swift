import Diagnostics
package import FleetModel
import SQL

extension Grant {
    /// Nothing can be given before there is a database to look at.
    package func creation(context: ObjectContext) -> [StatementBatch] { [] }

    package func update(from observed: ObservedGrants, context: ObjectContext) -> StatementBatch {
        let changes = changes(from: observed, context: context)
        return StatementBatch(
            parts: GrantStatements(observed: observed).parts(for: changes),
            actors: Set(changes.flatMap { actors(of: $0, observed) }.map { Name($0) })
        )
    }

    /// Those who own the object and its schema or make what is to come, and those who take back what they gave.
    private func actors(of change: GrantChange, _ observed: ObservedGrants) -> [String] {
        let target = change.place.target
        if target.kind.isFuture { return [target.name] }
        let schema = GrantTarget(.schema, name: target.schema)
        return [observed.owners[target], observed.owners[schema]].compactMap(\.self) + change.revocations.map(\.grantor)
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
    private struct Step: Hashable {
        var place: ObservedGrants.Place
        var revocation: GrantChange.Revocation

        init(place: ObservedGrants.Place, revocation: GrantChange.Revocation) {
            self.place = place
            self.revocation = revocation
        }

        /// Takes what somebody has from somebody.
        init(_ entry: ObservedGrants.Entry) {
            place = ObservedGrants.Place(target: entry.target, grantee: entry.grantee)
            revocation = GrantChange.Revocation(
                privilege: entry.privilege,
                grantor: entry.grantor,
                isOptionOnly: false
            )
        }
    }

    /// One part for each revocation, and one for what each role is given on each object.
    func parts(for changes: [GrantChange]) -> [StatementPart] {
        let collateral = CollateralColumns(changes, observed: observed)
        let steps = changes.flatMap { change in change.revocations.map { Step(place: change.place, revocation: $0) } }
        let lines = Dictionary(changes.map { ($0.place, $0.range) }) { first, _ in first }
        // What rests on a right to pass on that a table takes from its columns has to go before.
        let early = collateral.blocking.map(Step.init) + steps.filter { $0.place.target.kind == .column }
        // Whoever takes back what it gave has to reach it until then.
        let ways = steps.filter { [.schema, .database].contains($0.place.target.kind) }
        let late = steps.filter { ![.column, .schema, .database].contains($0.place.target.kind) }
        let revocations = (ordered(early) + ordered(late) + ordered(ways))
            .map { part($0.place, statements($0), at: lines[$0.place] ?? nil) }
        return revocations + changes.map { part($0.place, grants($0), at: $0.range) }.filter { !$0.statements.isEmpty }
            + restorations(of: collateral, after: changes)
    }

    private func part(
        _ place: ObservedGrants.Place,
        _ statements: [Statement],
        at range: SourceRange? = nil
    ) -> StatementPart {
        StatementPart(statements, about: place.description, source: range.map(SourceLocation.init))
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
                    other.revocation.grantor.isSameName(as: step.place.grantee)
                        && other.place.target == step.place.target
                        && other.revocation.privilege == step.revocation.privilege && other.place != step.place
                }
            }
            // A circle of grants cannot come about; here it must not be walked for ever.
            let next = free.isEmpty ? waiting : free
            result += next
            let done = Set(next)
            waiting.removeAll { done.contains($0) }
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
        if grantor.isSameName(as: observed.owners[step.place.target]) || step.place.target.kind.isFuture {
            return [revoke]
        }
        return reaching(
            step.place.target.schema,
            grantor,
            ["SET LOCAL ROLE \(identifier: grantor)", revoke, "SET LOCAL ROLE NONE"]
        )
    }

    /// Lends a role the way into a schema for as long as it takes back what it gave there; nobody else sees that, since all of
    /// it is one transaction.
    private func reaching(_ schema: String, _ role: String, _ statements: [Statement]) -> [Statement] {
        let isKnown = observed.owners[GrantTarget(.schema, name: schema)] != nil
        if !isKnown || reaches(role, schema) { return statements }
        let way: Statement = "USAGE ON SCHEMA \(identifier: schema)"
        return ["GRANT \(way) TO \(identifier: role)"] + statements + ["REVOKE \(way) FROM \(identifier: role)"]
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

    /// Gives columns again what they lost with their table; who passes something on comes before those it is passed to.
    private func restorations(of collateral: CollateralColumns, after changes: [GrantChange]) -> [StatementPart] {
        let options = Dictionary(collateral.kept.map { (Step($0.entry), $0.isGrantable) }) { first, _ in first }
        let revoked = Set(
            changes.flatMap { change in change.revocations.map { Step(place: change.place, revocation: $0) } }
        )
        return ordered(Array(collateral.kept.map { Step($0.entry) }.reversed())).reversed()
            .map { step in
                let grant = grant([step.revocation.privilege], at: step.place, isGrantable: options[step] ?? false)
                return part(step.place, inName(of: step, grant, revoked))
            }
    }

    /// Lets whoever gave something give it again, where that role still may and reaches the table; else its owner gives it.
    private func inName(of step: Step, _ grant: Statement, _ revoked: Set<Step>) -> [Statement] {
        let (target, grantor) = (step.place.target, step.revocation.grantor)
        if grantor.isSameName(as: observed.owners[target]) { return [grant] }
        let table = GrantTarget(.table, schema: target.schema, name: target.name)
        let mayGive = [table, target]
            .contains { target in
                (observed.entries[ObservedGrants.Place(target: target, grantee: grantor)] ?? [])
                    .contains { entry in
                        var option = Step(entry)
                        let isTaken = revoked.contains(option)
                        option.revocation.isOptionOnly = true
                        return entry.privilege == step.revocation.privilege && entry.isGrantable && !isTaken
                            && !revoked.contains(option)
                    }
            }
        guard mayGive, reaches(grantor, target.schema) else { return [grant] }
        return ["SET LOCAL ROLE \(identifier: grantor)", grant, "SET LOCAL ROLE NONE"]
    }

    /// Whether a role may look into a schema by what it has itself or everybody has.
    private func reaches(_ role: String, _ schema: String) -> Bool {
        let target = GrantTarget(.schema, name: schema)
        if role.isSameName(as: observed.owners[target]) { return true }
        return [role, GrantRule.everybody]
            .contains { grantee in
                (observed.entries[ObservedGrants.Place(target: target, grantee: grantee)] ?? [])
                    .contains { $0.privilege == .usage }
            }
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
