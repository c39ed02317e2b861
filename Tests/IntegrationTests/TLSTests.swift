import PostgresClient
import SQL
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Sessions are encrypted where they should be, with a certificate that clients can verify, and no server restarts for it.
@Suite struct TLSTests {
    private func specification(_ network: String, major: Int = 15, availability: String = "single") -> String {
        """
        apiVersion: pgsteer/v1
        kind: Instance
        metadata: { name: orders }
        spec:
          version: \(major)
          availability: { mode: \(availability) }
          accounts: [{ name: app, passwordFrom: { env: APP_PASSWORD } }]
          network: { \(network) }
          protection: { deletion: false }

        """
    }

    private func apply(_ home: TemporaryHome, _ text: String) async throws {
        try home.write(text)
        let applied = try await home.run("apply", "specs", "--yes")
        #expect(applied.isSuccess, "\(applied.errors)")
        let plan = try await home.run("plan", "specs", "--detailed-exitcode")
        #expect(plan.code == 0, "\(plan.output)\(plan.errors)")
    }

    /// Whether a session opens, and is encrypted; nil when it does not open.
    private func isEncrypted(_ home: TemporaryHome, _ options: String, isPublic: Bool = false) async throws -> Bool? {
        let words = ["connect", "orders", "--as", "app", "--print", "uri"] + (isPublic ? ["--public"] : [])
        let uri = try await home.run(words).output.prefix { $0 != "?" && $0 != "\n" }
        let target = ConnectionTarget(.uri("\(uri)?\(options)"), password: TemporaryHome.password("app"))
        let rows = try? await PostgresConnection.with(target) { connection in
            try await connection.query("SELECT ssl FROM pg_catalog.pg_stat_ssl WHERE pid = pg_backend_pid()")
        }
        return rows?.first?.isTrue("ssl")
    }

    private func verified(_ home: TemporaryHome) -> String {
        "sslmode=verify-full&sslrootcert=\(home.path)/home/authority/ca.crt"
    }

    private func startTime(_ home: TemporaryHome) async throws -> String? {
        try await home.query("SELECT pg_postmaster_start_time()::text AS time", on: "orders").first?["time"]
    }

