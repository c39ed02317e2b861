import SQL
import TestSupport
import Testing

/// The program kills itself right before its n-th side effect, for every n; the next run makes everything good.
@Suite struct CrashTests {
    private static let limit = 200

    private func specification(_ changes: (String) -> String = { $0 }) -> String {
        changes(LifecycleTests.specification(major: 15))
    }

    /// Runs a command with a crash at 1, 2, 3, ... until it is through, and a check after each crash.
    private func sweep(
        _ home: TemporaryHome,
        _ arguments: [String],
        afterCrash check: (Int) async throws -> Void
    ) async throws {
        for number in 1...Self.limit {
            let result = try await home.run(arguments, environment: ["PGSTEER_CRASH_AT": String(number)])
            guard result.wasKilled else {
                #expect(result.isSuccess, "\(result.errors)")
                #expect(number > 2, "the command had hardly any side effect, so the sweep shows nothing")
                return
            }
            try await check(number)
        }
        Issue.record("the command had more than \(Self.limit) side effects")
    }

    private func expectConverges(_ home: TemporaryHome, after number: Int) async throws {
        let applied = try await home.run("apply", "specs", "--yes")
        #expect(applied.isSuccess, "after a crash at \(number): \(applied.errors)")
        let plan = try await home.run("plan", "specs", "--detailed-exitcode")
        #expect(plan.code == 0, "after a crash at \(number): \(plan.output)\(plan.errors)")
    }

    @Test func `what a killed run gave is taken back when no line asks for it any more`() async throws {
        try await ExternalHome.with(15) { place in
            try await place.server.run("CREATE ROLE grp; CREATE ROLE app LOGIN")
            let nothing = place.instance("  accounts: [{ name: app }]\n")
            let everything = place.instance(
                """
                  accounts:
                    - name: app
                      memberships: [grp]
                      settings: { work_mem: 8MB }
                      databaseSettings: { postgres: { work_mem: 9MB } }
                      grants: [{ database: postgres, schema: public, privileges: CREATE }]

                """
            )
            try await place.crashing(everything, then: nothing, after: 6) { number in
                let left = try await place.server.query(
                    """
                    SELECT (SELECT count(*) FROM pg_auth_members WHERE member = 'app'::regrole)
                        + (SELECT count(*) FROM pg_db_role_setting WHERE setrole = 'app'::regrole)
                        + (SELECT count(*) FROM pg_namespace WHERE nspacl::text LIKE '%app=%') AS n
                    """
                )
                #expect(left.first?.integer("n") == 0, "after a crash at \(number)")
            }
        }
    }

    private func expectNothingLeft(_ home: TemporaryHome, after number: Int) {
        #expect(home.processes == [], "after a crash at \(number)")
        #expect(home.leftovers == [], "after a crash at \(number)")
    }

    @Test func `creation converges after a crash at every side effect`() async throws {
        try await TemporaryHome.with { home in
            try home.write(specification())
            try await sweep(home, ["apply", "specs", "--yes"]) { number in
                try await expectConverges(home, after: number)
                let destroyed = try await home.run("destroy", "orders", "orders")
                #expect(destroyed.isSuccess, "after a crash at \(number): \(destroyed.errors)")
                expectNothingLeft(home, after: number)
            }
        }
    }

    @Test func `a creation that was interrupted can be destroyed without finishing it`() async throws {
        try await TemporaryHome.with { home in
            try home.write(specification())
            try await sweep(home, ["apply", "specs", "--yes"]) { number in
                let there = try await home.run("get", "instances", "-o", "name").output
                if there == "orders\n" {
                    let destroyed = try await home.run("destroy", "orders", "orders")
                    #expect(destroyed.isSuccess, "after a crash at \(number): \(destroyed.errors)")
                }
                #expect(home.processes == [], "after a crash at \(number)")
            }
        }
    }

    @Test func `reconfiguration and account changes converge after a crash at every side effect`() async throws {
        let changed = specification {
            $0.replacing("work_mem: 8MB", with: "max_connections: 50")
                .replacing("connectionLimit: 5", with: "connectionLimit: 6")
                .replacing("memberships: [app, pg_read_all_data]", with: "memberships: [pg_monitor], remark: changed")
                .replacing("env: APP_PASSWORD", with: "env: OTHER_PASSWORD")
                .replacing("owner: boss, connectionLimit: 3", with: "owner: app, remark: moved")
                .replacing("env: test", with: "env: prod")
        }
        try await TemporaryHome.with { home in
            try home.write(specification())
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            try home.write(changed)
            try await sweep(home, ["apply", "specs", "--yes"]) { number in
                try await expectConverges(home, after: number)
                try home.write(specification())
                try await expectConverges(home, after: number)
                try home.write(changed)
            }
        }
    }

    @Test func `destruction is finished by the next one after a crash at every side effect`() async throws {
        try await TemporaryHome.with { home in
            try home.write(specification())
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            try await sweep(home, ["destroy", "orders", "orders"]) { number in
                if try await home.run("get", "instances", "-o", "name").output == "orders\n" {
                    let destroyed = try await home.run("destroy", "orders", "orders")
                    #expect(destroyed.isSuccess, "after a crash at \(number): \(destroyed.errors)")
                }
                #expect(home.processes == [], "after a crash at \(number)")
                try await expectConverges(home, after: number)
            }
            expectNothingLeft(home, after: 0)
        }
    }

    @Test func `an instance whose removal was interrupted is made anew when it is declared`() async throws {
        try await TemporaryHome.with { home in
            try home.write(specification())
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            try await sweep(home, ["destroy", "orders", "orders"]) { number in
                try await expectConverges(home, after: number)
            }
        }
    }
}

extension TemporaryHome {
    /// What stands in the home besides the history and the locks.
    var leftovers: [String] {
        files.filter { !$0.hasPrefix("history.sqlite") && !$0.hasPrefix("lock") && $0 != "instances" }
    }
}
