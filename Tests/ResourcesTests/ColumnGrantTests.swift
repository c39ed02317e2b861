import Diagnostics
import FleetModel
import SQL
import SpecSchema
import Testing

@testable import Resources

/// What columns lose with their table, and get back.
@Suite struct ColumnGrantTests {
    /// What a role has on the table s.t, or on one of its columns.
    private struct Fact {
        var role: String
        var column: String?
        var isGrantable = false
        var grantor = "owner"
    }

    /// The statements that take SELECT on s.t from app, wholly or only the right to pass it on.
    private func statements(_ facts: [Fact], isOptionOnly: Bool = false) -> [String] {
        let rows =
            facts.map { fact in
                row(
                    fact.column == nil ? "table" : "column",
                    fact.column ?? "",
                    fact.role,
                    "SELECT",
                    fact.isGrantable,
                    fact.grantor
                )
            } + [row("schema", "", "public", "USAGE", false, "owner")]
        let selection = GrantRule.Selection.named(.table, schema: "s", names: [Located("t", at: .nowhere)])
        let rule = GrantRule(
            instance: Located("db", at: .nowhere),
            database: Located("shop", at: .nowhere),
            grantee: Located("app", at: .nowhere),
            selection: selection,
            privileges: [Located("SELECT", at: .nowhere)],
            isGrantable: Located(false, at: .nowhere),
            range: .nowhere
        )
        let grant = Grant(
            id: ResourceID("Grant", "db", "shop"),
            range: .nowhere,
            rules: isOptionOnly ? [rule] : [],
            modes: [:],
            major: 15
        )
        let applied = AppliedObject(deletionPolicy: .delete, lists: ["grants": ["app/table/s/t//SELECT"]])
        return grant.update(from: ObservedGrants(rows), context: ObjectContext(applied: applied)).statements.map(\.text)
    }

    private func row(
        _ kind: String,
        _ column: String,
        _ role: String,
        _ privilege: String,
        _ isGrantable: Bool,
        _ grantor: String
    ) -> Row {
        let isSchema = kind == "schema"
        let values = [
            "kind": kind, "schema": isSchema ? "" : "s", "name": isSchema ? "s" : "t", "detail": column,
            "owner": "owner", "grantee": role, "privilege": privilege, "is_grantable": isGrantable ? "t" : "f",
            "grantor": grantor, "is_initial": "f",
        ]
        let names = values.keys.sorted()
        return Row(
            columns: Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) }),
            values: names.map { values[$0] }
        )
    }

    private let column = "SELECT (\"id\") ON TABLE \"s\".\"t\""

    @Test func `a table that takes only the right to pass on takes it from columns, which get it back`() {
        let found = statements(
            [
                Fact(role: "app", isGrantable: true), Fact(role: "app", column: "id", isGrantable: true),
                Fact(role: "app", column: "no"),
            ],
            isOptionOnly: true
        )
        #expect(
            found == [
                "REVOKE GRANT OPTION FOR SELECT ON TABLE \"s\".\"t\" FROM \"app\"",
                "GRANT \(column) TO \"app\" WITH GRANT OPTION",
            ]
        )
    }

    @Test func `what rests on a column's privilege goes before its table's, and comes back in the name of who gave it`()
    {
        let found = statements([
            Fact(role: "app"), Fact(role: "app", column: "id", isGrantable: true),
            Fact(role: "bob", column: "id", grantor: "app"),
        ])
        let (become, end) = ("SET LOCAL ROLE \"app\"", "SET LOCAL ROLE NONE")
        #expect(
            found == [
                become, "REVOKE \(column) FROM \"bob\"", end, "REVOKE SELECT ON TABLE \"s\".\"t\" FROM \"app\"",
                "GRANT \(column) TO \"app\" WITH GRANT OPTION", become, "GRANT \(column) TO \"bob\"", end,
            ]
        )
    }
}
