import SQL
import TestSupport
import Testing

/// Memberships that somebody else gave, or that PostgreSQL gives by itself.
@Suite struct MembershipTests {
    @Test(arguments: PostgresInstallations.majors.filter { $0 >= 16 })
    func `the creator of a role can be made a member of it`(major: Int) async throws {
        try await ExternalHome.with(major) { place in
            try await place.server.run("CREATE ROLE maker CREATEROLE; SET ROLE maker; CREATE ROLE made")
            try place.home.write(place.instance("  accounts: [{ name: maker, memberships: [made] }]\n"))
            if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
            let member = try await place.server.query("SELECT pg_has_role('maker', 'made', 'SET') AS is_member")
            #expect(member.first?.isTrue("is_member") == true)
        }
    }

    @Test(arguments: PostgresInstallations.majors)
    func `an account with exact memberships keeps none that another role gave`(major: Int) async throws {
        try await ExternalHome.with(major) { place in
            try await place.server.run(
                "CREATE ROLE app; CREATE ROLE grp; CREATE ROLE giver; GRANT grp TO giver WITH ADMIN OPTION"
            )
            try await place.server.run("SET ROLE giver; GRANT grp TO app")
            try place.home.write(place.instance("  accounts: [{ name: app, grantMode: exact }]\n"))
            if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
            let members = try await place.server.query(
                "SELECT count(*) AS n FROM pg_auth_members WHERE member = 'app'::regrole"
            )
            #expect(members.first?.integer("n") == 0)
        }
    }
}
