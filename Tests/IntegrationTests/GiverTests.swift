import SQL
import TestSupport
import Testing

/// Privileges that somebody gave who owns nothing of what they are on.
@Suite struct GiverTests {
    /// owner has `web.orders`; giver may pass on what it has there, on the way to it and on the server.
    private func prepare(_ place: ExternalHome) async throws {
        try await place.server.run(
            """
            CREATE ROLE owner; CREATE ROLE giver; CREATE ROLE taker; CREATE DATABASE shop OWNER owner;
            GRANT SET ON PARAMETER log_statement TO giver WITH GRANT OPTION;
            GRANT CONNECT ON DATABASE shop TO giver WITH GRANT OPTION
            """
        )
        try await place.server.run(
            """
            CREATE SCHEMA web AUTHORIZATION owner; SET ROLE owner; CREATE TABLE web.orders (id int, note text);
            CREATE TYPE web.mood AS ENUM ('good'); GRANT USAGE ON TYPE web.mood TO giver WITH GRANT OPTION
            """,
            database: "shop"
        )
    }

    private func held(_ place: ExternalHome, by role: String) async throws -> String? {
        try await place.server
            .query(
                """
                SELECT string_agg(DISTINCT what, ' ' ORDER BY what) AS names FROM (
                  SELECT 'table' AS what, relacl AS acl FROM pg_class WHERE relname = 'orders'
                  UNION ALL SELECT 'column', attacl FROM pg_attribute WHERE attrelid = 'web.orders'::regclass
                  UNION ALL SELECT 'schema', nspacl FROM pg_namespace WHERE nspname = 'web') o
                CROSS JOIN LATERAL aclexplode(acl) a WHERE pg_get_userbyid(a.grantee) = \(literal: role)
                """,
                database: "shop"
            )
            .first?["names"]
    }

    @Test(arguments: PostgresInstallations.majors)
    func `an account goes with what somebody other than an owner gave it`(major: Int) async throws {
        try await ExternalHome.with(major) { place in
            try await prepare(place)
            try await place.server.run(
                """
                GRANT USAGE ON SCHEMA web TO giver WITH GRANT OPTION; GRANT SELECT ON web.orders TO giver WITH GRANT OPTION;
                SET ROLE giver; GRANT USAGE ON SCHEMA web TO taker; GRANT SELECT ON web.orders TO taker;
                GRANT SELECT (note) ON web.orders TO taker; GRANT USAGE ON TYPE web.mood TO taker;
                GRANT CONNECT ON DATABASE shop TO taker; GRANT SET ON PARAMETER log_statement TO taker
                """,
                database: "shop"
            )
            try place.home.write(place.instance("  accounts: [{ name: taker, state: absent }]\n"))
            if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
            let roles = try await place.server.query("SELECT FROM pg_roles WHERE rolname = 'taker'")
            #expect(roles.isEmpty)
            #expect(try await held(place, by: "giver") == "schema table")
        }
    }

    @Test(arguments: PostgresInstallations.majors, ["absent", "pruned"])
    func `what a document gave is passed on, and goes with the account, however far it went`(major: Int, way: String)
        async throws
    {
        try await ExternalHome.with(major) { place in
            try await prepare(place)
            try await place.server.run("CREATE ROLE other; CREATE ROLE member; GRANT giver TO member")
            func write(_ giver: String) throws {
                try place.home.write(place.instance("  databases: [{ name: shop }]\n  accounts: [\(giver)]\n"))
            }
            let entry = "{ database: shop, schema: web, tables: orders, privileges: SELECT, grantable: true }"
            try write("{ name: giver, deletionPolicy: delete, grants: [\(entry)] }")
            if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
            try await place.server.run(
                """
                GRANT USAGE ON SCHEMA web TO giver, taker; SET ROLE giver; GRANT CONNECT ON DATABASE shop TO taker;
                GRANT SELECT ON web.orders TO taker WITH GRANT OPTION; SET ROLE taker; GRANT SELECT ON web.orders TO other
                """,
                database: "shop"
            )
            try write(way == "absent" ? "{ name: giver, state: absent }" : "")
            let options = way == "absent" ? [] : ["--prune"]
            let plan = try await place.home.run(["plan", "specs", "--detailed-exitcode"] + options)
            #expect(plan.code == 2, "\(plan.errors)")
            for part in [
                "is none any more: member", "CONNECT on database shop of taker", "taker: table web.orders",
                "other: table web.orders",
            ] {
                #expect(plan.output.contains(part), "\(part)\n\(plan.output)")
            }
            let applied = try await place.home.run(["apply", "specs", "--yes"] + options)
            #expect(applied.code == 0, "\(applied.errors)")
            let again = try await place.home.run(["plan", "specs", "--detailed-exitcode"] + options)
            #expect(again.code == 0, "\(again.output)")
            #expect(try await held(place, by: "taker") == "schema")
            #expect(try await held(place, by: "other") == nil)
        }
    }

