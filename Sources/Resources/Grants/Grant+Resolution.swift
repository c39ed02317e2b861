import Diagnostics
import FleetModel
import SpecSchema

/// What rules stand for once it is known which objects there are.
struct ResolvedGrants {
    /// A privilege that is desired, and the place that asks for it.
    struct Wish {
        /// Nil is not compared.
        var isGrantable: Bool?
        var range: SourceRange
    }

    /// Something that a rule names and that is not there yet.
    struct Missing {
        var description: String
        var range: SourceRange
        /// What may have been meant; nil when nothing is known.
        var help: String?
    }

    private(set) var wishes: [ObservedGrants.Place: [Privilege: Wish]] = [:]
    /// What roles are not to have, and the place that says so.
    private(set) var withheld: [ObservedGrants.Place: [Privilege: SourceRange]] = [:]
    private(set) var missing: [Missing] = []
    /// Privileges that one place wants to be grantable and another does not, with both places.
    private(set) var contradictions: [(place: ObservedGrants.Place, privilege: Privilege, ranges: [SourceRange])] = []
    private var missingSchemas: Set<Name> = []

    init(_ rules: [GrantRule], major: Int, observed: ObservedGrants) {
        let index = ObjectIndex(observed)
        for rule in rules {
            let targets = targets(of: rule, index)
            for privilege in rule.privileges(major: major) {
                for target in targets {
                    let place = ObservedGrants.Place(target: target, grantee: rule.grantee.value)
                    if rule.isWithheld {
                        withheld[place, default: [:]][privilege.privilege] = privilege.range
                        continue
                    }
                    let earlier = wishes[place]?[privilege.privilege]
                    if let before = earlier?.isGrantable, let now = rule.isGrantable, before != now.value {
                        let ranges = [earlier?.range, now.range].compactMap(\.self)
                        contradictions.append((place, privilege.privilege, ranges))
                    }
                    let isGrantable = earlier?.isGrantable ?? rule.isGrantable?.value
                    wishes[place, default: [:]][privilege.privilege] = Wish(
                        isGrantable: isGrantable,
                        range: privilege.range
                    )
                }
            }
        }
    }

    /// Whether a privilege is one that default privileges, which documents ask for, have given to what was made since.
    func foresees(_ entry: ObservedGrants.Entry, _ observed: ObservedGrants) -> Bool {
        guard let future = entry.target.kind.future, let owner = observed.owners[entry.target],
            entry.grantor.isSameName(as: owner)
        else { return false }
        return ["", entry.target.schema]
            .contains { schema in
                let target = GrantTarget(future, schema: schema, name: owner)
                return wishes[ObservedGrants.Place(target: target, grantee: entry.grantee)]?[entry.privilege] != nil
            }
    }

    private mutating func targets(of rule: GrantRule, _ index: ObjectIndex) -> [GrantTarget] {
        switch rule.selection {
        case .all(let kind, let schema):
            noteMissing(schema, of: rule, index)
            return index.all(kind, schema)
        case .future(let kind, let schema, let creators):
            // Default privileges for a schema need the schema.
            if noteMissing(schema, of: rule, index) { return [] }
            return creators.map { GrantTarget(kind, schema: schema, name: $0.value) }
        case .named(let kind, let schema, let names):
            return names.flatMap { name -> [GrantTarget] in
                let found = index.objects(kind, schema: schema, written: name.value)
                if found.isEmpty, !noteMissing(schema, of: rule, index) {
                    let description = kind.words + " " + shown(schema, name)
                    let help = help(for: kind, schema: schema, name.value, index)
                    missing.append(Missing(description: description, range: name.range, help: help))
                }
                return found
            }
        case .columns(let schema, let tables, let columns):
            return tables.flatMap { table in
                columns.compactMap { column -> GrantTarget? in
                    let target = GrantTarget(.column, schema: schema, name: table.value, detail: column.value)
                    if index.has(target) { return target }
                    if !noteMissing(schema, of: rule, index) {
                        missing.append(Missing(description: target.description, range: column.range))
                    }
                    return nil
                }
            }
        }
    }

