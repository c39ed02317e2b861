import SQL
import TestSupport
import Testing

/// Servers that exist without pgsteer, reached by somebody who may not read everything.
@Suite struct ExternalServerTests {
    private static let strict = "local all app scram-sha-256\nlocal all all trust\n"

    @Test(arguments: PostgresInstallations.majors)
    func `a password that cannot be read is tried by logging in`(major: Int) async throws {
        try await ExternalHome.with(major) { place in
            try await place.server.run("CREATE ROLE manager LOGIN CREATEROLE")
            try await place.server.authenticate(by: Self.strict)
            let account = "  accounts: [{ name: app, passwordFrom: { env: APP_PASSWORD } }]\n"
            try place.home.write(
                place.instance(account).replacing(place.server.uri, with: place.server.uri(of: "manager"))
            )
            if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
            let accepted = try await place.home.run("plan", "specs", "--detailed-exitcode")
            #expect(accepted.code == 0)
            #expect(accepted.errors.contains("PGS-048") && accepted.errors.contains("accepted"), "\(accepted.errors)")

            let rotated = ["APP_PASSWORD": "R0tated!-and-long"]
            let refused = try await place.home.run(["plan", "specs", "--detailed-exitcode"], environment: rotated)
            #expect(refused.code == 2)
            #expect(refused.output.contains("change account app on db: password"), "\(refused.output)")
            #expect(refused.errors.contains("refused when logging in"), "\(refused.errors)")
            if let problem = try await place.expectFixedPoint("rotated", environment: rotated) {
                Issue.record("\(problem)")
            }

            // Why a role cannot be tried, or a refusal says nothing, is told.
            for (change, reason) in [
                ("NOLOGIN", "the role may not log in (NOLOGIN)"), ("LOGIN CONNECTION LIMIT 0", "(CONNECTION LIMIT 0)"),
                ("CONNECTION LIMIT -1 VALID UNTIL '2020-01-01'", "which says nothing of it: since 2020-01-01"),
            ] {
                try await place.server.run("ALTER ROLE app \(change)")
                let doubtful = try await place.home.run(["plan", "specs"], environment: rotated)
                #expect(doubtful.errors.contains(reason), "\(doubtful.all)")
            }
            try await place.server.run("ALTER ROLE app VALID UNTIL 'infinity'")

            // Who is let in without being asked for a password has not shown that it is right.
            try await place.server.authenticate(by: "local all all trust\n")
            let trusted = try await place.home.run("plan", "specs", "--detailed-exitcode")
            #expect(trusted.code == 0)
            #expect(trusted.errors.contains("could not be tried"), "\(trusted.errors)")
        }
    }

    @Test func `a parameter that needs a restart is written once and waits`() async throws {
        try await ExternalHome.with(15) { place in
            try place.home.write(place.instance("  parameters: { max_connections: 60 }\n"))
            let plan = try await place.home.run("plan", "specs", "--detailed-exitcode")
            #expect(plan.code == 2)
            #expect(!plan.errors.contains("PGS-051"), "\(plan.errors)")
            if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
            let waiting = try await place.home.run("plan", "specs")
            #expect(waiting.errors.contains("PGS-051"), "\(waiting.all)")
            let shown = try await place.server.query("SHOW max_connections").first?["max_connections"]
            #expect(shown == "50", "nobody restarted it")

            // Somebody writes another value for the next restart: only the server's files tell.
            try await place.server.run("ALTER SYSTEM SET max_connections = 70; SELECT pg_reload_conf()")
            let changed = try await place.home.run("plan", "specs", "--detailed-exitcode")
            #expect(changed.code == 2)
            #expect(changed.output.contains("50, 70 after the next restart -> 60"), "\(changed.output)")
            if let problem = try await place.expectFixedPoint("changed again") { Issue.record("\(problem)") }

            // What waits is taken back, and so is what the server runs with.
            try place.home.write(place.instance(""))
            if let problem = try await place.expectFixedPoint("taken out") { Issue.record("\(problem)") }
            try await place.server.run("ALTER SYSTEM SET max_connections = 60")
            try await place.server.restart()
            try place.home.write(place.instance("  parameters: { max_connections: 60 }\n"))
            if let problem = try await place.expectFixedPoint("as it runs") { Issue.record("\(problem)") }
            try place.home.write(place.instance(""))
            if let problem = try await place.expectFixedPoint("put back") { Issue.record("\(problem)") }
            let history = try await place.home.run("history", "--parameter", "max_connections").output
            #expect(history.contains(#/60 +50\s/#) && history.contains(#/50 +60\s/#), "\(history)")
            let left = try await place.home.run("plan", "specs")
            #expect(left.errors.contains("is put back and waits for a restart"), "\(left.all)")
            try await place.server.restart()
            let done = try await place.home.run("plan", "specs", "--detailed-exitcode")
            #expect(done.code == 0 && !done.errors.contains("PGS-051"), "\(done.all)")
        }
    }

