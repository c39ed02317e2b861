import FleetModel
import Resources
import SpecSchema

extension ServerImport {
    /// Privileges that are written together: alike for the same role on objects of one kind in one place.
    private struct Group: Hashable {
        var grantee: String
        var kind: GrantTarget.Kind
        var schema: String
        /// The table of columns; the schema itself, since an entry names one.
        var table: String
        var privileges: [Privilege]
        var isGrantable: Bool
    }

    /// Returns the entries for each account, and those for everybody and for roles that are no accounts.
    mutating func grants() -> (inline: [String: [JSONValue]], shared: [JSONValue]) {
        var inline: [String: [JSONValue]] = [:]
        var shared: [JSONValue] = []
        let accounts = importedAccounts
        for (id, observed) in server.observed(Grant.self) {
            let groups = self.groups(of: observed)
            for (group, targets) in groups.sorted(by: { Self.order($0.key, $1.key) }) {
                guard isWritable(group.grantee),
                    targets.allSatisfy({ isWritable($0.name) && isWritable($0.schema) && isWritable($0.detail) })
                else {
                    note("database \(id.name): privileges on names with control characters are left out")
                    continue
                }
                var entry = self.entry(group, targets.sorted(), database: id.name, observed)
                if accounts[group.grantee] != nil {
                    inline[group.grantee, default: []].append(.object(entry))
                } else {
                    entry["to"] = .string(group.grantee)
                    shared.append(.object(entry))
                }
            }
        }
        return (inline, shared)
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
                let target = place.target
                let group = Group(
                    grantee: place.grantee,
                    kind: target.kind,
                    schema: target.schema,
                    table: [.column, .schema].contains(target.kind) ? target.name : "",
                    privileges: alike,
                    isGrantable: isGrantable
                )
                groups[group, default: []].append(target)
            }
        }
        return groups
    }

    private func entry(
        _ group: Group,
        _ targets: [GrantTarget],
        database: String,
        _ observed: ObservedGrants
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
            entry[key] = isEvery(group, targets, observed) ? "all" : .array(targets.map { .string(name(of: $0)) })
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
            $0.key.kind == group.kind && $0.key.schema == group.schema && $0.value != group.grantee
        }
        return others.count == targets.count
    }
}
