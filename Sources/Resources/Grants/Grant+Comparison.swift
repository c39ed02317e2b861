package import Diagnostics
package import FleetModel
package import SQL
import SpecSchema

extension Grant: ServerObject {
    package static let scope = ObjectScope.database

    package static func observation(_ request: ObservationRequest) -> Statement { ObservedGrants.observation(request) }

    /// Every database has privileges, if only the defaults.
    package static func observed(from rows: [Row]) -> [String: ObservedGrants] { ["": ObservedGrants(rows)] }

    package static func isPartOfEveryServer(_ name: String) -> Bool { true }

    package func differences(from observed: ObservedGrants?, context: ObjectContext) -> [Difference] {
        guard let observed else { return rules.map(\.difference) }
        return GrantDifferences.of(changes(from: observed, applied: context.applied))
    }

    package func warnings(on observed: ObservedGrants?, context: ObjectContext) -> [Diagnostic] {
        guard let observed else { return [] }
        return ResolvedGrants(rules, major: major, observed: observed).missing
            .map { missing in
                Diagnostic(
                    .waitingGrant,
                    "There is no \(missing.description) in the database \(name) of \(instance); the privileges are given when there is one.",
                    at: missing.range,
                    severity: .warning
                )
            }
    }

    /// What there is to give something on is known only with the database.
    package func intended(on observed: ObservedGrants?) -> [String: [String]] {
        guard let observed else { return [:] }
        let wishes = ResolvedGrants(rules, major: major, observed: observed).wishes
        let traces = wishes.flatMap { place, privileges in
            privileges.filter { privilege, _ in
                !(observed.entries[place] ?? []).contains { $0.privilege == privilege }
                    && !observed.isByDefault(privilege, place)
            }
            .map { GrantTrace(place: place, privilege: $0.key).text }
        }
        return ["grants": traces.sorted()]
    }

    package func applied(on observed: ObservedGrants) -> AppliedObject {
        let wishes = ResolvedGrants(rules, major: major, observed: observed).wishes
        let traces = wishes.flatMap { place, privileges in
            // What everybody has by default was not given by us and is not ours to take.
            (observed.entries[place] ?? []).filter { privileges[$0.privilege] != nil && !$0.isInitial }
                .map { GrantTrace(place: place, privilege: $0.privilege).text }
        }
        return AppliedObject(deletionPolicy: deletionPolicy, lists: ["grants": Set(traces).sorted()])
    }

    package func unmanaged(on observed: ObservedGrants, context: ObjectContext) -> [Difference] {
        let wishes = ResolvedGrants(rules, major: major, observed: observed).wishes
        let applied = Dictionary(
            grouping: (context.applied?.lists["grants"] ?? []).compactMap(GrantTrace.init),
            by: \.place
        )
        let changes = observed.entries.compactMap { place, entries -> GrantChange? in
            let known = Set((applied[place] ?? []).map(\.privilege))
            let others = entries.filter {
                !$0.isInitial && wishes[place]?[$0.privilege] == nil && !known.contains($0.privilege)
            }
            guard !others.isEmpty else { return nil }
            var change = GrantChange(place: place)
            change.observed = Dictionary(others.map { ($0.privilege, $0.isGrantable) }) { $0 || $1 }
            return change
        }
        return GrantDifferences.of(
            changes.sorted { ($0.place.grantee, $0.place.target) < ($1.place.grantee, $1.place.target) }
        )
    }
}

/// Changes of privileges as differences for people: those that are alike on many objects are told once.
private enum GrantDifferences {
    private static let fewest = 4

    private struct Sort: Hashable {
        var grantee: String
        var kind: GrantTarget.Kind
        var schema: String
        var observed: String?
        var desired: String?
    }

    static func of(_ changes: [GrantChange]) -> [Difference] {
        let groups = Dictionary(grouping: changes, by: sort)
        var told: Set<Sort> = []
        return changes.compactMap { change in
            let sort = sort(change)
            let alike = groups[sort]?.count ?? 1
            guard alike > fewest else { return difference(sort, change.place.target.description, change) }
            guard told.insert(sort).inserted else { return nil }
            let place = sort.schema.isEmpty ? "" : " in \(sort.schema)"
            return difference(sort, "\(alike) \(sort.kind.words)s\(place)", change)
        }
    }

    private static func sort(_ change: GrantChange) -> Sort {
        Sort(
            grantee: change.place.grantee,
            kind: change.place.target.kind,
            schema: change.place.target.schema,
            observed: GrantChange.shown(change.observed),
            desired: GrantChange.shown(change.result)
        )
    }

    private static func difference(_ sort: Sort, _ objects: String, _ change: GrantChange) -> Difference {
        Difference("\(sort.grantee): \(objects)", observed: sort.observed, desired: sort.desired, source: change.range)
    }
}

extension GrantRule {
    /// The rule as it stands, for a database that does not exist yet.
    fileprivate var difference: Difference {
        let names =
            privileges.map(\.value).joined(separator: ", ") + (isGrantable?.value ?? false ? " with grant option" : "")
        return Difference("\(grantee.value): \(shownSelection)", observed: nil, desired: names, source: range)
    }

    private var shownSelection: String {
        switch selection {
        case .named(let kind, let schema, let names):
            "\(kind.words) \(names.map { schema.isEmpty ? $0.value : "\(schema).\($0.value)" }.joined(separator: ", "))"
        case .columns(let schema, let tables, let columns):
            "columns \(columns.map(\.value).joined(separator: ", ")) of \(tables.map { "\(schema).\($0.value)" }.joined(separator: ", "))"
        case .all(let kind, let schema): "all \(kind.words)s in \(schema)"
        case .future(let kind, let schema, let creators):
            "\(kind.words)\(schema.isEmpty ? "" : " in \(schema)") by \(creators.map(\.value).joined(separator: ", "))"
        }
    }
}
