import SQL
import TestSupport
import Testing

/// Servers on which pgsteer is no superuser, as on managed services: it may make roles and databases, and has the rights of
/// no role that it has made.
@Suite struct RoleLoanTests {
    private static let accounts =
        "  accounts:\n    - { name: app }\n    - { name: \"wéb \\\"x\" }\n    - name: report\n"
    private static let grants = """
              grants:
                - { database: shop, privileges: TEMPORARY }
                - { database: shop, schema: api, privileges: USAGE }
                - { database: shop, schema: api, tables: all, futureBy: app, privileges: SELECT }

        """
    private static let removal = "onRemove: { reassignTo: \"wéb \\\"x\", terminateSessions: true }"

    private static func databases(owner: String = "app", api: String = "app") -> String {
        """
          databases:
            - name: shop
              owner: \(owner)
              remark: a shop
              connectionLimit: 20
              schemas: [{ name: api, owner: \(api), remark: for programs }, own]

        """
    }

    private static func with(
        _ major: Int,
        _ body: (ExternalHome, _ write: (String) throws -> Void) async throws -> Void
    ) async throws {
        try await ExternalHome.with(major) { place in
            try await place.server.run("CREATE ROLE manager LOGIN CREATEROLE CREATEDB")
            try await body(place) { spec in
                let text = place.instance(spec).replacing(place.server.uri, with: place.server.uri(of: "manager"))
                try place.home.write(text)
            }
            // What was lent was given back.
            let lent = try await place.server.query(
                """
                SELECT roleid::regrole::text AS role, to_jsonb(m) ->> 'inherit_option' AS inherit FROM pg_auth_members m
                WHERE member = 'manager'::regrole AND grantor <> 10 AND (to_jsonb(m) ->> 'set_option') IS DISTINCT FROM 'false'
                """
            )
            #expect(lent.isEmpty, "\(lent)")
        }
    }

    @Test(arguments: PostgresInstallations.majors)
    func `who may only make roles makes, changes and removes what belongs to them`(major: Int) async throws {
        try await Self.with(major) { place, write in
            try write(Self.accounts + Self.grants + Self.databases())
            if let problem = try await place.expectFixedPoint("made") { Issue.record("\(problem)") }
            try await place.server.run("SET ROLE app; CREATE TABLE api.items (id int)", database: "shop")
            let reads = try await place.server.query(
                "SELECT has_table_privilege('report', 'api.items', 'SELECT') AS reads",
                database: "shop"
            )
            #expect(reads.first?["reads"] == "t")

            // What it has given itself before stays as it was.
            let isOptional = major >= 16
            if isOptional {
                try await place.server.run(
                    "SET ROLE manager; GRANT \"wéb \"\"x\" TO manager WITH INHERIT TRUE, SET FALSE"
                )
            }
            try write(Self.accounts + Self.grants + Self.databases(owner: "\"wéb \\\"x\"", api: "\"wéb \\\"x\""))
            if let problem = try await place.expectFixedPoint("given away") { Issue.record("\(problem)") }
            if isOptional {
                let kept = try await place.server.query(
                    "SELECT inherit_option AS i, set_option AS s FROM pg_auth_members WHERE grantor = 'manager'::regrole"
                )
                #expect(kept.map { [$0["i"], $0["s"]] } == [["t", "f"]])
            }

            // A schema in somebody else's database goes from one to another.
            try write(Self.accounts + Self.grants + Self.databases(owner: "report", api: "app"))
            if let problem = try await place.expectFixedPoint("to a third one's database") {
                Issue.record("\(problem)")
            }
            try write(Self.accounts + Self.grants + Self.databases(owner: "report", api: "\"wéb \\\"x\""))
            if let problem = try await place.expectFixedPoint("inside it") { Issue.record("\(problem)") }

            let leaving = Self.accounts.replacing(
                "{ name: app }",
                with: "{ name: app, state: absent, \(Self.removal) }"
            )
            try write(leaving + Self.databases(owner: "report", api: "\"wéb \\\"x\""))
            let planned = try await place.home.run("plan", "specs")
            #expect(planned.output.contains("USAGE -> (revoked)"), "\(planned.all)")
            if let problem = try await place.expectFixedPoint("removed") { Issue.record("\(problem)") }
            let owner = try await place.server.query(
                "SELECT relowner::regrole::text AS name FROM pg_class WHERE relname = 'items'",
                database: "shop"
            )
            #expect(owner.first?["name"] == "\"wéb \"\"x\"")
        }
    }