    @Test(arguments: PostgresInstallations.majors, ["keeps", "loses"])
    func `what was passed on goes although the giver loses the way to it, or has lost it`(major: Int, way: String)
        async throws
    {
        try await ExternalHome.with(major) { place in
            try await prepare(place)
            func write(_ grants: String) throws {
                let giver = "{ name: giver, passedOn: revoke, grants: [\(grants)] }"
                try place.home.write(
                    place.instance("  accounts: [\(giver), { name: taker }]\n  databases: [{ name: shop }]\n")
                )
            }
            try write(
                """
                { database: shop, schema: web, privileges: USAGE },
                { database: shop, schema: web, tables: orders, privileges: SELECT, grantable: true }
                """
            )
            if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
            try await place.server.run(
                "SET ROLE giver; GRANT SELECT ON web.orders TO taker; GRANT SELECT (note) ON web.orders TO taker",
                database: "shop"
            )
            if way == "loses" {
                try await place.server.run("REVOKE USAGE ON SCHEMA web FROM giver", database: "shop")
            }
            try write("")
            let plan = try await place.home.run("plan", "specs")
            #expect(plan.output.contains("taker: column web.orders(note)"), "\(plan.all)")
            if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
            for role in ["giver", "taker"] { #expect(try await held(place, by: role) == nil, "\(role)") }
        }
    }

    @Test func `what default privileges give that documents ask for is not taken again`() async throws {
        try await ExternalHome.with(16) { place in
            try await prepare(place)
            let entry = "{ database: shop, schema: web, tables: future, futureBy: owner, privileges: SELECT }"
            try place.home.write(
                place.instance(
                    """
                      accounts:
                        - { name: owner }
                        - { name: taker, grantMode: exact, grants: [\(entry)] }
                      databases: [{ name: shop }]

                    """
                )
            )
            if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
            try await place.server.run(
                "SET ROLE owner; CREATE TABLE web.later (); GRANT INSERT ON web.later TO taker",
                database: "shop"
            )
            let plan = try await place.home.run("plan", "specs")
            #expect(plan.output.contains("taker: table web.later"), "\(plan.all)")
            if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
            let rows = try await place.server.query(
                "SELECT privilege_type AS p FROM pg_class, aclexplode(relacl) WHERE relname = 'later' AND pg_get_userbyid(grantee) = 'taker'",
                database: "shop"
            )
            #expect(rows.map { $0.text("p") } == ["SELECT"])
        }
    }

    @Test func `a membership that is what a role's creator has by itself is there when it is declared`() async throws {
        try await ExternalHome.with(16) { place in
            try await place.server.run("CREATE ROLE team; CREATE ROLE app")
            let membership = "{ role: team, admin: true, inherit: false, set: false }"
            try place.home.write(place.instance("  accounts: [{ name: app, memberships: [\(membership)] }]\n"))
            if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
        }
    }

    @Test func `a parameter of all roles is not the server's`() async throws {
        try await ExternalHome.with(15) { place in
            try place.home.write(place.instance("  parameters: { work_mem: 5MB }\n"))
            if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
            try await place.server.run(
                "ALTER ROLE ALL SET work_mem = '33MB'; ALTER ROLE ALL SET statement_timeout = '7s'"
            )
            #expect(try await place.home.run("drift", "specs").code == 0)
            let imported = try await place.home.run("import", "--uri", place.server.uri, "--name", "db")
            #expect(imported.isSuccess && !imported.output.contains("statement_timeout:"), "\(imported.all)")
            try await place.server.run("ALTER SYSTEM SET work_mem = '66MB'; SELECT pg_reload_conf()")
            let drift = try await place.home.run("drift", "specs")
            #expect(drift.code == 2 && drift.output.contains("66MB"), "\(drift.all)")
            if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
            let written = try await place.server.query(
                "SELECT setting FROM pg_file_settings WHERE name = 'work_mem' ORDER BY seqno DESC LIMIT 1"
            )
            #expect(written.first?["setting"] == "5MB")
        }
    }
}
