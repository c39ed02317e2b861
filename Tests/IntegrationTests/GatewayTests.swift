import Glibc
import PostgresClient
import SQL
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// HAProxy is found whatever it is busy with, and what died of it comes back.
@Suite struct GatewayTests {
    private static let specification = """
        apiVersion: pgsteer/v1
        kind: Instance
        metadata: { name: orders }
        spec:
          version: 15
          accounts: [{ name: app, passwordFrom: { env: APP_PASSWORD } }]
          protection: { deletion: false }

        """

    private func target(_ home: TemporaryHome) async throws -> ConnectionTarget {
        let name = try await home.run("get", "endpoints", "orders", "-o", "name").output
        let port = name.split(separator: "\n").first?.split(separator: ":").last.flatMap { Int($0) }
        return ConnectionTarget(
            .host("127.0.0.1", port: try #require(port)),
            user: "app",
            database: "postgres",
            password: TemporaryHome.password("app")
        )
    }

    /// The masters among the gateway's processes: those that began their session.
    private func masters(_ home: TemporaryHome) -> [Int] { home.gatewayProcesses.filter { getsid(pid_t($0)) == $0 } }

    @Test func `a gateway that reads its configuration again and again is never started a second time`() async throws {
        try await TemporaryHome.with { home in
            try home.write(Self.specification)
            let created = try await home.run("apply", "specs", "--yes")
            #expect(created.isSuccess, "\(created.errors)")
            let master = try #require(masters(home).first)
            let session = try await PostgresConnection.open(target(home))
            for round in 1...8 {
                // A busy master has no pid file; here it stays away.
                unlink(home.path + "/home/gateway/haproxy.pid")
                for _ in 0..<round { Glibc.kill(pid_t(master), SIGUSR2) }
                let plan = try await home.run("plan", "specs", "--detailed-exitcode")
                #expect(plan.code == 0, "\(plan.output)\(plan.errors)")
                // Another instance comes, and goes, while the gateway is busy.
                try home.write(
                    Self.specification
                        + (round.isMultiple(of: 2)
                            ? "" : "---\n" + Self.specification.replacing("name: orders", with: "name: other"))
                )
                Glibc.kill(pid_t(master), SIGUSR2)
                let applied =
                    round.isMultiple(of: 2)
                    ? try await home.run("destroy", "other", "--yes") : try await home.run("apply", "specs", "--yes")
                #expect(applied.isSuccess, "\(applied.errors)")
                #expect(masters(home) == [master])
            }
            #expect(try await session.query("SELECT 1 AS n").first?["n"] == "1")
            await session.close()
        }
    }

    @Test func `a gateway whose master or worker was killed is missed by plan and brought back by apply`() async throws
    {
        try await TemporaryHome.with { home in
            try home.write(Self.specification)
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            let target = try await target(home)
            for isMaster in [true, false] {
                let victims = home.gatewayProcesses.filter { masters(home).contains($0) == isMaster }
                Processes.kill(victims)
                let plan = try await home.run("plan", "specs", "--detailed-exitcode")
                #expect(plan.code == 2, "\(plan.output)\(plan.errors)")
                #expect(plan.output.contains("open the endpoint of orders"), "\(plan.output)")
                let applied = try await home.run("apply", "specs", "--yes")
                #expect(applied.isSuccess, "\(applied.errors)")
                #expect(masters(home).count == 1)
                try await PostgresConnection.with(target) { connection in
                    let rows = try await connection.query("SELECT 1 AS n")
                    #expect(rows.first?["n"] == "1")
                }
            }
        }
    }
}
