import SQL
import TestSupport
import Testing

/// drift tells what others changed, only reads, and lets be what the specification says to let be.
@Suite struct DriftTests {
    private func specification(_ place: ExternalHome, uri: String? = nil, extra: String = "") -> String {
        place.instance(
            """
              accounts:
                - { name: app, connectionLimit: 5, remark: ours, grants: [{ database: shop, schema: s, tables: all, privileges: [SELECT] }] }
                - { name: bob, createdb: true }
              databases: [{ name: shop, schemas: [s] }]
            \(extra)
            """
        )
        .replacing(place.server.uri, with: uri ?? place.server.uri)
    }

    private func prepare(_ place: ExternalHome) async throws {
        try place.home.write(specification(place))
        if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
        try await place.server.run("CREATE TABLE s.t (id int)", database: "shop")
        if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
    }

    @Test(arguments: PostgresInstallations.majors)
    func `a role that cannot write gets the same answer, and the server's log shows no write`(major: Int) async throws {
        try await ExternalHome.with(major) { place in
            try await prepare(place)
            #expect(try await place.home.run("drift", "specs").code == 0)
            try await place.server.run(
                """
                CREATE ROLE watcher LOGIN;
                ALTER ROLE watcher SET default_transaction_read_only = on;
                ALTER ROLE app CONNECTION LIMIT 99;
                ALTER ROLE bob NOCREATEDB;
                """
            )
            try await place.server.run("REVOKE SELECT ON s.t FROM app", database: "shop")
            let offset = place.server.log.utf8.count
            let asOwner = try await place.home.run("drift", "specs", "-o", "json")
            #expect(asOwner.code == 2)
            let uri = place.server.uri.replacing("postgres@", with: "watcher@")
            try place.home.write(specification(place, uri: uri))
            let asWatcher = try await place.home.run("drift", "specs", "-o", "json")
            #expect(asWatcher.code == 2, "\(asWatcher.all)")
            // Why nobody is named depends on what a role may see; nothing else does.
            let answers = [asWatcher, asOwner].map { $0.output.components(beforeKey: "untold") }
            #expect(answers[0] == answers[1] && answers[0].count < asOwner.output.count)
            for name in ["connectionLimit", "createdb", "app: table s.t"] {
                #expect(asOwner.output.contains("\"attribute\" : \"\(name)\""), "\(asOwner.output)")
            }
            let log = String(decoding: place.server.log.utf8.dropFirst(offset), as: UTF8.self)
            #expect(WriteStatements.inLog(log) == [])
            #expect(log.contains("default_transaction_read_only TO on"), "every session only reads")
        }
    }

    @Test func `what the specification asks for since the last apply is told apart`() async throws {
        try await ExternalHome.with(15) { place in
            try await prepare(place)
            try place.home.write(
                specification(place).replacing("remark: ours", with: "remark: changed")
            )
            let pending = try await place.home.run("drift", "specs")
            #expect(pending.code == 0, "\(pending.all)")
            #expect(pending.output.contains("not applied yet: Account/db/app"), "\(pending.output)")
            // Another attribute of the same account drifts all the same.
            try await place.server.run("ALTER ROLE app CONNECTION LIMIT 99")
            let both = try await place.home.run("drift", "specs")
            #expect(both.code == 2)
            #expect(both.output.contains("connectionLimit  5 was left, 99 is found"), "\(both.output)")
        }
    }

    @Test func `drift that is known is let be until its time, whichever form it is told in`() async throws {
        try await ExternalHome.with(15) { place in
            try await prepare(place)
            try await place.server.run("ALTER ROLE app CONNECTION LIMIT 99")
            func extra(_ until: String) -> String {
                "  drift: { ignore: [{ resource: Account/app, attributes: connectionLimit, reason: load test, until: \(until) }] }"
            }
            try place.home.write(specification(place, extra: extra("2999-01-01T00:00:00Z")))
            let known = try await place.home.run("drift", "specs")
            #expect(known.code == 0, "\(known.all)")
            #expect(known.output.contains("because load test"))
            let markdown = try await place.home.run("drift", "specs", "-o", "markdown")
            #expect(markdown.output.contains("- let be: Account/db/app connectionLimit, because load test\n"))

            try place.home.write(specification(place, extra: extra("2020-01-01T00:00:00Z")))
            for (format, mark) in [
                ("text", "99 is found"), ("markdown", "| Account/db/app | connectionLimit |"),
                ("github", "::warning file=specs/fixture.yaml"), ("sarif", "\"ruleId\" : \"PGS-060\""),
            ] {
                let expired = try await place.home.run("drift", "specs", "-o", format)
                #expect(expired.code == 2)
                #expect(expired.output.contains(mark), "\(expired.output)")
                #expect(expired.errors.contains("PGS-052"), "\(expired.errors)")
            }
        }
    }

    @Test func `who did it is told where the server logs statements, and no secret is`() async throws {
        try await TemporaryHome.with { home in
            try home.write(LifecycleTests.specification(major: 15))
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            try await home.execute("ALTER ROLE app PASSWORD 'Hand-made-1-secret'", on: "orders")
            let drift = try await home.run("drift", "specs")
            #expect(drift.code == 2)
            #expect(drift.output.contains("by postgres in postgres (test) at "), "\(drift.output)")
            #expect(drift.output.contains("ALTER ROLE app PASSWORD ..."), "\(drift.output)")
            #expect(!drift.all.contains("Hand-made"))
        }
    }
}

extension String {
    /// What stands before a key of a JSON document.
    fileprivate func components(beforeKey key: String) -> Substring {
        firstRange(of: "\"\(key)\"").map { self[..<$0.lowerBound] } ?? self[...]
    }
}
