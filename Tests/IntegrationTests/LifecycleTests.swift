import PostgresClient
import SQL
import TestSupport
import Testing

@Suite struct LifecycleTests {
    static func specification(major: Int, extra: String = "") -> String {
        """
        apiVersion: pgsteer/v1
        kind: Instance
        metadata:
          name: orders
          project: shop
          tags: { env: test }
        spec:
          version: \(major)
          size: { cpu: 1, memory: 128MiB }
          admin: { name: boss, passwordFrom: { env: ADMIN_PASSWORD } }
          accounts:
            - name: app
              passwordFrom: { env: APP_PASSWORD }
              remark: "it's a \\\\ web \\"shop\\""
              connectionLimit: 5
              validUntil: 2030-01-31T08:00:00+08:00
            - { name: reporter, memberships: [app, pg_read_all_data], login: false }
          databases:
            - { name: shop, owner: app }
            - { name: 'odd "na.me/% 🐘', owner: boss, connectionLimit: 3 }
          parameters:
            log_statement: all
            work_mem: 8MB
            DateStyle: "iso, dmy"
            search_path: '"$user", public'
          protection: { deletion: false }
        \(extra)
        """
    }

    @Test(arguments: PostgresInstallations.majors)
    func `an instance is created, is then as desired, and a second apply writes nothing`(major: Int) async throws {
        try await TemporaryHome.with { home in
            try home.write(Self.specification(major: major))
            let created = try await home.run("apply", "specs", "--yes")
            #expect(created.isSuccess, "\(created.errors)")
            let plan = try await home.run("plan", "specs", "--detailed-exitcode")
            #expect(plan.code == 0, "\(plan.output)\(plan.errors)")

            let before = home.log(of: "orders").count
            let again = try await home.run("apply", "specs", "--yes")
            #expect(again.isSuccess, "\(again.errors)")
            #expect(WriteStatements.inLog(home.log(of: "orders").dropFirst(before)) == [])
        }
    }

    @Test func `an account logs in through the endpoint with its password, and with no other`() async throws {
        try await TemporaryHome.with { home in
            try home.write(Self.specification(major: 15))
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            let good = try await home.run([
                "connect", "orders", "--as", "app", "--specs", "specs", "--", "-Atc", "select current_user",
            ])
            #expect(good.output == "app\n", "\(good.errors)")
            let wrong = try await home.run(
                ["connect", "orders", "--as", "app", "--", "-Atc", "select 1"],
                environment: ["PGPASSWORD": "not the password"]
            )
            #expect(!wrong.isSuccess)
            #expect(wrong.errors.contains("password authentication failed"))
        }
    }

    @Test func `a restart happens when a parameter needs it, and only then`() async throws {
        try await TemporaryHome.with { home in
            try home.write(Self.specification(major: 15))
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            let started = try await Self.startTime(home)

            try home.write(Self.specification(major: 15).replacing("work_mem: 8MB", with: "work_mem: 9MB"))
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            #expect(try await Self.startTime(home) == started)
            #expect(try await home.query("SHOW work_mem", on: "orders").first?["work_mem"] == "9MB")

            try home.write(Self.specification(major: 15).replacing("work_mem: 8MB", with: "max_connections: 77"))
            let plan = try await home.run("plan", "specs")
            #expect(plan.output.contains("restart orders for max_connections"))
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            #expect(try await Self.startTime(home) != started)
            #expect(try await home.query("SHOW max_connections", on: "orders").first?["max_connections"] == "77")
            // work_mem is no longer mentioned, and goes back to what the size says.
            #expect(try await home.query("SHOW work_mem", on: "orders").first?["work_mem"] == "4MB")
            #expect(try await home.run("plan", "specs", "--detailed-exitcode").code == 0)
        }
    }

    static func startTime(_ home: TemporaryHome) async throws -> String? {
        try await home.query("SELECT pg_postmaster_start_time()::text AS time", on: "orders").first?["time"]
    }

    @Test func `what died is started again with the same address and data`() async throws {
        try await TemporaryHome.with { home in
            try home.write(Self.specification(major: 15))
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            let address = try await home.run("get", "endpoints", "-o", "name").output
            try await home.connect("orders", database: "shop") {
                try await $0.execute("CREATE TABLE public.kept (id int)")
            }

            Processes.kill(home.processes)
            let plan = try await home.run("plan", "specs", "--detailed-exitcode")
            #expect(plan.code == 2, "\(plan.output)")
            let applied = try await home.run("apply", "specs", "--yes")
            #expect(applied.isSuccess, "\(applied.errors)")
            #expect(try await home.run("get", "endpoints", "-o", "name").output == address)
            let found = try await home.connect("orders", database: "shop") {
                try await $0.query("SELECT count(*) AS n FROM public.kept").first?["n"]
            }
            #expect(found == "0")
            #expect(try await home.run("plan", "specs", "--detailed-exitcode").code == 0)
        }
    }

    @Test func `destroy needs the protection off, and leaves nothing`() async throws {
        try await TemporaryHome.with { home in
            try home.write(Self.specification(major: 15).replacing("deletion: false", with: "deletion: true"))
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            let refused = try await home.run("destroy", "orders", "orders")
            #expect(refused.code == 1)
            #expect(refused.errors.contains("deletion protection"))
            #expect(try await home.run("destroy", "orders").code == 64)

            try home.write(Self.specification(major: 15))
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            let destroyed = try await home.run("destroy", "orders", "orders")
            #expect(destroyed.isSuccess, "\(destroyed.errors)")
            #expect(home.processes == [])
            #expect(try await home.run("get", "instances", "-o", "name").output == "")
        }
    }
}
