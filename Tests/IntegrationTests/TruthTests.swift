import PostgresClient
import SQL
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What others do to a server is found, named and put right; what is not managed is left alone.
@Suite struct TruthTests {
    @Test func `changes behind its back are found, named and put right`() async throws {
        try await TemporaryHome.with { home in
            try home.write(LifecycleTests.specification(major: 15))
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            let mutations: [(Statement, String)] = [
                ("ALTER ROLE app CONNECTION LIMIT 99", "connectionLimit"),
                ("ALTER ROLE app PASSWORD 'other'", "password"),
                ("ALTER ROLE app PASSWORD NULL", "password"),
                ("ALTER ROLE app VALID UNTIL 'infinity'", "validUntil"),
                ("ALTER ROLE boss NOCREATEDB", "createdb"),
                ("ALTER ROLE reporter LOGIN", "login"),
                ("COMMENT ON ROLE app IS 'x'", "remark"),
                ("REVOKE pg_read_all_data FROM reporter", "memberships.pg_read_all_data"),
                ("ALTER DATABASE shop OWNER TO boss", "owner"),
                ("DROP DATABASE shop", "create Database/orders/shop"),
                ("ALTER SYSTEM SET work_mem = '99MB'", "parameters.work_mem"),
            ]
            for (mutation, name) in mutations {
                try await home.execute(mutation, on: "orders")
                _ = try await home.query("SELECT pg_reload_conf()", on: "orders")
                try await Task.sleep(for: .milliseconds(100))
                let plan = try await home.run("plan", "specs", "--detailed-exitcode")
                #expect(plan.code == 2, "\(mutation)")
                #expect(plan.output.contains(name), "\(mutation): \(plan.output)")
                #expect(try await home.run("apply", "specs", "--yes").isSuccess)
                let after = try await home.run("plan", "specs", "--detailed-exitcode")
                #expect(after.code == 0, "\(mutation): \(after.output)")
            }
        }
    }

    @Test func `what nobody declared is left alone, and listed when asked for`() async throws {
        try await TemporaryHome.with { home in
            try home.write(LifecycleTests.specification(major: 15))
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            try await home.execute("CREATE ROLE \"Some\"\"body\" LOGIN", on: "orders")
            try await home.execute("GRANT pg_monitor TO app WITH ADMIN OPTION", on: "orders")
            try await home.execute("ALTER SYSTEM SET log_connections = on", on: "orders")
            _ = try await home.query("SELECT pg_reload_conf()", on: "orders")
            #expect(try await home.run("plan", "specs", "--detailed-exitcode").code == 0)
            let plan = try await home.run("plan", "specs", "--show-unmanaged", "--detailed-exitcode")
            #expect(plan.code == 0)
            #expect(plan.output.contains("unmanaged Account/orders/Some\"body"), "\(plan.output)")
            #expect(plan.output.contains("member with admin"), "\(plan.output)")
            #expect(plan.output.contains("log_connections"))
            #expect(plan.output.contains("memberships.pg_monitor"), "\(plan.output)")
            // pgsteer never granted it, so taking the membership out of nothing revokes nothing.
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            let members = try await home.query(
                "SELECT pg_has_role('app', 'pg_monitor', 'member')::text AS yes",
                on: "orders"
            )
            #expect(members.first?["yes"] == "true")
        }
    }

    @Test func `a role that somebody made before is adopted, and only what is mentioned is compared`() async throws {
        try await TemporaryHome.with { home in
            let text = LifecycleTests.specification(major: 15)
            try home.write(text)
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            try await home.execute("CREATE ROLE adopted CREATEROLE CONNECTION LIMIT 7 NOLOGIN", on: "orders")
            try home.write(text.replacing("  databases:", with: "    - { name: adopted, remark: ours }\n  databases:"))
            let plan = try await home.run("plan", "specs")
            #expect(plan.output.contains("change Account/orders/adopted"), "\(plan.output)")
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            let role =
                try await home.query(
                    "SELECT rolcreaterole, rolconnlimit, rolcanlogin FROM pg_roles WHERE rolname = 'adopted'",
                    on: "orders"
                )
                .first
            #expect(role?.isTrue("rolcreaterole") == true)
            #expect(role?.integer("rolconnlimit") == 7)
            #expect(role?.isTrue("rolcanlogin") == false)
            #expect(try await home.run("plan", "specs", "--detailed-exitcode").code == 0)
        }
    }

