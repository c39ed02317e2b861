import Diagnostics
import FleetModel
import Resources
import SpecSchema

extension ServerImport {
    /// Privileges that are written together: alike for the same role on objects of one kind in one place.
    private struct Group: Hashable {
        @Name var grantee: String
        var kind: GrantTarget.Kind
        @Name var schema: String
        /// The table of columns; the schema itself, since an entry names one.
        @Name var table: String
        var privileges: [Privilege]
        var isGrantable: Bool

        init(_ place: ObservedGrants.Place, _ privileges: [Privilege], isGrantable: Bool) {
            grantee = place.grantee
            kind = place.target.kind
            schema = place.target.schema
            table = [.column, .schema].contains(place.target.kind) ? place.target.name : ""
            self.privileges = privileges.sorted()
            self.isGrantable = isGrantable
        }
    }

    /// Returns the entries for each account, and those for everybody and for roles that are no accounts.
    mutating func grants() -> (inline: [Name: [JSONValue]], shared: [JSONValue]) {
        var inline: [Name: [JSONValue]] = [:]
        var shared: [JSONValue] = []
        let accounts = importedAccounts
        for (id, observed) in server.observed(Grant.self) {
            let groups = self.groups(of: observed)
            for (group, all) in groups.sorted(by: { Self.order($0.key, $1.key) }) {
                let targets = carried(all, of: group.grantee, database: id.name)
                if targets.isEmpty { continue }
                var entry = self.entry(group, targets, database: id.name, observed)
                if accounts[Name(group.grantee)] != nil {
                    inline[Name(group.grantee), default: []].append(.object(entry))
                } else {
                    entry["to"] = .string(group.grantee)
                    shared.append(.object(entry))
                }
            }
        }
        return (inline, shared)
    }

    /// What everybody has by default and somebody has taken: without it the plan would give nothing back, but a reader would
    /// not know, and nobody would be told when it is given again.
    mutating func withheld() -> [JSONValue] {
        server.observed(Grant.self)
            .flatMap { id, observed in
                var groups: [Group: [GrantTarget]] = [:]
                for (place, privileges) in observed.withheld {
                    groups[Group(place, Array(privileges), isGrantable: false), default: []].append(place.target)
                }
                return groups.sorted { Self.order($0.key, $1.key) }
                    .compactMap { group, all -> JSONValue? in
                        let targets = carried(all, of: group.grantee, database: id.name)
                        if targets.isEmpty { return nil }
                        var entry = self.entry(group, targets, database: id.name, nil)
                        entry["withhold"] = entry["privileges"]
                        entry["privileges"] = nil
                        entry["to"] = .string(group.grantee)
                        return .object(entry)
                    }
            }
    }

    /// Returns what of the objects can be written, in order; the rest is told.
    private mutating func carried(
        _ targets: [GrantTarget],
        of grantee: String,
        database: String
    ) -> [GrantTarget] {
        // That the database is left out is told with the databases.
        guard isWritable(database) else { return [] }
        guard isWritable(grantee) else {
            note("database \(database): the privileges of \(grantee.visible), whose name has a control character")
            return []
        }
        return targets.sorted()
            .filter { target in
                if ![target.schema, target.name, target.detail].allSatisfy({ isWritable($0) }) {
                    let name = target.description.visible
                    note("database \(database): privileges on \(name), whose name has a control character")
                    return false
                }
                if target.kind == .parameter, !GrantRule.isParameter(target.name, major: major) {
                    note("privileges on the parameter \(target.name): PostgreSQL \(major) has none of that name")
                    return false
                }
                return true
            }
    }

    private static func order(_ left: Group, _ right: Group) -> Bool {
        func key(_ group: Group) -> String {
            let place = GrantTarget(group.kind, schema: group.schema, name: group.table)
            return "\(group.grantee)\u{0}\(place)\u{0}\(group.privileges.map(\.rawValue))\(group.isGrantable)"
        }
        return key(left) < key(right)
    }

    private func groups(of observed: ObservedGrants) -> [Group: [GrantTarget]] {
        var groups: [Group: [GrantTarget]] = [:]
        for (place, entries) in observed.entries {
            var privileges: [Privilege: Bool] = [:]
            for entry in entries where !entry.isInitial {
                privileges[entry.privilege] = (privileges[entry.privilege] ?? false) || entry.isGrantable
            }
            for isGrantable in [false, true] {
                let alike = privileges.filter { $0.value == isGrantable }.keys.sorted()
                guard !alike.isEmpty else { continue }
                groups[Group(place, alike, isGrantable: isGrantable), default: []].append(place.target)
            }
        }
        return groups
    }

    private func entry(
        _ group: Group,
        _ targets: [GrantTarget],
        database: String,
        _ observed: ObservedGrants?
    ) -> [String: JSONValue] {
        let all = group.kind.privileges(major: major).sorted() == group.privileges
        var entry: [String: JSONValue] = [
            "privileges": all ? "ALL" : .array(group.privileges.map { .string($0.rawValue) })
        ]
        if group.isGrantable { entry["grantable"] = true }
        if ![.parameter, .tablespace].contains(group.kind) { entry["database"] = .string(database) }
        let key = GrantRule.key(of: group.kind)
        if !group.schema.isEmpty { entry["schema"] = .string(group.schema) }
        switch group.kind {
        case .database: break
        case .schema: entry["schema"] = .string(group.table)
        case .column:
            entry["tables"] = .array([.string(group.table)])
            entry["columns"] = .array(targets.map { .string($0.detail) })
        case _ where group.kind.isFuture:
            entry[key] = "future"
            entry["futureBy"] = .array(targets.map { .string($0.name) })
        default:
            entry[key] =
                observed.map({ isEvery(group, targets, $0) }) ?? false
                ? "all" : .array(targets.map { .string(name(of: $0)) })
        }
        return entry
    }

    private func name(of target: GrantTarget) -> String {
        target.kind == .routine ? "\(target.name)(\(target.detail))" : target.name
    }

    /// Whether the targets are all that there are in the schema, apart from the role's own; one alone is no pattern.
    private func isEvery(_ group: Group, _ targets: [GrantTarget], _ observed: ObservedGrants) -> Bool {
        guard targets.count > 1, [.table, .sequence, .routine, .type].contains(group.kind) else { return false }
        let others = observed.owners.filter {
            $0.key.kind == group.kind && $0.key.schema.isSameName(as: group.schema)
                && !$0.value.isSameName(as: group.grantee)
        }
        return others.count == targets.count
    }
}
