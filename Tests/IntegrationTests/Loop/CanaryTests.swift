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
