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

    @Test(arguments: [15, 18])
    func `privileges outlive another owner, and reach what PostgreSQL has by itself`(major: Int) async throws {
        try await ExternalHome.with(major) { place in
            try await place.server.run("CREATE ROLE app; CREATE ROLE low; CREATE DATABASE shop OWNER app")
            let objects = """
                CREATE SCHEMA z AUTHORIZATION app; CREATE TABLE z.t (a int);
                CREATE FUNCTION z.osf(int, int) RETURNS int LANGUAGE sql AS 'SELECT 1';
                CREATE AGGREGATE z.os(int ORDER BY int) (sfunc = z.osf, stype = int)
                """
            try await place.server.run(objects, database: "shop")
            func declare(owner: String) throws {
                let grants = ["app", "low"]
                    .map { name in
                        """
                            - name: \(name)
                              grants:
                                - { database: shop, privileges: [CONNECT, CREATE] }
                                - { database: shop, schema: z, privileges: [USAGE, CREATE] }
                                - { database: shop, schema: z, routines: "os(integer, integer)", privileges: EXECUTE }
                                - { database: shop, schema: z, tables: t, columns: ctid, privileges: SELECT }
                                - { database: shop, schema: z, types: t, privileges: USAGE }

                        """
                    }
                let everybody = """
                    ---
                    apiVersion: pgsteer/v1
                    kind: Grant
                    metadata: { name: everybody }
                    spec:
                      instance: db
                      to: public
                      grants:
                        - { database: shop, schema: pg_catalog, routines: ["pg_sleep(double precision)", pg_backend_pid], withhold: EXECUTE }
                        - { database: shop, schema: pg_catalog, types: json, withhold: USAGE }

                    """
                let database =
                    "  databases: [{ name: shop, owner: \(owner), schemas: [{ name: z, owner: \(owner) }] }]\n"
                try place.home.write(place.instance("\(database)  accounts:\n\(grants.joined())") + everybody)
            }
            try declare(owner: "app")
            if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
            let open: Statement = """
                SELECT has_function_privilege('low', 'pg_catalog.pg_sleep(double precision)', 'EXECUTE')
                    OR has_function_privilege('low', 'pg_catalog.pg_backend_pid()', 'EXECUTE')
                    OR has_type_privilege('low', 'pg_catalog.json', 'USAGE') AS is
                """
            #expect(try await place.server.query(open, database: "shop").first?.isTrue("is") == false)
            try declare(owner: "low")
            if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
            let kept: Statement = """
                SELECT has_database_privilege('app', 'shop', 'CREATE') AND has_schema_privilege('app', 'z', 'CREATE')
                    AND has_column_privilege('app', 'z.t', 'ctid', 'SELECT') AS is
                """
            #expect(try await place.server.query(kept, database: "shop").first?.isTrue("is") == true)
            try await place.server.run("REVOKE SELECT (ctid) ON z.t FROM app", database: "shop")
            #expect(try await place.home.run("drift", "specs").code == 2)
        }
    }

    @Test func `the same said twice in two ways is a mistake`() async throws {
        try await TemporaryHome.with { home in
            func mistakes(_ account: String) async throws -> String {
                try home.write(RunTests.specification(extra: "  databases: [{ name: d }]\n  accounts: [\(account)]\n"))
                return try await home.run("validate", "specs").errors
            }
            let settings = try await mistakes("{ name: app, settings: { work_mem: 1MB, WORK_MEM: 2MB } }")
            #expect(settings.contains("PGS-020") && settings.contains("set twice"), "\(settings)")
            let roles = try await mistakes("{ name: app, memberships: [{ role: g, admin: true }, g] }, { name: g }")
            #expect(roles.contains("PGS-020") && roles.contains("member of g"), "\(roles)")
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
