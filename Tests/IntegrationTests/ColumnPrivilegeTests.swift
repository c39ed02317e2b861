import SQL
import TestSupport
import Testing

/// A server takes privileges on columns along when the same privilege on their table is revoked.
@Suite struct ColumnPrivilegeTests {
    private static func specification(table: String?) -> String {
        let entry = table.map { "\n        - { database: shop, schema: s, tables: [orders], \($0) }" } ?? ""
        return """
              accounts:
                - name: app
                  grants:
                    - { database: shop, schema: s, privileges: [USAGE] }
                    - { database: shop, schema: s, tables: [orders], columns: [id], privileges: [SELECT], grantable: true }\(entry)
                - { name: bob, grants: [{ database: shop, schema: s, privileges: [USAGE] }] }
                - { name: eve }
              databases: [{ name: shop, schemas: [s] }]

            """
    }

    /// Who has what on columns, from whom; a star stands for the right to pass it on.
    private func onColumns(_ place: ExternalHome) async throws -> [String] {
        let rows = try await place.server.query(
            """
            SELECT a.attname || ' ' || x.privilege_type || CASE WHEN x.is_grantable THEN '*' ELSE '' END
                || ' ' || x.grantee::regrole || ' from ' || x.grantor::regrole AS fact
            FROM pg_attribute a, aclexplode(a.attacl) x WHERE a.attrelid = 's.orders'::regclass ORDER BY 1
            """,
            database: "shop"
        )
        return rows.map { $0.text("fact") }
    }

    @Test(arguments: Set([PostgresInstallations.majors.first, PostgresInstallations.majors.last].compactMap(\.self)))
    func `what columns are to keep outlives a revocation on their table, and so does what was passed on`(major: Int)
        async throws
    {
        try await ExternalHome.with(major) { place in
            try await place.server.run("CREATE DATABASE shop")
            try await place.server.run("CREATE SCHEMA s; CREATE TABLE s.orders (id int, total int)", database: "shop")
            try place.home.write(
                place.instance(Self.specification(table: "privileges: [SELECT, UPDATE], grantable: true"))
            )
            if let problem = try await place.expectFixedPoint("all") { Issue.record("\(problem)") }
            // What no document mentions, and what app and bob have passed on.
            try await place.server.run(
                """
                GRANT UPDATE (total) ON s.orders TO app WITH GRANT OPTION;
                SET ROLE app; GRANT SELECT (id) ON s.orders TO bob WITH GRANT OPTION; RESET ROLE;
                SET ROLE bob; GRANT SELECT (id) ON s.orders TO eve; RESET ROLE
                """,
                database: "shop"
            )
            let before = try await onColumns(place)
            #expect(before.count == 4 && before.contains("id SELECT eve from bob"), "\(before)")
            let weaker = "privileges: [SELECT, UPDATE], grantable: false"
            for table in [weaker, "privileges: [UPDATE], grantable: false", nil] {
                try place.home.write(place.instance(Self.specification(table: table)))
                if let problem = try await place.expectFixedPoint(table ?? "no table") { Issue.record("\(problem)") }
                #expect(try await onColumns(place) == before, "\(table ?? "no table")")
            }
            let left = try await place.server.query(
                "SELECT FROM pg_class c, aclexplode(c.relacl) x WHERE c.relname = 'orders' AND x.grantee <> c.relowner",
                database: "shop"
            )
            #expect(left.isEmpty)
        }
    }
}