    @Test(arguments: PostgresInstallations.majors)
    func `rights that nobody can lend are foretold, and the rest is done`(major: Int) async throws {
        try await Self.with(major) { place, write in
            try await place.server.run("CREATE ROLE boss SUPERUSER; CREATE ROLE other; CREATE ROLE mine")
            try await place.server.run("CREATE DATABASE theirs OWNER other")
            try write(
                "  databases:\n    - { name: theirs, owner: mine }\n    - { name: high, owner: boss }\n    - { name: plain }\n"
            )

            let plan = try await place.home.run("plan", "specs")
            #expect(plan.errors.contains("Creating database high on db takes the rights of boss"), "\(plan.all)")
            #expect(plan.errors.contains("connect as a superuser, or let one do it"), "\(plan.all)")
            let isForetold = plan.errors.contains("Changing database theirs on db takes the rights of mine, other")
            #expect(isForetold == (major >= 16), "until 15 whoever makes roles may become a member of any: \(plan.all)")

            let applied = try await place.home.run("apply", "specs", "--yes")
            #expect(applied.code == 1)
            let owners = try await place.server.query(
                "SELECT datname AS name, datdba::regrole::text AS owner FROM pg_database"
            )
            let found = Dictionary(uniqueKeysWithValues: owners.map { ($0.text("name"), $0.text("owner")) })
            #expect(found["plain"] == "manager" && found["high"] == "manager", "\(found)")
            #expect(found["theirs"] == (major >= 16 ? "other" : "mine"), "\(found)")

            // A role that somebody else made, to be removed.
            try await place.server.run("CREATE ROLE leaver")
            try write("  accounts: [{ name: leaver, state: absent }]\n")
            let removal = try await place.home.run("plan", "specs")
            #expect(
                removal.errors.contains("Removing account leaver on db takes the rights of leaver") == (major >= 16)
            )

            // With what the hint says.
            if major >= 16 { try await place.server.run("GRANT mine, other TO manager WITH ADMIN OPTION") }
            try write("  databases: [{ name: theirs, owner: mine, schemas: [{ name: s, owner: other }] }]\n")
            if let problem = try await place.expectFixedPoint("as the hint says") { Issue.record("\(problem)") }
            if major >= 16 { try await place.server.run("REVOKE mine, other FROM manager") }
        }
    }

    @Test(arguments: PostgresInstallations.majors)
    func `parameters that nobody may set are foretold, and set with what the hint says`(major: Int) async throws {
        try await Self.with(major) { place, write in
            try write(
                "  parameters: { work_mem: 12MB, Log_Min_Duration_Statement: 3s }\n  databases: [{ name: shop }]\n"
            )
            let plan = try await place.home.run("plan", "specs")
            let hint = "GRANT ALTER SYSTEM ON PARAMETER log_min_duration_statement, work_mem TO \"manager\""
            #expect(plan.errors.contains("PGS-069") && plan.errors.contains(hint), "\(plan.all)")
            let applied = try await place.home.run("apply", "specs", "--yes")
            #expect(applied.code == 1 && applied.output.contains("1 failed"), "\(applied.all)")
            let drift = try await place.home.run("drift", "specs")
            #expect(drift.code == 2 && !drift.errors.contains("PGS-069"), "\(drift.all)")

            let reload = "GRANT EXECUTE ON FUNCTION pg_reload_conf() TO \"manager\""
            #expect(plan.errors.contains(reload), "\(plan.all)")
            try await place.server.run("\(hint); \(reload)")
            let granted = try await place.home.run("plan", "specs")
            #expect(!granted.errors.contains("PGS-069"), "\(granted.all)")
            if let problem = try await place.expectFixedPoint("granted") { Issue.record("\(problem)") }
            try write("  databases: [{ name: shop }]\n")
            if let problem = try await place.expectFixedPoint("put back") { Issue.record("\(problem)") }
        }
    }
}
