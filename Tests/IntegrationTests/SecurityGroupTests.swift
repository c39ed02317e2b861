import PostgresClient
import SQL
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Who may reach which endpoint, tried with connections from several addresses of this machine.
@Suite struct SecurityGroupTests {
    private static let addresses = ["127.0.0.1", "127.0.0.2", "127.0.1.5", "127.9.9.9"]

    private func specification(_ groups: [(String, String)]?, isPublic: Bool = false) -> String {
        let documents = (groups ?? [])
            .map { name, rules in
                """
                ---
                apiVersion: pgsteer/v1
                kind: SecurityGroup
                metadata: { name: \(name) }
                spec: { rules: [\(rules)] }

                """
            }
        return """
            apiVersion: pgsteer/v1
            kind: Instance
            metadata: { name: orders }
            spec:
              version: 15
              accounts: [{ name: app, passwordFrom: { env: APP_PASSWORD } }]
              parameters: { authentication_timeout: 600s }
              network: { public: \(isPublic) }
              \(groups.map { "securityGroups: [\($0.map(\.0).joined(separator: ", "))]" } ?? "# everybody")
              protection: { deletion: false }

            """ + documents.joined()
    }

    private func apply(_ home: TemporaryHome, _ text: String) async throws {
        try home.write(text)
        let applied = try await home.run("apply", "specs", "--yes")
        #expect(applied.isSuccess, "\(applied.errors)")
        let plan = try await home.run("plan", "specs", "--detailed-exitcode")
        #expect(plan.code == 0, "\(plan.output)\(plan.errors)")
    }

