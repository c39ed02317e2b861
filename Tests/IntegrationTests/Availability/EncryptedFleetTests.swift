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

/// TLS, a standby and a read-only group together, under the loop: what follows encrypted goes on when nodes change places.
@Suite struct EncryptedFleetTests {
    private static let specification = """
        apiVersion: pgsteer/v1
        kind: Instance
        metadata: { name: orders }
        spec:
          version: 15
          size: { cpu: 1, memory: 64MiB }
          availability: { mode: dual }
          accounts: [{ name: app, passwordFrom: { env: APP_PASSWORD } }]
          databases: [{ name: shop, owner: app }]
          network: { tls: require }
          protection: { deletion: false }
        ---
        apiVersion: pgsteer/v1
        kind: ReadOnlyGroup
        metadata: { name: reports }
        spec: { instance: orders, replicas: 1, maxReplayLag: { size: 1MiB }, keepAtLeast: 0 }
        """

    private struct Groups: Decodable {
        struct Item: Decodable {
            var inService: [Int]
            var endpoint: String
        }
        var items: [Item]
    }

    private func group(_ home: TemporaryHome) async throws -> Groups.Item {
        let text = try await home.run("get", "readonlygroups", "-o", "json").output
        return try #require(try JSONDecoder().decode(Groups.self, from: Data(text.utf8)).items.first)
    }

    /// Whether a session through an endpoint is encrypted by a certificate that can be verified; nil when none opens.
    private func isEncrypted(_ home: TemporaryHome, _ endpoint: String, _ options: String) async -> Bool? {
        let target = ConnectionTarget(
            .uri("postgresql://app@\(endpoint)/shop?connect_timeout=20&\(options)"),
            password: TemporaryHome.password("app")
        )
        let rows = try? await PostgresConnection.with(target) { connection in
            try await connection.query("SELECT ssl FROM pg_catalog.pg_stat_ssl WHERE pid = pg_backend_pid()")
        }
        return rows?.first?.isTrue("ssl")
    }

    /// Both endpoints take verified sessions and no others, everything follows, and nothing differs.
    private func expectEncrypted(_ dual: DualHome, _ loop: LoopProcess, _ what: String) async throws {
        let home = dual.home
        try await loop.wait("everything to follow \(what)") {
            try await home.run("plan", "specs", "--detailed-exitcode").code == 0
        }
        let verified = "sslmode=verify-full&sslrootcert=\(home.path)/home/authority/ca.crt"
        let group = try await group(home)
        for endpoint in ["127.0.0.1:\(home.ports.lowerBound)", group.endpoint] {
            #expect(await isEncrypted(home, endpoint, verified) == true, "\(what): \(endpoint)")
            #expect(await isEncrypted(home, endpoint, "sslmode=disable") == nil, "\(what): \(endpoint)")
        }
    }

    @Test func `nodes that take over, are rebuilt, fall behind and get new certificates stay encrypted`() async throws {
        try await TemporaryHome.with { home in
            let dual = DualHome(home: home)
            try home.write(Self.specification)
            // What is to be noticed at once does not wait for the interval.
            _ = try await LoopProcess.with(home, ["--interval", "600"]) { loop in
                try await loop.wait(for: "settled", of: "orders")
                try await expectEncrypted(dual, loop, "after its creation")
                try await expectRotation(dual, loop)

                let switched = try await home.run("switchover", "orders")
                #expect(switched.isSuccess, "\(switched.errors)")
                try await expectEncrypted(dual, loop, "after a switchover")

                let primary = try await dual.node("primary").number
                dual.send(SIGKILL, to: dual.processes(of: primary))
                try await loop.wait("another primary") { try await dual.node("primary").number != primary }
                try await expectEncrypted(dual, loop, "after a failover")

                let standby = try await dual.node("standby").number
                try await dual.removeData(of: standby)
                dual.send(SIGKILL, to: dual.processes(of: standby))
                try await expectEncrypted(dual, loop, "after a rebuild")
                try await expectRenewal(dual, loop)
                loop.end()
            }
        }
    }

    /// A replica that is too far behind leaves its group, and comes back.
    private func expectRotation(_ dual: DualHome, _ loop: LoopProcess) async throws {
        #expect(try await group(dual.home).inService == [3])
        _ = try await dual.query("SELECT pg_wal_replay_pause()", node: 3, database: "postgres")
        try await dual.execute(
            "CREATE TABLE public.bulk AS SELECT repeat(md5(g::text), 32) AS t FROM generate_series(1, 9000) g"
        )
        try await loop.wait("a replica that leaves") { try await group(dual.home).inService == [] }
        _ = try await dual.query("SELECT pg_wal_replay_resume()", node: 3, database: "postgres")
        try await loop.wait("a replica that comes back") { try await group(dual.home).inService == [3] }
    }

    /// Every node gets the new certificate, and no server is restarted for it.
    private func expectRenewal(_ dual: DualHome, _ loop: LoopProcess) async throws {
        let before = try await dual.nodes.map(\.processID)
        let path = dual.home.folder(of: "orders") + "/instance.json"
        let record = try String(contentsOfFile: path, encoding: .utf8)
        let soon = Int(Date.now.timeIntervalSince1970) + 10 * 86_400
        let aged = record.replacing(#/"expires" : \d+/#, with: "\"expires\" : \(soon)")
        #expect(aged != record)
        try aged.write(toFile: path, atomically: true, encoding: .utf8)
        #expect(try await dual.home.run("reconcile", "orders").isSuccess)
        try await loop.wait("another certificate") {
            loop.events("actionDone").contains { $0.message.contains("renew the certificate") }
        }
        try await expectEncrypted(dual, loop, "with a new certificate")
        #expect(try await dual.nodes.map(\.processID) == before)
        let shown = Set(try [1, 2, 3].map { try certificate(dual, $0) })
        #expect(shown.count == 1 && shown.first?.isEmpty == false, "\(shown)")
    }

    /// The certificate that the server of a node has been told to show.
    private func certificate(_ dual: DualHome, _ node: Int) throws -> String {
        let text = try String(contentsOfFile: dual.data(of: node) + "/conf.d/pgsteer-node.conf", encoding: .utf8)
        return text.split(separator: "\n").first { $0.hasPrefix("ssl_cert_file") }.map(String.init) ?? ""
    }
}
