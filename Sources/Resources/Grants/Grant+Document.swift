import FleetModel
package import SpecSchema

extension Grant {
    package var document: JSONValue? {
        guard !rules.isEmpty else { return nil }
        let spec: [String: JSONValue] = ["instance": .string(id.instance), "grants": .array(rules.map(\.document))]
        let metadata: JSONValue = .object(["name": .string(DocumentLabel.of(name))])
        return .object(["kind": .string(Self.kind), "metadata": metadata, "spec": .object(spec)])
    }
}

extension Grant {
    /// What each role is given, whichever documents and lines say so.
    package var declaration: [String: JSONValue] {
        let roles = Dictionary(grouping: rules) { Name($0.grantee.value).escaped }
        let modes = modes.map { ($0.key.escaped, JSONValue.string($0.value.rawValue)) }
        return
            roles.mapValues { rules in
                .array(rules.map(\.document).map { ($0, $0.canonicalText) }.sorted { $0.1 < $1.1 }.map(\.0))
            }
            .merging(modes) { rules, mode in .array([rules, mode]) }
    }
}

extension GrantRule {
    /// The rule as an entry of a Grant document.
    package var document: JSONValue {
        var members: [String: JSONValue] = [
            "to": .string(grantee.value),
            isWithheld ? "withhold" : "privileges": .array(privileges.map { .string($0.value) }),
        ]
        members["grantable"] = isGrantable.map { .boolean($0.value) }
        if ![.parameter, .tablespace].contains(kind) { members["database"] = .string(database.value) }
        switch selection {
        case .named(.database, _, _): break
        case .named(.schema, _, let names): members["schema"] = names.first.map { .string($0.value) }
        case .named(let kind, let schema, let names):
            if !schema.isEmpty { members["schema"] = .string(schema) }
            members[Self.key(of: kind)] = .array(names.map { .string($0.value) })
        case .columns(let schema, let tables, let columns):
            members["schema"] = .string(schema)
            members["tables"] = .array(tables.map { .string($0.value) })
            members["columns"] = .array(columns.map { .string($0.value) })
        case .all(let kind, let schema):
            members["schema"] = .string(schema)
            members[Self.key(of: kind)] = "all"
        case .future(let kind, let schema, let creators):
            if !schema.isEmpty { members["schema"] = .string(schema) }
            members[Self.key(of: kind)] = "future"
            members["futureBy"] = .array(creators.map { .string($0.value) })
        }
        return .object(members)
    }

    /// The key of an entry that names objects of a kind.
    package static func key(of kind: GrantTarget.Kind) -> String {
        switch kind {
        case .table, .futureTable: "tables"
        case .sequence, .futureSequence: "sequences"
        case .routine, .futureRoutine: "routines"
        case .type, .futureType: "types"
        case .schema, .futureSchema: "schemas"
        case .language: "languages"
        case .foreignServer: "foreignServers"
        case .foreignDataWrapper: "foreignDataWrappers"
        case .largeObject, .futureLargeObject: "largeObjects"
        case .parameter: "parameters"
        case .tablespace: "tablespaces"
        case .database, .column: ""
        }
    }
}
