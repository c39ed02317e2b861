import SQL
import TestSupport
import Testing

/// Parameters that no module of the server knows are compared, put right and put back like all others.
@Suite struct CustomParameterTests {
    private func specification(_ parameters: String) -> String {
        RunTests.specification("orders", extra: "  parameters: { \(parameters) }")
    }

    @Test func `a custom parameter is set once, its drift is found, and it is put back`() async throws {
        try await TemporaryHome.with { home in
            func value() async throws -> String? {
                try await home.query("SELECT current_setting('app.Tenant', true) AS value", on: "orders").first?[
                    "value"
                ]
            }
            try home.write(specification("app.Tenant: \"it's x\", app.size: 8MB"))
            let applied = try await home.run("apply", "specs", "--yes")
            #expect(applied.isSuccess, "\(applied.errors)")
            #expect(try await home.run("plan", "specs", "--detailed-exitcode").code == 0)
            #expect(try await value() == "it's x")

            try await home.execute("ALTER SYSTEM SET app.tenant = 'other'", on: "orders")
            try await home.execute("SELECT pg_reload_conf()", on: "orders")
            let drift = try await home.run("drift", "specs")
            #expect(drift.code == 2 && drift.output.contains("app.Tenant"), "\(drift.output)")
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            #expect(try await value() == "it's x")

            try home.write(specification("app.size: 8MB"))
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            #expect(try await home.run("plan", "specs", "--detailed-exitcode").code == 0)
            // A server that has known a parameter knows it until it restarts, without a value.
            #expect(try await (value() ?? "").isEmpty)
        }
    }

    @Test(.enabled(if: PostgresInstallations.majors.contains(18)))
    func `passwords that need more iterations are in the plan that asks for more`() async throws {
        try await TemporaryHome.with { home in
            func text(_ parameters: String) -> String {
                specification(parameters).replacing("version: 15", with: "version: 18")
                    + "\n  accounts: [{ name: app, passwordFrom: { env: APP_PASSWORD } }]"
            }
            try home.write(text("work_mem: 8MB"))
            let applied = try await home.run("apply", "specs", "--yes")
            #expect(applied.isSuccess, "\(applied.errors)")
            try home.write(text("work_mem: 8MB, scram_iterations: 9000"))
            let plan = try await home.run("plan", "specs")
            #expect(
                plan.output.contains("4096 iterations") && plan.output.contains("9000 iterations"),
                "\(plan.output)"
            )
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            #expect(try await home.run("plan", "specs", "--detailed-exitcode").code == 0)
            // What our own role was given says nothing of the server.
            try await home.execute("ALTER ROLE postgres SET scram_iterations = 30000", on: "orders")
            #expect(try await home.run("plan", "specs", "--detailed-exitcode").code == 0)
        }
    }
}
