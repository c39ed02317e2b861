import SQL
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A change reaches one instance first, then the others.
@Suite struct CanaryTests {
    /// Writes instances `solo-1` and so on, and a fleet with a canary.
    private func write(_ parameters: String, count: Int, canary: String, _ home: TemporaryHome) throws {
        try home.write(RunTests.specification(extra: "  count: \(count)\n  parameters: { \(parameters) }\n"))
        try home.fleetDocument.replacing("maxDeletes: 10", with: "canary: \(canary)")
            .write(toFile: home.path + "/specs/fleet.yaml", atomically: true, encoding: .utf8)
    }

    private func conditions(_ home: TemporaryHome) async throws -> String {
        try await home.run("get", "conditions").output
    }

    @Test func `a change that breaks the first instance does not reach the others`() async throws {
        try await TemporaryHome.with { home in
            try write("work_mem: 5MB", count: 2, canary: "{ for: 1s }", home)
            _ = try await LoopProcess.with(home) { loop in
                try await loop.wait(for: "settled", of: "solo-1")
                try await loop.wait(for: "settled", of: "solo-2")
                try write("shared_buffers: 300GB", count: 2, canary: "{ for: 1s }", home)
                try await loop.wait(for: "actionFailed")
                try await loop.wait("the other one to be left alone") {
                    loop.events("held").contains { $0.message.contains("is not changed, because") }
                }
                #expect(loop.events("actionFailed").count == 1, "\(loop.log)")
            }
            // The next loop knows what the one that was killed had tried.
            _ = try await LoopProcess.with(home) { loop in
                try await loop.wait("the other one to be left alone") {
                    loop.events("held").contains { $0.message.contains("is not changed, because") }
                }
                try write("work_mem: 6MB", count: 2, canary: "{ for: 1s }", home)
                for name in ["solo-1", "solo-2"] {
                    try await loop.wait("6 MB on \(name)") {
                        let rows = try? await home.query("SELECT current_setting('work_mem') AS n", on: name)
                        return rows?.first?["n"] == "6MB"
                    }
                }
                // Only one of the two was ever tried, and only once.
                #expect(loop.events("actionFailed").isEmpty, "\(loop.log)")
            }
        }
    }

    @Test func `who waits for a window is not the first, and holds nobody up`() async throws {
        try await TemporaryHome.with { home in
            // Never open while the test runs: a window of one hour, half a day away.
            let hour = (Int(Date.now.timeIntervalSince1970) / 3600 + 12) % 24
            let times = "\(hour < 10 ? "0" : "")\(hour):00-\(hour < 10 ? "0" : "")\(hour):59"
            func write(_ connections: Int) throws {
                let parameters = "  parameters: { max_connections: \(connections) }\n"
                let window = "  maintenance: { windows: [\"daily \(times) UTC\"] }\n"
                let documents = [("a", parameters + window), ("b", parameters), ("c", parameters)]
                    .map { RunTests.specification($0.0, extra: $0.1) }
                try home.write(documents.joined(separator: "---\n"))
                try home.fleetDocument.replacing("maxDeletes: 10", with: "canary: { for: 1s, batch: 1 }")
                    .write(toFile: home.path + "/specs/fleet.yaml", atomically: true, encoding: .utf8)
            }
            func connections(_ name: String) async -> String? {
                let rows = try? await home.query("SELECT current_setting('max_connections') AS n", on: name)
                return rows?.first?["n"]
            }
            try write(30)
            _ = try await LoopProcess.with(home) { loop in
                for name in ["a", "b", "c"] { try await loop.wait(for: "settled", of: name) }
                try write(31)
                for name in ["b", "c"] {
                    try await loop.wait("31 connections on \(name)") { await connections(name) == "31" }
                }
                try await loop.wait("a to wait") {
                    loop.events("held", of: "a").last?.message.contains("waits for daily") ?? false
                }
                #expect(await connections("a") == "30")
            }
        }
    }

    @Test func `a round tells of the others what became of the first, and goes on in batches`() async throws {
        try await TemporaryHome.with { home in
            let canary = "{ for: 1s, batch: 1 }"
            try write("work_mem: 5MB", count: 3, canary: canary, home)
            #expect(try await home.run("run", "specs", "--once").code == 0)
            try write("shared_buffers: 300GB", count: 3, canary: canary, home)
            let stopped = try await home.run("run", "specs", "--once")
            #expect(stopped.code == 1, "\(stopped.errors)")
            let conditions = try await conditions(home)
            #expect(conditions.split(separator: "\n").count { $0.contains("RolloutStopped") } >= 2, "\(conditions)")
            #expect(!conditions.contains("WaitingForCanary"), "\(conditions)")
            try write("work_mem: 6MB", count: 3, canary: canary, home)
            #expect(try await home.run("run", "specs", "--once").code == 0)
            try await Task.sleep(for: .seconds(1))
            let good = try await home.run("run", "specs", "--once")
            #expect(good.code == 0, "\(good.errors)")
            #expect(try await home.run("plan", "specs", "--detailed-exitcode").code == 0)
        }
    }
}
