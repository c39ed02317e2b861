import SQL
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Privileges on what has an odd name, and on what is not there.
@Suite struct OddGrantTests {
    @Test func `a routine that is called like the signature of another one gets nothing that is meant for that one`()
        async throws
    {
        try await ExternalHome.with(15) { place in
            try await place.server.run("CREATE ROLE app; CREATE DATABASE shop")
            let routines = """
                CREATE SCHEMA web; CREATE FUNCTION web.tidy() RETURNS int LANGUAGE sql AS 'SELECT 1';
                CREATE FUNCTION web.add(int, int) RETURNS int LANGUAGE sql AS 'SELECT 1';
                CREATE FUNCTION web."a(b)"(text) RETURNS int LANGUAGE sql AS 'SELECT 1';
                """
            try await place.server.run(routines, database: "shop")
            let names = "[\"add(integer, integer)\", \"a(b)(text)\"]"
            let entry = "{ database: shop, schema: web, routines: \(names), privileges: EXECUTE }"
            try place.home.write(place.instance("  accounts: [{ name: app, grants: [\(entry)] }]\n"))
            if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
            let given: Statement =
                "SELECT string_agg(proname, ' ' ORDER BY proname) AS names FROM pg_proc WHERE proacl::text LIKE '%app=X%'"
            #expect(try await place.server.query(given, database: "shop").first?["names"] == "a(b) add")

            let other = "CREATE FUNCTION web.\"add(integer, integer)\"() RETURNS int LANGUAGE sql AS 'SELECT 1'"
            try await place.server.run(other, database: "shop")
            let plan = try await place.home.run("plan", "specs", "--detailed-exitcode")
            #expect(plan.code == 0, "\(plan.all)")

            let both = "GRANT EXECUTE ON FUNCTION web.\"add(integer, integer)\"() TO app"
            try await place.server.run(both, database: "shop")
            let imported = try await place.home.run("import", "--uri", place.server.uri, "--name", "db")
            let written = "routines: [\"a(b)(text)\", \"add(integer, integer)\", \"add(integer, integer)()\"]"
            #expect(imported.output.contains(written), "\(imported.all)")
            try place.home.write(imported.output)
            let adopted = try await place.home.run("plan", "specs", "--detailed-exitcode")
            #expect(adopted.code == 0, "\(adopted.all)")
        }
    }

    @Test func `what is missing in a schema of PostgreSQL itself keeps nothing else from being given`() async throws {
        try await ExternalHome.with(15) { place in
            try await place.server.run("CREATE ROLE app; CREATE DATABASE shop")
            try await place.server.run("CREATE SCHEMA web; CREATE TABLE web.orders ()", database: "shop")
            let grants = """
                  accounts:
                    - name: app
                      grants:
                        - { database: shop, schema: web, privileges: [USAGE, CREATE] }
                        - { database: shop, schema: pg_catalog, tables: [nope], privileges: SELECT }
                        - { database: shop, schema: pg_catalog, routines: ["nope(int)"], privileges: EXECUTE }
                        - { database: shop, schema: web, tables: orders, privileges: [SELECT, INSERT] }

                """
            try place.home.write(place.instance(grants))
            let applied = try await place.home.run("apply", "specs", "--yes")
            #expect(applied.code == 1)
            for line in [
                "the server refused 2 of 4 changes; the other 2 are made",
                "app: table pg_catalog.nope  specs/fixture.yaml:11:",
                "app: routine pg_catalog.nope(integer)  specs/fixture.yaml:12:",
            ] {
                #expect(applied.errors.contains(line), "\(line): \(applied.errors)")
            }
            let given: Statement = """
                SELECT has_schema_privilege('app', 'web', 'CREATE') AND has_table_privilege('app', 'web.orders', 'INSERT') AS ok
                """
            #expect(try await place.server.query(given, database: "shop").first?["ok"] == "t")
        }
    }

    @Test func `import tells once which names cannot be written, and carries what stands beside them`() async throws {
        try await ExternalHome.with(15) { place in
            try await place.server.run("CREATE ROLE app; CREATE ROLE U&\"odd\\0001\"; CREATE DATABASE shop")
            try await place.server.run(
                """
                CREATE SCHEMA web; CREATE TABLE web.a (); CREATE TABLE web.b (); CREATE TABLE web.U&"c\\0007" ();
                GRANT SELECT ON ALL TABLES IN SCHEMA web TO app; GRANT INSERT ON web.U&"c\\0007" TO app;
                GRANT SELECT ON web.a TO U&"odd\\0001"; GRANT INSERT ON web.b TO U&"odd\\0001";
                """,
                database: "shop"
            )
            let imported = try await place.home.run("import", "--uri", place.server.uri, "--name", "db")
            let told = imported.output.split(separator: "\n").filter { $0.contains("control character") }
            #expect(
                told.sorted() == [
                    "# not carried: a role whose name has a control character is left out: odd\\u{1}",
                    "# not carried: database shop: privileges on table web.c\\u{7}, whose name has a control character",
                    "# not carried: database shop: the privileges of odd\\u{1}, whose name has a control character",
                ],
                "\(imported.output)"
            )
            #expect(imported.output.contains("tables: [a, b]"), "\(imported.output)")
            try place.home.write(imported.output)
            let plan = try await place.home.run("plan", "specs", "--detailed-exitcode")
            #expect(plan.code == 0, "\(plan.all)")
        }
    }
}
