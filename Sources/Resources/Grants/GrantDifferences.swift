import FleetModel
import SpecSchema

/// Changes of privileges as differences for people: those that are alike on many objects are told once.
enum GrantDifferences {
    private static let fewest = 4

    private struct Sort: Hashable {
        @Name var grantee: String
        var kind: GrantTarget.Kind
        @Name var schema: String
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
            return difference(sort, "\(alike) \(group(sort.kind, in: sort.schema))", change)
        }
    }

    /// What several objects that are alike are called: `tables in web`.
    static func group(_ kind: GrantTarget.Kind, in schema: String) -> String {
        "\(kind.isFuture ? kind.words : kind.words + "s")\(schema.isEmpty ? "" : " in \(schema)")"
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
    var difference: Difference {
        let names =
            privileges.map(\.value).joined(separator: ", ") + (isGrantable?.value ?? false ? " with grant option" : "")
        let path = "\(grantee.value): \(shownSelection)"
        if isWithheld { return Difference(path, observed: names, desired: nil, source: range) }
        return Difference(path, observed: nil, desired: names, source: range)
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