    @Test func `what is declared no more is retained, and removed only by prune where its policy says so`() async throws
    {
        try await TemporaryHome.with { home in
            let text = LifecycleTests.specification(major: 15)
            let extra =
                "    - { name: temp, deletionPolicy: delete }\n    - { name: keep }\n  databases:\n    - { name: tempdb, owner: temp, deletionPolicy: delete }"
            try home.write(text.replacing("  databases:", with: extra))
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            try home.write(text)
            let plain = try await home.run("plan", "specs", "--detailed-exitcode")
            #expect(plain.code == 0)
            #expect(plain.output.contains("retain Account/orders/temp"), "\(plain.output)")
            let applied = try await home.run("apply", "specs", "--yes", "--prune")
            #expect(applied.isSuccess, "\(applied.errors)")
            let roles = try await home.query(
                "SELECT string_agg(rolname, ',' ORDER BY rolname) AS names FROM pg_roles WHERE rolname IN ('temp', 'keep')",
                on: "orders"
            )
            #expect(roles.first?["names"] == "keep")
            #expect(try await home.query("SELECT 1 FROM pg_database WHERE datname = 'tempdb'", on: "orders").isEmpty)
            #expect(try await home.run("plan", "specs", "--detailed-exitcode", "--prune").code == 0)
        }
    }

    @Test func `a changed secret changes the password in one action, and no secret is found anywhere`() async throws {
        try await TemporaryHome.with { home in
            // What remembers statements must not remember a password either.
            let text = LifecycleTests.specification(major: 15)
                .replacing(
                    "    work_mem: 8MB",
                    with: "    work_mem: 8MB\n    shared_preload_libraries: pg_stat_statements"
                )
                .replacing(
                    "name: shop, owner: app }",
                    with: "name: shop, owner: app, extensions: [pg_stat_statements] }"
                )
            #expect(text.contains("shared_preload_libraries") && text.contains("extensions:"))
            try home.write(text)
            var outputs = try await home.run("apply", "specs", "--yes", "-v", "--log-format", "json").all
            let rotated = "R0tated!" + "-and-long"
            let plan = try await home.run(
                ["plan", "specs", "--out", home.path + "/p.json"],
                environment: ["APP_PASSWORD": rotated]
            )
            #expect(plan.output.contains("change account app on orders: password"))
            outputs += plan.all
            let applied = try await home.run(
                ["apply", "specs", "--yes", "-v", "-o", "json"],
                environment: ["APP_PASSWORD": rotated]
            )
            #expect(applied.isSuccess, "\(applied.errors)")
            outputs += applied.all
            outputs +=
                try await home.run(["plan", "specs", "--detailed-exitcode"], environment: ["APP_PASSWORD": rotated]).all
            outputs += try String(contentsOfFile: home.path + "/p.json", encoding: .utf8)
            outputs += try await home.run("history", "-o", "json").all
            let remembered = try await home.connect("orders", database: "shop") {
                try await $0.query("SELECT string_agg(query, E'\\n') AS text FROM public.pg_stat_statements").first?[
                    "text"
                ]
            }
            #expect(remembered?.contains("ROLE \"app\"") ?? false, "\(remembered ?? "nothing")")
            outputs += remembered ?? ""
            for secret in [rotated, TemporaryHome.password("app"), TemporaryHome.password("admin")] {
                #expect(!outputs.contains(secret))
                for file in home.files {
                    let data = (try? Data(contentsOf: URL(filePath: "\(home.path)/home/\(file)"))) ?? Data()
                    #expect(data.firstRange(of: Data(secret.utf8)) == nil, "\(file)")
                }
                for process in home.processes {
                    let variables = (try? Data(contentsOf: URL(filePath: "/proc/\(process)/environ"))) ?? Data()
                    #expect(variables.firstRange(of: Data(secret.utf8)) == nil, "the environment of process \(process)")
                }
            }
        }
    }

    @Test func `a saved plan is performed once, and refused when what it observed has moved`() async throws {
        try await TemporaryHome.with { home in
            let file = home.path + "/p.json"
            try home.write(LifecycleTests.specification(major: 15))
            #expect(try await home.run("plan", "specs", "--out", file).isSuccess)
            let first = try await home.run("apply", "--plan", file)
            #expect(first.isSuccess, "\(first.errors)")
            let stale = try await home.run("apply", "--plan", file)
            #expect(stale.code == 1)
            #expect(stale.errors.contains("stale") && stale.errors.contains("Instance/orders"), "\(stale.errors)")

            try home.write(
                LifecycleTests.specification(major: 15).replacing("connectionLimit: 5", with: "connectionLimit: 6")
            )
            #expect(try await home.run("plan", "specs", "--out", file).isSuccess)
            try await home.execute("COMMENT ON ROLE app IS 'moved'", on: "orders")
            let moved = try await home.run("apply", "--plan", file)
            #expect(moved.code == 1)
            #expect(moved.errors.contains("Account/orders/app moved"), "\(moved.errors)")
            let limit = try await home.query("SELECT rolconnlimit FROM pg_roles WHERE rolname = 'app'", on: "orders")
                .first
            #expect(limit?.integer("rolconnlimit") == 5)
        }
    }
}

extension ProgramResult {
    var all: String { output + errors }
}
