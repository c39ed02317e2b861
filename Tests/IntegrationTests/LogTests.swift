import PostgresClient
import SQL
import Synchronization
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite struct LogTests {
    /// Tells a session to stop.
    private final class Flag: Sendable {
        private let value = Mutex(false)
        var isRaised: Bool { value.withLock { $0 } }
        func raise() { value.withLock { $0 = true } }
    }

    private static func specification(logs: String = "") -> String {
        """
        apiVersion: pgsteer/v1
        kind: Instance
        metadata: { name: orders }
        spec:
          version: 15
          size: { cpu: 1, memory: 64MiB, storage: 512MiB }
          parameters: { log_statement: all, log_min_duration_statement: 200ms }
          \(logs)
          protection: { deletion: false }
        """
    }

    private struct Log: Decodable {
        struct Item: Decodable {
            var severity: String
            var message: String
            var statement: String?
            var milliseconds: Double?
        }
        var items: [Item]
    }

    private struct Groups: Decodable {
        struct Item: Decodable {
            var statement: String
            var calls: Int
            var totalMilliseconds: Double
            var worstMilliseconds: Double
        }
        var items: [Item]
    }

    private func decoded<Value: Decodable>(_: Value.Type, _ home: TemporaryHome, _ arguments: String...) async throws
        -> Value
    {
        let result = try await home.run(["logs", "orders", "-o", "json"] + arguments)
        #expect(result.isSuccess, "\(result.errors)")
        return try JSONDecoder().decode(Value.self, from: Data(result.output.utf8))
    }

    private func files(_ home: TemporaryHome) -> [String] {
        let folder = home.folder(of: "orders") + "/nodes/1/log"
        return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    @Test func `errors and slow statements are found, grouped, and no password is shown`() async throws {
        try await TemporaryHome.with { home in
            try home.write(Self.specification())
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            _ = try? await home.execute("ALTER ROLE nobody PASSWORD 'geheim-1'", on: "orders")
            _ = try? await home.execute("CREATE ROLE a PASWORD 'geheim-2'", on: "orders")
            for seconds in ["0.25", "0.3"] {
                _ = try await home.query("SELECT pg_sleep(\(keywords: seconds)),\n 'a\ttext'", on: "orders")
            }

            let errors = try await decoded(Log.self, home, "--errors").items
            #expect(errors.contains { $0.message.hasPrefix("role \"nobody\" does not exist") })
            #expect(errors.allSatisfy { ["error", "fatal", "panic"].contains($0.severity) })
            let slow = try await decoded(Log.self, home, "--slow").items
                .filter { $0.statement?.contains("sleep") ?? false }
            #expect(slow.count >= 2)
            #expect(slow.allSatisfy { $0.milliseconds ?? 0 >= 200 })
            let groups = try await decoded(Groups.self, home, "--slow", "--group").items
            let group = try #require(groups.first { $0.statement == "SELECT pg_sleep(?), ?" })
            #expect(group.calls == 2)
            #expect(group.totalMilliseconds >= group.worstMilliseconds)

            let folder = home.path + "/fetched"
            #expect(try await home.run("logs", "download", "orders", "--to", folder).isSuccess)
            let fetched = try String(contentsOfFile: folder + "/orders-1-server.log", encoding: .utf8)
            #expect(fetched.contains("PASSWORD ****"))
            for text in [fetched, try await home.run("logs", "orders").output] { #expect(!text.contains("geheim")) }
            #expect(try await home.run("logs", "orders", "--since", "2030-01-01").output == "")
            let unknown = try await home.run("logs", "order")
            #expect(unknown.code == 1)
            #expect(unknown.errors.contains("orders"))
            #expect(try await home.run("logs", "orders", "--since", "yesterday").code == 64)
        }
    }

    @Test func `a log is begun anew while the server writes, and no line is lost`() async throws {
        try await TemporaryHome.with { home in
            try home.write(Self.specification(logs: "logs: { maxSize: 1MiB, keep: 1d }"))
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            let started = try await LifecycleTests.startTime(home)
            let flag = Flag()
            let written = try await withThrowingTaskGroup(of: Int.self) { group in
                group.addTask {
                    try await home.connect("orders") { connection in
                        var count = 0
                        while !flag.isRaised {
                            count += 1
                            _ = try await connection.query("SELECT 'line \(count) end'")
                        }
                        return count
                    }
                }
                for _ in 1...4 {
                    let rotated = try await home.run("logs", "rotate", "orders", "--force")
                    #expect(rotated.isSuccess, "\(rotated.errors)")
                }
                flag.raise()
                return try await group.next() ?? 0
            }
            #expect(files(home).count == 5)
            let text = try await home.run("logs", "download", "orders").output
            let lines = text.split(separator: "\n")
                .compactMap {
                    $0.firstMatch(of: #/LOG:  execute <unnamed>: SELECT 'line (\d+) end'/#).map { Int($0.1) }
                }
            #expect(lines == Array(1...max(1, written)))
            #expect(try await LifecycleTests.startTime(home) == started)

            // What is large is begun anew by apply, what is old is removed.
            let old = home.folder(of: "orders") + "/nodes/1/log/server-20200101T000000Z.log"
            try "old\n".write(toFile: old, atomically: false, encoding: .utf8)
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: 1)],
                ofItemAtPath: old
            )
            let large = String(repeating: "x", count: 2 << 20)
            _ = try await home.query("SELECT '\(keywords: large)' IS NULL", on: "orders")
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            #expect(files(home).count == 6)
            #expect(!files(home).contains("server-20200101T000000Z.log"))
            let before = files(home)
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            #expect(files(home) == before)
        }
    }

    @Test func `beginning a log anew converges after a crash at every side effect`() async throws {
        try await TemporaryHome.with { home in
            try home.write(Self.specification())
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            for number in 1...10 {
                _ = try await home.query("SELECT 'crash \(number) end'", on: "orders")
                let result = try await home.run(
                    ["logs", "rotate", "orders", "--force"],
                    environment: ["PGSTEER_CRASH_AT": String(number)]
                )
                #expect(try await home.run("apply", "specs", "--yes").isSuccess)
                #expect(files(home).contains("server.log"), "after a crash at \(number)")
                let text = try await home.run("logs", "download", "orders").output
                for line in 1...number { #expect(text.contains("'crash \(line) end'"), "after a crash at \(number)") }
                guard result.wasKilled else { return #expect(number > 2) }
            }
            Issue.record("the command had more than 10 side effects")
        }
    }

    @Test func `figures tell sessions, storage and rates`() async throws {
        try await TemporaryHome.with { home in
            try home.write(Self.specification())
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            let result = try await home.run("metrics", "orders", "--interval", "0.2", "-o", "json")
            #expect(result.isSuccess, "\(result.errors)")
            let text = try await home.run("metrics", "orders", "--interval", "0.1").output
            for name in ["sessions", "transactions", "cache hit", "WAL", "storage", "dead rows", "checkpoints"] {
                #expect(text.contains("  \(name) "), "\(name)")
            }
            #expect(result.output.contains("\"allowedBytes\" : 536870912"))
            #expect(result.output.contains("\"transactionsPerSecond\""))
            let described = try await home.run("describe", "orders").output
            #expect(described.contains(" of 512 MiB ("), "\(described)")
        }
    }
}