    /// The ports of the private endpoint and of the public one; nil for one that is not there.
    private func ports(_ home: TemporaryHome) async throws -> (private: Int, public: Int?) {
        let lines = try await home.run("get", "endpoints", "orders", "-o", "name").output.split(separator: "\n")
        let ports = lines.compactMap { $0.split(separator: ":").last.flatMap { Int($0) } }
        return (try #require(ports.first), ports.count > 1 ? ports[1] : nil)
    }

    @Test func `rules let in and keep out by the address of the client, at the private endpoint alone`() async throws {
        let table: [(groups: [(String, String)]?, allowed: Set<String>)] = [
            (nil, ["127.0.0.1", "127.0.0.2", "127.0.1.5", "127.9.9.9"]),
            ([("office", "{ allow: 127.0.0.0/24 }")], ["127.0.0.1", "127.0.0.2"]),
            ([("office", "{ deny: 127.0.0.2 }, { allow: 127.0.0.0/16 }")], ["127.0.0.1", "127.0.1.5"]),
            (
                [("office", "{ allow: 127.0.1.5 }, { deny: 127.0.1.0/24 }, { allow: 127.0.0.2 }")],
                ["127.0.0.2", "127.0.1.5"]
            ),
            (
                [("vpn", "{ deny: 127.9.0.0/16 }"), ("office", "{ allow: 127.0.0.0/8 }")],
                ["127.0.0.1", "127.0.0.2", "127.0.1.5"]
            ),
            ([("office", "{ allow: 127.0.0.0/8 }"), ("vpn", "{ deny: 127.9.0.0/16 }")], Set(Self.addresses)),
            ([("office", "{ allow: '::/0' }")], []),
            ([("nobody", "")], []),
        ]
        try await TemporaryHome.with { home in
            for (index, (groups, allowed)) in table.enumerated() {
                try await apply(home, specification(groups, isPublic: index > 0))
                let ports = try await ports(home)
                for address in Self.addresses {
                    let client = LoopbackClient(from: address, to: "127.0.0.1", port: ports.private)
                    let isIn = client != nil
                    #expect(isIn == allowed.contains(address), "\(address) by the rules of line \(index + 1)")
                    let preview = try await home.run("get", "securitygroups", "--effective", "orders", address)
                    #expect(preview.output.contains("-> allowed") == isIn, "\(preview.output)\(preview.errors)")
                }
                guard let port = ports.public else { continue }
                for address in Self.addresses {
                    let client = LoopbackClient(from: address, to: "127.0.0.1", port: port)
                    let isIn = client != nil
                    #expect(isIn, "\(address) at the public endpoint")
                }
            }
        }
    }

    @Test func `sessions that rules deny are closed, and all others go on, also those from before a reload`()
        async throws
    {
        try await TemporaryHome.with { home in
            try await apply(home, specification([("office", "{ allow: 127.0.0.0/8 }")]))
            let port = try await ports(home).private
            let target = ConnectionTarget(
                .host("127.0.0.1", port: port),
                user: "app",
                database: "postgres",
                password: TemporaryHome.password("app")
            )
            let allowed = try await PostgresConnection.open(target)
            let client = LoopbackClient(from: "127.0.0.2", to: "127.0.0.1", port: port)
            guard let denied = client else {
                Issue.record("nobody answered")
                return
            }

            // The public endpoint is another listener, for which HAProxy reads its configuration again.
            try await apply(home, specification([("office", "{ allow: 127.0.0.0/8 }")], isPublic: true))
            let known = try await ports(home)
            guard let publicPort = known.public,
                let guest = LoopbackClient(from: "127.0.0.2", to: "127.0.0.1", port: publicPort)
            else {
                Issue.record("nobody answered")
                return
            }
            #expect(denied.isOpen)

            let narrow = specification([("office", "{ deny: 127.0.0.2 }, { allow: 127.0.0.0/8 }")], isPublic: true)
            try home.write(narrow)
            let plan = try await home.run("plan", "specs")
            #expect(plan.output.contains("deny 127.0.0.2 (office rule 1)"), "\(plan.output)")
            #expect(plan.output.contains("sessions that the rules do not allow are closed"), "\(plan.output)")
            try await apply(home, narrow)
            #expect(await denied.waitUntilClosed())
            #expect(guest.isOpen)
            #expect(try await allowed.query("SELECT 1 AS n").first?["n"] == "1")

            try await apply(home, specification([("office", "{ deny: 127.0.0.2 }, { allow: 127.0.0.0/8 }")]))
            #expect(await guest.waitUntilClosed())
            let late = LoopbackClient(from: "127.0.0.1", to: "127.0.0.1", port: publicPort)
            let isLateIn = late != nil
            #expect(!isLateIn)
            #expect(try await allowed.query("SELECT 1 AS n").first?["n"] == "1")
            await allowed.close()

            // The port of the public endpoint stays the instance's.
            try await apply(home, specification(nil, isPublic: true))
            #expect(try await ports(home).public == publicPort)
        }
    }

    @Test func `rules that somebody changed by hand are drift, and put back`() async throws {
        try await TemporaryHome.with { home in
            try await apply(home, specification([("office", "{ allow: 127.0.0.1 }")]))
            let port = try await ports(home).private
            let gateway = home.path + "/home/gateway"
            let file = "\(gateway)/access/orders.map"
            let runtime = """
                import socket; s = socket.socket(socket.AF_UNIX); s.connect('\(gateway)/admin.sock')
                s.sendall(b'add map \(file) 127.0.0.2/32 allow\\n'); s.recv(100)
                """
            for change in ["python3 -c \"\(runtime)\"", "echo '127.0.0.2/32 allow' >> \(file)", "rm \(file)"] {
                #expect(try await Shell.run(change).contains("rror") == false)
                let drift = try await home.run("drift", "specs")
                #expect(drift.code == 2, "\(change): \(drift.output)\(drift.errors)")
                #expect(drift.output.contains("its rules were changed by hand"), "\(drift.output)")
                let applied = try await home.run("apply", "specs", "--yes")
                #expect(applied.isSuccess, "\(applied.errors)")
                #expect(try await home.run("drift", "specs").code == 0)
                let client = LoopbackClient(from: "127.0.0.2", to: "127.0.0.1", port: port)
                let isIn = client != nil
                #expect(!isIn)
            }
        }
    }

    @Test func `other rules and a closed public endpoint converge after a crash at every side effect`() async throws {
        try await TemporaryHome.with { home in
            let wide = specification([("office", "{ allow: 127.0.0.0/8 }")], isPublic: true)
            let narrow = specification([("office", "{ allow: 127.0.0.1 }")])
            for number in 1...60 {
                try await apply(home, wide)
                let ports = try await ports(home)
                guard let publicPort = ports.public,
                    let denied = LoopbackClient(from: "127.0.0.2", to: "127.0.0.1", port: ports.private),
                    let guest = LoopbackClient(from: "127.0.0.1", to: "127.0.0.1", port: publicPort)
                else {
                    Issue.record("nobody answered")
                    return
                }
                try home.write(narrow)
                let result = try await home.run(
                    ["apply", "specs", "--yes"],
                    environment: ["PGSTEER_CRASH_AT": String(number)]
                )
                try await apply(home, narrow)
                #expect(await denied.waitUntilClosed(), "after a crash at \(number)")
                #expect(await guest.waitUntilClosed(), "after a crash at \(number)")
                guard result.wasKilled else { return #expect(number > 4, "\(result.errors)") }
            }
            Issue.record("the command had more than 60 side effects")
        }
    }

    @Test(.enabled(if: hasIPv6Loopback))
    func `an endpoint on the loopback address of IPv6 is guarded by rules of IPv6`() async throws {
        try await TemporaryHome.with { home in
            for (rules, isAllowed) in [("{ allow: '::1' }", true), ("{ allow: 0.0.0.0/0 }, { deny: '::/0' }", false)] {
                try home.write(specification([("office", rules)]))
                let fleet = home.fleetDocument.replacing("  local:\n", with: "  local:\n    address: '::1'\n")
                try fleet.write(toFile: home.path + "/specs/fleet.yaml", atomically: true, encoding: .utf8)
                let applied = try await home.run("apply", "specs", "--yes")
                #expect(applied.isSuccess, "\(applied.errors)")
                #expect(try await home.run("plan", "specs", "--detailed-exitcode").code == 0)
                let port = try await ports(home).private
                let client = LoopbackClient(from: "::1", to: "::1", port: port)
                let isIn = client != nil
                #expect(isIn == isAllowed)
            }
        }
    }

    private static var hasIPv6Loopback: Bool {
        (try? String(contentsOfFile: "/proc/net/if_inet6", encoding: .utf8))?.contains(" lo") ?? false
    }
}
