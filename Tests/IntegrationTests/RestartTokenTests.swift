import PostgresClient
import SQL
import TestSupport
import Testing

@Suite struct RestartTokenTests {
    private static func specification(token: String?, extra: String = "") -> String {
        """
        apiVersion: pgsteer/v1
        kind: Instance
        metadata: { name: orders }
        spec:
          version: 15
          size: { cpu: 1, memory: 64MiB }
          protection: { deletion: false }
        \(token.map { "  restartToken: \($0)\n" } ?? "")\(extra)
        """
    }

    private func starts(_ home: TemporaryHome) -> Int {
        home.log(of: "orders").split(separator: "\n").count { $0.contains("LOG:  starting PostgreSQL") }
    }

    @Test func `a changed token asks for one restart, a changed size for what its parameters need`() async throws {
        try await TemporaryHome.with { home in
            try home.write(Self.specification(token: "one"))
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            #expect(starts(home) == 1)
            #expect(try await home.run("plan", "specs", "--detailed-exitcode").code == 0)

            try home.write(Self.specification(token: "two"))
            let plan = try await home.run("plan", "specs")
            #expect(plan.output.contains("restartToken  one -> two  [restart]"), "\(plan.output)")
            #expect(try await home.run("drift", "specs").code == 0)
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            #expect(starts(home) == 2)
            #expect(try await home.run("plan", "specs", "--detailed-exitcode").code == 0)

            // A parameter that needs a restart, and a token: one restart for both.
            try home.write(Self.specification(token: "three", extra: "  parameters: { max_connections: 77 }"))
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            #expect(starts(home) == 3)
            let text = Self.specification(token: nil, extra: "  parameters: { max_connections: 77 }")
            try home.write(text)
            #expect(try await home.run("plan", "specs", "--detailed-exitcode").code == 0)

            // Storage is read without a restart, memory is not.
            try home.write(text.replacing("64MiB", with: "64MiB, storage: 20GiB"))
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            #expect(starts(home) == 3)
            #expect(try await home.query("SHOW max_wal_size", on: "orders").first?["max_wal_size"] == "2GB")
            try home.write(text.replacing("64MiB", with: "128MiB, storage: 20GiB"))
            let larger = try await home.run("plan", "specs")
            #expect(larger.output.contains("parameters.shared_buffers"), "\(larger.output)")
            #expect(larger.output.contains("restart orders for shared_buffers"), "\(larger.output)")
        }
    }

    @Test func `what somebody else had set comes into force with a restart, and is not the run's in the history`()
        async throws
    {
        try await TemporaryHome.with { home in
            try home.write(Self.specification(token: "one"))
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            try await home.execute("ALTER SYSTEM SET max_locks_per_transaction TO 80", on: "orders")
            try await home.execute("SELECT pg_reload_conf()", on: "orders")
            try home.write(Self.specification(token: "two", extra: "  parameters: { max_connections: 77 }"))
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            func whose(_ parameter: String) async throws -> String {
                let result = try await home.run("history", "--parameter", parameter, "-o", "json")
                let last = result.output.firstMatch(of: #/"isByOthers" : (true|false)/#)
                return last.map { String($0.1) } ?? result.all
            }
            #expect(try await whose("max_locks_per_transaction") == "true")
            #expect(try await whose("max_connections") == "false")
            let table = try await home.run("history", "--parameter", "max_locks_per_transaction").output
            #expect(table.contains("somebody else"), "\(table)")
        }
    }

    @Test func `a restart tells the sessions and transactions that it closes, and what it leaves`() async throws {
        try await TemporaryHome.with { home in
            let extra = "  parameters: { max_prepared_transactions: 5 }"
            try home.write(Self.specification(token: "one", extra: extra))
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            try await home.connect("orders") { connection in
                for statement in ["BEGIN", "CREATE TABLE public.t ()", "PREPARE TRANSACTION 'order\u{1b}17'"]
                    as [Statement]
                {
                    try await connection.execute(statement)
                }
            }
            let closed =
                #/orders has 1 session now: 1 of postgres in postgres \(test; 1 in a transaction for \d+\.\ds\)/#
            let left =
                #/orders has 1 prepared transaction, which a restart leaves with all locks: "order\\u\{1b\}17" of postgres in postgres/#
            let restarted = try await home.connect("orders") { connection in
                _ = try await connection.query("BEGIN")
                _ = try await connection.query("SELECT 1")
                try home.write(Self.specification(token: "two", extra: extra))
                let plan = try await home.run("plan", "specs").output
                #expect(plan.contains(closed) && plan.contains(left), "\(plan)")
                let json = try await home.run("plan", "specs", "-o", "json").output
                #expect(
                    json.contains("\"openTransactions\" : 1") && json.contains("\"preparedTransactions\""),
                    "\(json)"
                )
                return try await home.run("restart", "orders")
            }
            #expect(restarted.isSuccess && restarted.output == "Restarted 1 of 1 instances.\n", "\(restarted.all)")
            #expect(restarted.errors.contains(closed) && restarted.errors.contains(left), "\(restarted.errors)")
            let lines = try await home.run("restart", "orders", "--log-format", "json").errors
            #expect(lines.contains("\"event\":\"closes\"") && lines.contains("order\\u001b17"), "\(lines)")
            #expect(try await home.query("SELECT gid FROM pg_prepared_xacts", on: "orders").count == 1)
        }
    }

    @Test func `a run that is killed anywhere restarts once all the same`() async throws {
        try await TemporaryHome.with { home in
            try home.write(Self.specification(token: "first"))
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            for number in 1...40 {
                try home.write(Self.specification(token: "t\(number)"))
                let result = try await home.run(
                    ["apply", "specs", "--yes"],
                    environment: ["PGSTEER_CRASH_AT": String(number)]
                )
                let applied = try await home.run("apply", "specs", "--yes")
                #expect(applied.isSuccess, "after a crash at \(number): \(applied.errors)")
                #expect(
                    try await home.run("plan", "specs", "--detailed-exitcode").code == 0,
                    "after a crash at \(number)"
                )
                #expect(starts(home) == number + 1, "after a crash at \(number)")
                guard result.wasKilled else { return #expect(number > 4) }
            }
            Issue.record("the command had more than 40 side effects")
        }
    }
}
