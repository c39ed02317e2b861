import SQL
import TestSupport
import Testing

/// Accounts that are declared absent go, with what belongs to them in every database.
@Suite struct RemovalTests {
    private func specification(_ place: ExternalHome, _ account: String) -> String {
        place.instance(
            """
              accounts:
                - { name: heir, login: false }
                - \(account)
              databases: [{ name: one }, { name: two }]

            """
        )
    }

    private static let belongings = """
        CREATE TABLE public.mine (id int);
        ALTER TABLE public.mine OWNER TO leaver;
        CREATE TABLE public.other (id int);
        GRANT SELECT ON public.other TO leaver;
        ALTER DEFAULT PRIVILEGES FOR ROLE leaver GRANT SELECT ON TABLES TO heir;

        """

    /// A leaver with things and rights in two databases.
    private func prepare(_ place: ExternalHome) async throws {
        try place.home.write(specification(place, "{ name: leaver, memberships: [heir] }"))
        if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
        for database in ["one", "two"] { try await place.server.run(Self.belongings, database: database) }
    }

    private func roles(_ place: ExternalHome) async throws -> String? {
        try await place.server
            .query(
                "SELECT string_agg(rolname, ' ' ORDER BY rolname) AS names FROM pg_roles WHERE rolname IN ('leaver', 'heir')"
            )
            .first?["names"]
    }

    @Test(arguments: PostgresInstallations.majors)
    func `an account that owns things is kept until the specification says who gets them`(major: Int) async throws {
        try await ExternalHome.with(major) { place in
            try await prepare(place)
            try place.home.write(specification(place, "{ name: leaver, state: absent }"))
            let refused = try await place.home.run("apply", "specs", "--yes")
            #expect(refused.code == 1)
            #expect(refused.errors.contains("PGS-049") && refused.errors.contains("in one"), "\(refused.errors)")
            #expect(refused.errors.contains("specs/fixture.yaml:9:15"), "\(refused.errors)")
            #expect(try await roles(place) == "heir leaver")

            try place.home.write(
                specification(place, "{ name: leaver, state: absent, onRemove: { reassignTo: heir } }")
            )
            let plan = try await place.home.run("plan", "specs")
            #expect(plan.output.contains("which goes to heir"), "\(plan.output)")
            if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
            #expect(try await roles(place) == "heir")
            let owner = try await place.server.query(
                "SELECT tableowner FROM pg_tables WHERE tablename = 'mine'",
                database: "two"
            )
            #expect(owner.first?["tableowner"] == "heir")
        }
    }

    @Test func `what it owns is dropped when the specification says so, and nothing else is`() async throws {
        try await ExternalHome.with(15) { place in
            try await prepare(place)
            try place.home.write(
                specification(place, "{ name: leaver, state: absent, onRemove: { dropOwned: true } }")
            )
            if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
            let tables = try await place.server.query(
                "SELECT string_agg(tablename, ' ') AS names FROM pg_tables WHERE schemaname = 'public'",
                database: "one"
            )
            #expect(tables.first?["names"] == "other")
        }
    }