    /// Returns whether a schema is not there; takes note of it once, whatever of it is named and how often.
    @discardableResult
    private mutating func noteMissing(_ schema: String, of rule: GrantRule, _ index: ObjectIndex) -> Bool {
        if schema.isEmpty || index.hasSchema(schema) { return false }
        if missingSchemas.insert(Name(schema)).inserted {
            missing.append(Missing(description: "schema \(schema)", range: rule.range))
        }
        return true
    }

    private func help(for kind: GrantTarget.Kind, schema: String, _ name: String, _ index: ObjectIndex) -> String? {
        switch kind {
        case .routine:
            let overloads = index.overloads(schema: schema, of: name).prefix(5)
            return overloads.isEmpty
                ? nil : "of that name there is \(overloads.joined(separator: "; ")): write the types so"
        case .type where name.contains("("): return "name the type without its length or precision"
        case .type where name.hasSuffix("[]"): return "name the type of the elements: an array has its privileges"
        case .language:
            return "an untrusted language, such as c, is for superusers alone: PostgreSQL gives no privileges on it"
        default: return nil
        }
    }

    private func shown(_ schema: String, _ name: Located<String>) -> String {
        schema.isEmpty ? name.value : "\(schema).\(name.value)"
    }
}

/// The objects of a database, by what documents call them.
private struct ObjectIndex {
    private let observed: ObservedGrants
    private let bySchema: [Place: [GrantTarget]]
    private let routines: [Place: [GrantTarget]]

    /// Where objects of a kind, or routines of a name, are.
    private struct Place: Hashable {
        @Name var schema: String
        @Name var word: String
    }

    init(_ observed: ObservedGrants) {
        self.observed = observed
        let inSchemas = observed.owners.keys.filter { !$0.schema.isEmpty }
        bySchema = Dictionary(grouping: inSchemas) { Place(schema: $0.schema, word: $0.kind.rawValue) }
        routines = Dictionary(grouping: inSchemas.filter { $0.kind == .routine }) {
            Place(schema: $0.schema, word: $0.name)
        }
    }

    func has(_ target: GrantTarget) -> Bool { observed.owners[target] != nil || isUnlisted(target.schema) }

    func hasSchema(_ name: String) -> Bool { has(GrantTarget(.schema, name: name)) || isUnlisted(name) }

    func all(_ kind: GrantTarget.Kind, _ schema: String) -> [GrantTarget] {
        (bySchema[Place(schema: schema, word: kind.rawValue)] ?? []).sorted()
    }

    func objects(_ kind: GrantTarget.Kind, schema: String, written: String) -> [GrantTarget] {
        if kind == .routine { return routines(schema: schema, written: written) }
        // The names of parameters are kept in lower case.
        let target = GrantTarget(kind, schema: schema, name: kind == .parameter ? written.lowercased() : written)
        // Parameters are listed only when they have an ACL.
        if kind == .parameter { return [target] }
        return has(target) ? [target] : []
    }

    /// Objects of PostgreSQL's own schemas are listed only when their ACL was changed.
    private func isUnlisted(_ schema: String) -> Bool { ObservedGrants.isOwnSchema(schema) }

    /// The routines whose name is what stands before the arguments of a text, as documents name them.
    func overloads(schema: String, of written: String) -> [String] {
        let name = RoutineSignature(written)?.name ?? String(written.prefix { $0 != "(" })
        return (routines[Place(schema: schema, word: name)] ?? []).map { "\($0.name)(\($0.detail))" }.sorted()
    }

    /// A bare name stands for every routine of that name.
    ///
    /// What reads as a signature is never a name: anybody may make a routine that is called `add(integer, integer)`.
    private func routines(schema: String, written: String) -> [GrantTarget] {
        guard let signature = RoutineSignature(written) else {
            return (routines[Place(schema: schema, word: written)] ?? []).sorted()
        }
        let overloads = routines[Place(schema: schema, word: signature.name)] ?? []
        let found = overloads.filter { RoutineSignature.types($0.detail) == signature.types }
        if found.isEmpty, isUnlisted(schema) {
            return [
                GrantTarget(
                    .routine,
                    schema: schema,
                    name: signature.name,
                    detail: signature.types.joined(separator: ", ")
                )
            ]
        }
        return found
    }
}
