import Diagnostics
import FleetModel
import SQL
import SpecSchema

@testable import Resources

/// What a server would report of privileges, without a server.
struct Catalogue {
    var rows: [Row] = []

    mutating func add(
        _ kind: String,
        _ schema: String,
        _ name: String,
        _ detail: String = "",
        owner: String = "owner",
        to grantee: String? = nil,
        _ privilege: String? = nil,
        grantable: Bool = false,
        by grantor: String = "owner",
        isInitial: Bool = false
    ) {
        let names = [
            "kind", "schema", "name", "detail", "owner", "signature", "grantee", "privilege", "is_grantable", "grantor",
            "is_initial",
        ]
        let values: [String?] = [
            kind, schema, name, detail, owner, detail, grantee, privilege, grantable ? "t" : "f", grantor,
            isInitial ? "t" : "f",
        ]
        let columns = Dictionary(names.enumerated().map { ($1, $0) }) { first, _ in first }
        rows.append(Row(columns: columns, values: values))
    }

    var observed: ObservedGrants { ObservedGrants(rows) }
}

func located<Value>(_ value: Value) -> Located<Value> { Located(value, at: .nowhere) }

func rule(
    _ selection: GrantRule.Selection,
    _ privileges: [String],
    to grantee: String = "app",
    grantable: Bool? = nil
) -> GrantRule {
    GrantRule(
        instance: located("db"),
        database: located("shop"),
        grantee: located(grantee),
        selection: selection,
        privileges: privileges.map(located),
        isGrantable: grantable.map(located),
        range: .nowhere
    )
}

func grant(_ rules: [GrantRule], _ modes: [Name: GrantMode] = [:]) -> Grant {
    Grant(id: ResourceID("Grant", "db", "shop"), range: .nowhere, rules: rules, modes: modes, major: 15)
}

extension Grant {
    func statements(_ catalogue: Catalogue, applied: [String] = []) -> [String] {
        let context = ObjectContext(applied: AppliedObject(deletionPolicy: .delete, lists: ["grants": applied]))
        return update(from: catalogue.observed, context: context).statements.map(\.text)
    }
}