    @Test func `TLS is turned on, required, renewed and turned off while the server runs`() async throws {
        try await TemporaryHome.with { home in
            try await apply(home, specification("public: true"))
            let start = try await startTime(home)
            #expect(try await isEncrypted(home, "sslmode=prefer") == false)

            try await apply(home, specification("tls: prefer, public: true"))
            #expect(try await isEncrypted(home, verified(home)) == true)
            #expect(try await isEncrypted(home, "sslmode=disable") == false)

            try await apply(home, specification("tls: require, public: true"))
            #expect(try await isEncrypted(home, verified(home)) == true)
            #expect(try await isEncrypted(home, verified(home), isPublic: true) == true)
            #expect(try await isEncrypted(home, "sslmode=disable") == nil)
            let printed = try await home.run("connect", "orders", "--as", "app", "--print", "uri").output
            #expect(printed.contains("sslmode=verify-full&sslrootcert="), "\(printed)")
            let page = try await home.run("describe", "orders").output
            #expect(page.contains("require, certificate of the home's authority until "), "\(page)")

            // What the record says of the certificate's end is what it said when it was made.
            let path = home.folder(of: "orders") + "/instance.json"
            let record = try String(contentsOfFile: path, encoding: .utf8)
            let soon = Int(Date.now.timeIntervalSince1970) + 10 * 86_400
            let aged = record.replacing(#/"expires" : \d+/#, with: "\"expires\" : \(soon)")
            #expect(aged != record)
            try aged.write(toFile: path, atomically: true, encoding: .utf8)
            let plan = try await home.run("plan", "specs")
            #expect(plan.output.contains("renew the certificate of orders"), "\(plan.output)")
            try await apply(home, specification("tls: require, public: true"))
            #expect(try await isEncrypted(home, verified(home)) == true)

            let rules = home.folder(of: "orders") + "/nodes/1/data/pg_hba.conf"
            _ = try await Shell.run("echo 'host all all 127.0.0.1/32 trust' >> \(rules)")
            let drift = try await home.run("drift", "specs")
            #expect(drift.code == 2, "\(drift.output)")
            #expect(drift.output.contains("pg_hba.conf of node 1 was changed by hand"), "\(drift.output)")
            try await apply(home, specification("tls: require, public: true"))

            try await apply(home, specification("tls: off, public: true"))
            #expect(try await isEncrypted(home, "sslmode=prefer") == false)
            #expect(try await startTime(home) == start)
        }
    }

    @Test func `a primary that takes over is verified by the same certificate, and refuses the same sessions`()
        async throws
    {
        try await TemporaryHome.with { home in
            try await apply(home, specification("tls: require", availability: "dual"))
            let switched = try await home.run("switchover", "orders")
            #expect(switched.isSuccess, "\(switched.errors)")
            #expect(try await isEncrypted(home, verified(home)) == true)
            #expect(try await isEncrypted(home, "sslmode=disable") == nil)
            #expect(try await home.run("plan", "specs", "--detailed-exitcode").code == 0)
        }
    }

    @Test func `a certificate of one's own is checked before anything changes, and exchanged when it is another`()
        async throws
    {
        try await TemporaryHome.with { home in
            for name in ["one", "two"] {
                _ = try await Shell.run(
                    "cd \(home.path) && openssl req -x509 -newkey rsa:2048 -nodes -keyout \(name).key -out \(name).crt -days 90 -subj /CN=\(name) 2>&1"
                )
            }
            func network(_ chain: String, _ key: String) -> String {
                "tls: require, certificate: { chainFrom: { file: ../\(chain).crt }, keyFrom: { file: ../\(key).key } }"
            }
            try await apply(home, specification("tls: off"))
            try home.write(specification(network("one", "two")))
            let refused = try await home.run("apply", "specs", "--yes")
            #expect(refused.code == 1)
            #expect(refused.errors.contains("its key belongs to another certificate"), "\(refused.errors)")
            #expect(try await isEncrypted(home, "sslmode=prefer") == false)

            try await apply(home, specification(network("one", "one")))
            #expect(try await isEncrypted(home, "sslmode=verify-ca&sslrootcert=\(home.path)/one.crt") == true)
            try home.write(specification(network("two", "two")))
            let plan = try await home.run("plan", "specs")
            #expect(plan.output.contains("exchange the certificate of orders"), "\(plan.output)")
            try await apply(home, specification(network("two", "two")))
            #expect(try await isEncrypted(home, "sslmode=verify-ca&sslrootcert=\(home.path)/two.crt") == true)
        }
    }

    @Test func `requiring TLS converges after a crash at every side effect`() async throws {
        try await TemporaryHome.with { home in
            for number in 1...60 {
                try await apply(home, specification("tls: off"))
                try home.write(specification("tls: require"))
                let result = try await home.run(
                    ["apply", "specs", "--yes"],
                    environment: ["PGSTEER_CRASH_AT": String(number)]
                )
                try await apply(home, specification("tls: require"))
                #expect(try await isEncrypted(home, verified(home)) == true, "after a crash at \(number)")
                #expect(try await isEncrypted(home, "sslmode=disable") == nil, "after a crash at \(number)")
                guard result.wasKilled else { return #expect(number > 4, "\(result.errors)") }
            }
            Issue.record("the command had more than 60 side effects")
        }
    }

    @Test(.enabled(if: PostgresInstallations.majors.contains(18)))
    func `servers that were built without TLS are told before anything is done`() async throws {
        try await TemporaryHome.with { home in
            let server = (PostgresInstallations.folders[18] ?? "") + "/postgres"
            let hasTLS = try await Shell.run("grep -c SSL_CTX_new \(server) || true") != "0\n"
            try home.write(specification("tls: require", major: 18))
            let plan = try await home.run("plan", "specs")
            #expect(plan.errors.contains("PGS-076") != hasTLS, "\(plan.errors)")
        }
    }
}