    @Test(arguments: PostgresInstallations.majors)
    func `an empty list of libraries leaves a server that can be connected to`(major: Int) async throws {
        try await ExternalHome.with(major) { place in
            for libraries in ["plpgsql", "[]"] {
                let parameters = "{ session_preload_libraries: \(libraries), shared_preload_libraries: \(libraries) }"
                try place.home.write(place.instance("  parameters: \(parameters)\n"))
                if let problem = try await place.expectFixedPoint(libraries) { Issue.record("\(problem)") }
                try await place.server.restart()
                let shown = try await place.server.query("SHOW session_preload_libraries").first
                #expect(shown?["session_preload_libraries"] == (libraries == "[]" ? "" : libraries))
            }
        }
    }

    @Test func `parameters diff shows those in which two servers differ, and no others`() async throws {
        try await ExternalHome.with(15) { first in
            try await ScratchServer.with(15) { second in
                try await second.run("ALTER SYSTEM SET work_mem = '64MB'; SELECT pg_reload_conf()")
                let other = first.instance("").replacing("name: db", with: "name: other")
                    .replacing(first.server.uri, with: second.uri)
                try first.home.write(first.instance("") + "---\n" + other)
                let table = try await first.home.run("parameters", "diff", "db", "other")
                #expect(table.isSuccess, "\(table.errors)")
                let lines = table.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
                #expect(lines == [["PARAMETER", "DB", "OTHER"], ["work_mem", "4MB", "64MB"]], "\(table.output)")
                let yaml = try await first.home.run("parameters", "diff", "db", "other", "-o", "yaml").output
                #expect(yaml.contains("name: work_mem") && yaml.contains("second: \"64MB\""), "\(yaml)")
                let same = try await first.home.run("parameters", "diff", "db", "db")
                #expect(same.errors.contains("have the same parameters"), "\(same.all)")
            }
        }
    }

    @Test func `a role that can more than any document gives is told`() async throws {
        try await ExternalHome.with(15) { place in
            try await place.server.run("CREATE ROLE app BYPASSRLS REPLICATION")
            try place.home.write(place.instance("  accounts: [{ name: app, validUntil: 2020-01-31T00:00:00Z }]\n"))
            let plan = try await place.home.run("plan", "specs")
            #expect(plan.errors.contains("may replicate, bypasses row-level security"), "\(plan.errors)")
            #expect(plan.errors.contains("PGS-050") && plan.errors.contains("PGS-047"), "\(plan.errors)")
        }
    }

    @Test func `names that others chose cannot write on the terminal`() async throws {
        try await ExternalHome.with(15) { place in
            try await place.server.run("CREATE ROLE \"ok\u{1B}[2K\nNothing to do\"")
            try place.home.write(place.instance(""))
            for words in [["plan", "specs", "--show-unmanaged"], ["get", "accounts"]] {
                let result = try await place.home.run(words)
                #expect(result.isSuccess, "\(result.errors)")
                #expect(result.output.contains(#"ok\u{1b}[2K\u{a}Nothing to do"#), "\(words): \(result.output)")
                #expect(!result.all.unicodeScalars.contains("\u{1B}"), "\(words)")
            }
        }
    }
}
