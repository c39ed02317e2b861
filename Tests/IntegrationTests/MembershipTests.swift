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

    /// zed has zz1 and has given it to zz2, who gave it to zz3.
    private func prepareChain(_ place: ExternalHome) async throws {
        try await place.server.run(
            "CREATE ROLE zz1; CREATE ROLE zed; CREATE ROLE zz2; CREATE ROLE zz3; GRANT zz1 TO zed WITH ADMIN OPTION"
        )
        try await place.server.run("SET ROLE zed; GRANT zz1 TO zz2 WITH ADMIN OPTION; SET ROLE zz2; GRANT zz1 TO zz3")
    }

    private func members(_ place: ExternalHome) async throws -> String? {
        try await place.server
            .query(
                "SELECT string_agg(member::regrole::text, ' ' ORDER BY 1) AS names FROM (SELECT DISTINCT member FROM pg_auth_members WHERE roleid = 'zz1'::regrole) m"
            )
            .first?["names"]
    }

    @Test(
        arguments: PostgresInstallations.majors.filter { $0 >= 16 },
        ["", ", memberships: [{ role: zz1, admin: false }]"]
    )
    func `a membership that was passed on is taken away only when the account says so`(
        major: Int,
        memberships: String
    ) async throws {
        try await ExternalHome.with(major) { place in
            try await prepareChain(place)
            try place.home.write(place.instance("  accounts: [{ name: zed, grantMode: exact\(memberships) }]\n"))
            let refused = try await place.home.run("plan", "specs")
            #expect(refused.code == 1 && refused.errors.contains("PGS-053"), "\(refused.all)")
            #expect(refused.errors.contains("passed it on to zz2, zz3"), "\(refused.errors)")

            let word = "grantMode: exact, passedOn: revoke\(memberships)"
            try place.home.write(place.instance("  accounts: [{ name: zed, \(word) }]\n"))
            let plan = try await place.home.run("plan", "specs")
            for role in ["zz2", "zz3"] { #expect(plan.output.contains("\(role): memberships.zz1"), "\(plan.all)") }
            if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
            #expect(try await members(place) == (memberships.isEmpty ? nil : "zed"))
        }
    }

    @Test(arguments: PostgresInstallations.majors.filter { $0 >= 16 })
    func `whom a document makes a member keeps what somebody else has passed on`(major: Int) async throws {
        try await ExternalHome.with(major) { place in
            try await prepareChain(place)
            try place.home.write(
                place.instance("  accounts: [{ name: zed, grantMode: exact }, { name: zz2, memberships: [zz1] }]\n")
            )
            if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
            #expect(try await members(place) == "zz2 zz3")
        }
    }

    @Test(arguments: PostgresInstallations.majors.filter { $0 >= 16 }, ["keep", "revoke"])
    func `who is a member twice may do afterwards what it might before`(major: Int, passedOn: String) async throws {
        try await ExternalHome.with(major) { place in
            try await place.server.run("CREATE ROLE grp; CREATE ROLE lead; CREATE ROLE clerk; CREATE ROLE other")
            func write(_ admin: Bool) throws {
                let lead = "{ name: lead, passedOn: \(passedOn), memberships: [{ role: grp, admin: \(admin) }] }"
                try place.home.write(
                    place.instance("  accounts: [\(lead), { name: clerk, memberships: [grp] }, { name: grp }]\n")
                )
            }
            try write(true)
            if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
            try await place.server.run(
                """
                GRANT grp TO other; SET ROLE lead; GRANT grp TO clerk WITH ADMIN TRUE, INHERIT FALSE;
                GRANT grp TO other WITH ADMIN TRUE
                """
            )
            try write(false)
            let plan = try await place.home.run("plan", "specs")
            if passedOn == "keep" {
                #expect(plan.code == 1 && plan.errors.contains("passed it on to other."), "\(plan.all)")
                return
            }
            #expect(plan.output.contains("other: memberships.grp.admin  true through lead -> false"), "\(plan.all)")
            if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
            let rights = try await place.server.query(
                """
                SELECT string_agg(DISTINCT member::regrole::text || ' ' || admin_option || ' ' || inherit_option, ', ') AS rights
                FROM pg_auth_members WHERE roleid = 'grp'::regrole
                """
            )
            #expect(rights.first?["rights"] == "clerk true true, lead false true, other false true")
        }
    }

    @Test(arguments: PostgresInstallations.majors.filter { $0 >= 16 }, ["tracked", "exact"])
    func `accounts that lose a membership together do not hold each other up`(major: Int, mode: String) async throws {
        try await ExternalHome.with(major) { place in
            try await prepareChain(place)
            func write(_ memberships: String, _ names: [String]) throws {
                let accounts = names.map { "{ name: \($0), grantMode: \(mode), memberships: [\(memberships)] }" }
                try place.home.write(place.instance("  accounts: [\(accounts.joined(separator: ", "))]\n"))
            }
            // What is there already is remembered as declared.
            try write("zz1", ["zed", "zz2", "zz3"])
            if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
            try write("", ["zed", "zz2", "zz3"])
            if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
            #expect(try await members(place) == nil)
        }
    }

    @Test(arguments: PostgresInstallations.majors.filter { $0 >= 16 })
    func `whom a document makes a member stays one when who gave it is removed`(major: Int) async throws {
        try await ExternalHome.with(major) { place in
            try await prepareChain(place)
            let accounts = "{ name: zed, state: absent }, { name: zz2, memberships: [zz1] }"
            try place.home.write(place.instance("  accounts: [\(accounts)]\n"))
            let plan = try await place.home.run("plan", "specs")
            #expect(plan.isSuccess && !plan.output.contains("zz1 of zz2"), "\(plan.all)")
            if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
            #expect(try await members(place) == "zz2 zz3")
        }
    }
}
