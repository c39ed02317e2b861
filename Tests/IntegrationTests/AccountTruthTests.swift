import SQL
import TestSupport
import Testing

/// What a plan of accounts and privileges foretells on real servers, and what it does when the server refuses a part.
@Suite struct AccountTruthTests {
    @Test(arguments: PostgresInstallations.majors)
    func `names of other scalars are two roles, two databases, two schemas`(major: Int) async throws {
        let (one, two) = ("caf\u{E9}", "cafe\u{301}")
        try await ExternalHome.with(major) { place in
            func account(_ name: String, _ more: String) -> String { "    - { name: \"\(name)\", \(more) }\n" }
            let databases =
                "  databases: [{ name: \"\(one)\", schemas: [\"\(one)\", \"\(two)\"] }, { name: \"\(two)\" }]\n"
            let grants =
                "grantMode: exact, memberships: [\"\(two)\"], grants: [{ database: \"\(one)\", schema: \"\(two)\", privileges: USAGE }]"
            let both = "  accounts:\n" + account(one, "remark: one, \(grants)") + account(two, "remark: two")
            try place.home.write(place.instance(both + databases))
            if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
            let facts: Statement = """
                SELECT (SELECT count(*) FROM pg_roles WHERE rolname LIKE 'caf%') AS roles,
                    (SELECT count(*) FROM pg_database WHERE datname LIKE 'caf%') AS databases,
                    (SELECT string_agg(encode(nspname::text::bytea, 'hex') || coalesce(array_to_string(nspacl, ','), ''), ' ' ORDER BY nspname)
                        FROM pg_namespace WHERE nspname LIKE 'caf%') AS schemas
                """
            let row = try await place.server.query(facts, database: one).first
            #expect(row?.integer("roles") == 2 && row?.integer("databases") == 2)
            let schemas = row?.text("schemas").split(separator: " ") ?? []
            #expect(schemas.count == 2 && schemas[0].hasPrefix("63616665cc81") && schemas[0].contains("=U/"))

            // Somebody gives the privilege on the one to the other, which has everything exactly.
            try await place.server.run("GRANT USAGE ON SCHEMA \"\(one)\" TO \"\(one)\"", database: one)
            try await place.server.run("COMMENT ON ROLE \"\(two)\" IS 'changed'")
            let drift = try await place.home.run("drift", "specs", "-o", "json")
            #expect(drift.code == 2 && drift.output.contains("\"Account/db/cafe%CC%81\""), "\(drift.all)")
            if let problem = try await place.expectFixedPoint("after a change") { Issue.record("\(problem)") }

            // The one that is declared no more is retained, and nothing of it is touched.
            let single =
                "  accounts:\n"
                + account(one, "remark: one, \(grants.replacing("memberships: [\"\(two)\"], ", with: ""))")
            try place.home.write(place.instance(single + databases))
            let plan = try await place.home.run("plan", "specs")
            #expect(plan.output.contains("retain Account/db/cafe%CC%81"), "\(plan.output)")
            if let problem = try await place.expectFixedPoint("one") { Issue.record("\(problem)") }
            let left = try await place.server.query(
                "SELECT rolname, shobj_description(oid, 'pg_authid') AS remark FROM pg_roles WHERE rolname LIKE 'caf%' ORDER BY 2"
            )
            #expect(left.map { Array($0.text("rolname").utf8) } == [Array(one.utf8), Array(two.utf8)])
        }
    }

    @Test func `what can be given is given, and what the server refuses is told in its words`() async throws {
        try await ExternalHome.with(15) { place in
            try await place.server.run("CREATE ROLE manager LOGIN; CREATE ROLE app; CREATE DATABASE shop")
            try await place.server.run(
                "CREATE SCHEMA s; CREATE TABLE s.a (); CREATE TABLE s.b (); CREATE TABLE s.c (); ALTER TABLE s.a OWNER TO manager; ALTER TABLE s.c OWNER TO manager; GRANT USAGE ON SCHEMA s TO manager",
                database: "shop"
            )
            let grants =
                "  accounts: [{ name: app, grants: [{ database: shop, schema: s, tables: [a, b, c], privileges: SELECT }] }]\n"
            let asManager = place.server.uri(of: "manager")
            try place.home.write(place.instance(grants).replacing(place.server.uri, with: asManager))
            let applied = try await place.home.run("apply", "specs", "--yes")
            #expect(applied.code == 1)
            #expect(
                applied.errors.contains("the server refused 1 of 3 changes; the other 2 are made"),
                "\(applied.errors)"
            )
            #expect(
                applied.errors.contains("app: table s.b  specs/fixture.yaml:7:"),
                "the object and the line: \(applied.errors)"
            )
            #expect(applied.errors.contains("permission denied for table b (SQLSTATE 42501)"), "\(applied.errors)")
            let given: Statement =
                "SELECT string_agg(relname, ' ' ORDER BY relname) AS names FROM pg_class WHERE relacl::text LIKE '%app=r%'"
            #expect(try await place.server.query(given, database: "shop").first?["names"] == "a c")