    @Test func `a removal that was killed goes on where it was`() async throws {
        try await ExternalHome.with(15) { place in
            for number in 1...40 {
                try await prepare(place)
                try place.home.write(
                    specification(
                        place,
                        "{ name: leaver, state: absent, onRemove: { reassignTo: heir, terminateSessions: true } }"
                    )
                )
                let result = try await place.home.run(
                    ["apply", "specs", "--yes"],
                    environment: ["PGSTEER_CRASH_AT": String(number)]
                )
                if let problem = try await place.expectFixedPoint("after a crash at \(number)") {
                    Issue.record("\(problem)")
                }
                #expect(try await roles(place) == "heir", "after a crash at \(number)")
                for database in ["one", "two"] {
                    try await place.server.run("DROP TABLE mine; DROP TABLE other", database: database)
                    try await place.server.run("DROP OWNED BY heir", database: database)
                }
                guard result.wasKilled else { return #expect(number > 4) }
            }
            Issue.record("the removal had more than 40 side effects")
        }
    }

    @Test func `an account that is pruned takes along what its last declaration said`() async throws {
        try await ExternalHome.with(15) { place in
            let account = "{ name: leaver, deletionPolicy: delete, onRemove: { reassignTo: heir } }"
            try place.home.write(specification(place, account))
            if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
            try await place.server.run(Self.belongings, database: "one")
            try place.home.write(specification(place, "{ name: other }"))
            let applied = try await place.home.run("apply", "specs", "--yes", "--prune")
            #expect(applied.isSuccess, "\(applied.all)")
            #expect(try await roles(place) == "heir")
        }
    }

    @Test(arguments: PostgresInstallations.majors.filter { $0 >= 16 })
    func `who loses a membership with the account that gave it is named`(major: Int) async throws {
        try await ExternalHome.with(major) { place in
            try await place.server.run("CREATE ROLE zz1; CREATE ROLE zed; CREATE ROLE zz2; CREATE ROLE zz3")
            try await place.server.run(
                "GRANT zz1 TO zed WITH ADMIN OPTION; GRANT zz1 TO zz3; SET ROLE zed; GRANT zz1 TO zz2; GRANT zz1 TO zz3"
            )
            try place.home.write(place.instance("  accounts: [{ name: zed, state: absent }]\n"))
            let plan = try await place.home.run("plan", "specs")
            #expect(plan.output.contains("is revoked with it: membership in zz1 of zz2"), "\(plan.all)")
            if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
            let left = try await place.server.query(
                "SELECT string_agg(DISTINCT member::regrole::text, ' ') AS names FROM pg_auth_members WHERE roleid = 'zz1'::regrole"
            )
            #expect(left.first?["names"] == "zz3")
        }
    }

    @Test func `what goes with an account and what keeps it are told at once and by name`() async throws {
        try await ExternalHome.with(17) { place in
            try await place.server.run(
                "CREATE ROLE eve LOGIN; CREATE ROLE bob; CREATE DATABASE app; CREATE DATABASE lost"
            )
            try await place.server.run(
                """
                CREATE TABLE public.t (id int); CREATE POLICY only_eve ON public.t TO eve;
                CREATE POLICY for_two ON public.t TO eve, bob; CREATE EXTENSION file_fdw;
                CREATE SERVER far FOREIGN DATA WRAPPER file_fdw; CREATE USER MAPPING FOR eve SERVER far;
                CREATE COLLATION public.c FROM "C"; ALTER COLLATION public.c OWNER TO eve;
                ALTER DEFAULT PRIVILEGES FOR ROLE eve GRANT SELECT ON TABLES TO bob;
                """,
                database: "app"
            )
            try await place.server.run(
                "CREATE TABLE public.t (id int); ALTER TABLE public.t OWNER TO eve",
                database: "lost"
            )
            try await place.server.run("ALTER DATABASE app OWNER TO eve; ALTER DATABASE lost ALLOW_CONNECTIONS false")
            let account = "{ name: eve, state: absent, onRemove: { reassignTo: bob } }"
            try place.home.write(place.instance("  accounts: [\(account), { name: bob }]\n"))
            let closed = try await place.home.run("plan", "specs")
            #expect(closed.code == 1 && closed.errors.contains("PGS-049"), "\(closed.all)")
            #expect(closed.errors.contains("in lost, which takes no connections"), "\(closed.errors)")
            #expect(closed.errors.contains("help: write onRemove: { terminateSessions: true }"), "\(closed.errors)")

            try await place.server.run("ALTER DATABASE lost ALLOW_CONNECTIONS true")
            let plan = try await place.home.run("plan", "specs")
            for text in [
                "policy only_eve on table public.t", "its place in policy for_two on table public.t",
                "user mapping for eve on server far", "1 collation in app", "database app",
                "default privileges for what it makes in app are dropped",
            ] { #expect(plan.output.contains(text), "\(text): \(plan.all)") }
            if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
        }
    }
}
