import TestSupport
import Testing

/// Several pgsteers at work on one server at the same time.
@Suite struct ConcurrencyTests {
    private static let rounds = 50

    @Test func `four applies at a time from four homes never fail, and end as desired`() async throws {
        let major = PostgresInstallations.majors.last ?? 15
        try await ExternalHome.with(major) { place in
            try await place.server.run("CREATE DATABASE shop")
            try await place.server.run(
                "CREATE SCHEMA s; CREATE TABLE s.a (id int); CREATE TABLE s.b (id int)",
                database: "shop"
            )
            for round in 0..<Self.rounds {
                let privileges = round.isMultiple(of: 2) ? "[SELECT, INSERT]" : "[SELECT]"
                try place.home.write(
                    place.instance(
                        """
                          accounts:
                            - { name: readers, login: false, remark: "round \(round)" }
                            - name: bob
                              connectionLimit: \(round)
                              memberships: [readers]
                              grants:
                                - { database: shop, privileges: [CONNECT] }
                                - { database: shop, schema: s, tables: all, privileges: \(privileges) }
                          databases: [{ name: shop, schemas: [s], connectionLimit: \(round) }]

                        """
                    )
                )
                let results = try await withThrowingTaskGroup(of: ProgramResult.self) { group in
                    for number in 0..<4 {
                        let home = place.home.path + "/home-\(number)"
                        group.addTask {
                            try await place.home.run("apply", "specs", "--yes", environment: ["PGSTEER_HOME": home])
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                for result in results { #expect(result.isSuccess, "round \(round): \(result.all)") }
                guard results.allSatisfy(\.isSuccess) else { return }
            }
            for number in 0..<4 {
                let home = place.home.path + "/home-\(number)"
                let plan = try await place.home.run(
                    ["plan", "specs", "--detailed-exitcode"],
                    environment: ["PGSTEER_HOME": home]
                )
                #expect(plan.code == 0, "\(plan.all)")
            }
        }
    }

    @Test func `a second apply in the same home waits as long as it is told to`() async throws {
        try await TemporaryHome.with { home in
            try home.write(LifecycleTests.specification(major: 15))
            async let first = home.run("apply", "specs", "--yes", "--lock-timeout", "60")
            async let second = home.run("apply", "specs", "--yes", "--lock-timeout", "60")
            let results = try await [first, second]
            for result in results { #expect(result.isSuccess, "\(result.all)") }
        }
    }
}
