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
}