            try place.home.write(place.instance(grants))
            if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
            #expect(try await place.server.query(given, database: "shop").first?["names"] == "a b c")
        }
    }

    @Test func `what an account has passed on is foretold, and goes along when the account says so`() async throws {
        try await ExternalHome.with(15) { place in
            func text(_ a: String, _ given: Bool) -> String {
                let entry =
                    "grants: [{ database: shop, schema: public, tables: t, privileges: SELECT, grantable: true }]"
                return place.instance(
                    "  accounts: [{ name: a\(a)\(given ? ", \(entry)" : "") }]\n  databases: [{ name: shop }]\n"
                )
            }
            try await place.server.run("CREATE DATABASE shop; CREATE ROLE a; CREATE ROLE b; CREATE ROLE c")
            try await place.server.run("CREATE TABLE public.t ()", database: "shop")
            try place.home.write(text("", true))
            if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
            try await place.server.run(
                "SET ROLE a; GRANT SELECT ON public.t TO b WITH GRANT OPTION; SET ROLE b; GRANT SELECT ON public.t TO c",
                database: "shop"
            )
            try place.home.write(text("", false))
            let refused = try await place.home.run("plan", "specs")
            #expect(refused.code == 1 && refused.errors.contains("PGS-053"), "\(refused.all)")
            #expect(refused.errors.contains("has passed it on to b"), "\(refused.errors)")
            #expect(
                try await place.home.run("drift", "specs").code == 0,
                "nobody else has changed anything that is declared"
            )

            try place.home.write(text(", passedOn: revoke", false))
            let plan = try await place.home.run("plan", "specs")
            for role in ["a", "b", "c"] { #expect(plan.output.contains("\(role): table public.t"), "\(plan.output)") }
            if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
            let left = try await place.server.query(
                "SELECT relacl::text AS acl FROM pg_class WHERE relname = 't'",
                database: "shop"
            )
            #expect(left.first?["acl"] == "{postgres=arwdDxt/postgres}")
        }
    }

    @Test func `a removal tells by name what it drops, what rests on that, and who loses what`() async throws {
        try await ExternalHome.with(15) { place in
            try await place.server.run("CREATE DATABASE shop; CREATE ROLE leaver; CREATE ROLE bob; CREATE ROLE carl")
            try await place.server.run(
                """
                CREATE TABLE public.mine (id int PRIMARY KEY); ALTER TABLE public.mine OWNER TO leaver;
                CREATE VIEW public.report AS SELECT id FROM public.mine; ALTER VIEW public.report OWNER TO bob;
                CREATE TABLE public.child (id int REFERENCES public.mine); ALTER TABLE public.child OWNER TO bob;
                CREATE TABLE public.others (); GRANT SELECT ON public.others TO leaver WITH GRANT OPTION;
                SET ROLE leaver; GRANT SELECT ON public.others TO carl;
                """,
                database: "shop"
            )
            func text(_ policy: String) -> String {
                place.instance(
                    "  accounts: [{ name: leaver, state: absent, onRemove: { \(policy) } }, { name: bob }]\n"
                )
            }
            try place.home.write(text("dropOwned: true"))
            let held = try await place.home.run("plan", "specs")
            #expect(held.code == 1 && held.errors.contains("PGS-049"), "\(held.all)")
            #expect(held.errors.contains("view public.report of bob in shop"), "\(held.errors)")
            #expect(held.errors.contains("constraint child_id_fkey on table public.child"), "\(held.errors)")

            try place.home.write(text("reassignTo: bob"))
            let plan = try await place.home.run("plan", "specs")
            #expect(plan.output.contains("which goes to bob: in shop table public.mine"), "\(plan.output)")
            #expect(plan.output.contains("SELECT on table public.others of carl"), "\(plan.output)")
            if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }

            // Who comes back has drifted; who was never seen gone is not applied yet.
            try await place.server.run("CREATE ROLE leaver")
            let drift = try await place.home.run("drift", "specs")
            #expect(drift.code == 2, "\(drift.all)")
            #expect(drift.output.contains("Account/db/leaver  absent was left, present is found"), "\(drift.output)")
            if let problem = try await place.expectFixedPoint("again") { Issue.record("\(problem)") }
            try place.home.write(
                text("reassignTo: bob").replacing("name: bob }", with: "name: bob }, { name: carl, state: absent }")
            )
            let pending = try await place.home.run("drift", "specs")
            #expect(pending.code == 0 && pending.output.contains("not applied yet: Account/db/carl"), "\(pending.all)")
        }
    }

    @Test func `databases that are no ordinary ones, and roles that are not there, are told by the plan`() async throws
    {
        try await ExternalHome.with(15) { place in
            try await place.server.run(
                "CREATE DATABASE closed ALLOW_CONNECTIONS false; CREATE DATABASE model IS_TEMPLATE true; CREATE ROLE app"
            )
            try place.home.write(
                place.instance("  databases: [{ name: closed, remark: x }, { name: model, remark: x }]\n")
            )
            let plan = try await place.home.run("plan", "specs")
            #expect(plan.output.contains("~ change Database/db/closed"), "\(plan.all)")
            #expect(plan.output.contains("~ change Database/db/model"), "\(plan.all)")
            #expect(plan.errors.contains("PGS-056") && plan.errors.contains("takes no connections"), "\(plan.errors)")
            if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
            try place.home.write(place.instance("  databases: [{ name: closed, schemas: [s, t] }]\n"))
            let inside = try await place.home.run("plan", "specs")
            #expect(inside.code == 1, "\(inside.all)")
            #expect(
                inside.errors.contains("Schema/db/closed/s and 1 more can be neither compared nor made"),
                "\(inside.errors)"
            )

            try place.home.write(
                place.instance(
                    """
                      accounts:
                        - { name: app, memberships: [postgres, nobody1] }
                        - { name: gone, state: absent, onRemove: { reassignTo: nobody2 } }
                      databases: [{ name: model, owner: nobody3 }]
                    ---
                    apiVersion: pgsteer/v1
                    kind: Grant
                    metadata: { name: g }
                    spec:
                      instance: db
                      to: [public, pg_monitor, nobody4]
                      grants: [{ database: model, schema: public, tables: future, futureBy: nobody5, privileges: SELECT }]

                    """
                )
            )
            let roles = try await place.home.run("plan", "specs")
            #expect(roles.code == 1, "\(roles.all)")
            for number in 1...5 { #expect(roles.errors.contains("\"nobody\(number)\""), "\(number): \(roles.errors)") }
            #expect(roles.errors.split(separator: "PGS-057").count == 6, "each once: \(roles.errors)")
        }
    }

    @Test func `what is given in a database that the same run makes is remembered before`() async throws {
        try await ExternalHome.with(15) { place in
            try await place.server.run("CREATE ROLE app")
            let nothing = place.instance("  accounts: [{ name: app }]\n")
            let everything = place.instance(
                """
                  databases: [{ name: shop }]
                  accounts:
                    - name: app
                      databaseSettings: { shop: { work_mem: 9MB } }
                      grants: [{ database: shop, schema: public, privileges: CREATE }]

                """
            )
            try await place.crashing(everything, then: nothing, after: 5) { number in
                if try await !place.server.query("SELECT FROM pg_database WHERE datname = 'shop'").isEmpty {
                    let left = try await place.server.query(
                        "SELECT (SELECT count(*) FROM pg_db_role_setting) + (SELECT count(*) FROM pg_namespace WHERE nspacl::text LIKE '%app=%') AS n",
                        database: "shop"
                    )
                    #expect(left.first?.integer("n") == 0, "after a crash at \(number)")
                    try await place.server.run("DROP DATABASE shop")
                }
            }
        }
    }

    @Test func `what is given on an instance that the same run makes is remembered before`() async throws {
        try await TemporaryHome.with { home in
            func text(_ more: String) -> String {
                """
                apiVersion: pgsteer/v1
                kind: Instance
                metadata: { name: orders }
                spec:
                  version: 15
                  accounts: [{ name: grp, login: false }, { name: app\(more) }]
                  protection: { deletion: false }

                """
            }
            let more = ", memberships: [grp], settings: { work_mem: 8MB }"
            func given() async throws -> Int {
                let rows = try await home.query(
                    "SELECT (SELECT count(*) FROM pg_auth_members WHERE member = 'app'::regrole) + (SELECT count(*) FROM pg_db_role_setting WHERE setrole = 'app'::regrole) AS n",
                    on: "orders"
                )
                return try #require(rows.first?.integer("n"))
            }
            try home.write(text(more))
            // One action after the other, and from the same beginning, so that two runs have the same side effects in the
            // same order: the very first one makes the home, too.
            let apply = ["apply", "specs", "--yes", "--parallelism", "1"]
            #expect(try await home.run(apply).isSuccess)
            #expect(try await home.run("destroy", "orders", "orders").isSuccess)
            let first = try await home.run(apply + ["--verbose"])
            #expect(first.isSuccess, "\(first.errors)")
            // The side effect behind the one that makes the account is the first of which the run can be kept.
            let making = first.errors.firstMatch(of: #/side effect (\d+): CREATE ROLE "app"/#)
            let number = try #require(making.flatMap { Int($0.1) })
            #expect(try await home.run("destroy", "orders", "orders").isSuccess)
            // The last statement of the account's transaction comes before the commit.
            let commit = first.errors.matches(of: #/side effect (\d+): COMMIT/#).compactMap { Int($0.1) }
            let end = try #require(commit.first { $0 > number })
            let killed = try await home.run(
                apply,
                environment: ["PGSTEER_CRASH_AT": String(end + 1)]
            )
            #expect(killed.wasKilled, "\(killed.errors)")
            #expect(try await given() > 0, "it was killed before anything was given")
            try home.write(text(""))
            let applied = try await home.run("apply", "specs", "--yes")
            #expect(applied.isSuccess, "\(applied.errors)")
            #expect(try await given() == 0)
        }
    }
}
