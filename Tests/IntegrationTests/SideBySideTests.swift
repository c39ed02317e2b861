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

/// Two commands in one home: each has the instances that it changes, and nobody else's.
@Suite struct SideBySideTests {
    private func write(_ name: String, in home: TemporaryHome, parameters: String = "work_mem: 5MB") throws {
        try home.fleetDocument.write(toFile: home.path + "/specs/fleet.yaml", atomically: true, encoding: .utf8)
        let extra = "  parameters: { \(parameters) }\n  databases: [{ name: shop }]"
        try RunTests.specification(name, extra: extra)
            .write(toFile: "\(home.path)/specs/\(name).yaml", atomically: true, encoding: .utf8)
    }

    private func apply(_ name: String, in home: TemporaryHome) async throws -> ProgramResult {
        try await home.run("apply", "specs/fleet.yaml", "specs/\(name).yaml", "--yes")
    }

    /// Does as another pgsteer that is at work on an instance.
    private func holding(_ name: String, in home: TemporaryHome, _ body: () async throws -> Void) async throws {
        let descriptor = open("\(home.path)/home/locks/\(name)", O_RDWR | O_CLOEXEC)
        defer { close(descriptor) }
        try #require(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        try await body()
    }

    @Test func `instances are made and changed side by side, and one at a time has the same instance`() async throws {
        try await TemporaryHome.with { home in
            let names = ["one", "two", "three"]
            for name in names { try write(name, in: home) }
            // Nobody waits for anybody, and everybody gets ports of its own.
            let results = try await withThrowingTaskGroup(of: ProgramResult.self) { group in
                for name in names { group.addTask { try await apply(name, in: home) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            for result in results { #expect(result.isSuccess, "\(result.all)") }
            #expect(Set(names.compactMap { home.nodePort(of: $0) }).count == names.count)
            let plan = try await home.run("plan", "specs", "--detailed-exitcode")
            #expect(plan.code == 0, "\(plan.all)")

            try await holding("one", in: home) {
                try write("two", in: home, parameters: "work_mem: 6MB")
                let other = try await apply("two", in: home)
                #expect(other.isSuccess, "\(other.all)")
                #expect(try await home.query("SHOW work_mem", on: "two").first?["work_mem"] == "6MB")
                let restarted = try await home.run("restart", "two")
                #expect(restarted.isSuccess, "\(restarted.all)")

                // What nothing is to be done to is in nobody's way; what is to be changed waits, or is refused.
                #expect(try await home.run("apply", "specs", "--yes").isSuccess)
                try write("one", in: home, parameters: "work_mem: 7MB")
                for result in [
                    try await apply("one", in: home), try await home.run("restart", "one"),
                    try await home.run("destroy", "one", "--yes"),
                ] {
                    #expect(
                        result.code == 1 && result.all.contains("another pgsteer is at work on one"),
                        "\(result.all)"
                    )
                }
                #expect(try await home.query("SHOW work_mem", on: "one").first?["work_mem"] == "5MB")
            }
            #expect(try await apply("one", in: home).isSuccess)
            #expect(try await home.query("SHOW work_mem", on: "one").first?["work_mem"] == "7MB")
        }
    }

    @Test func `a dead primary is replaced while another command changes another instance`() async throws {
        try await TemporaryHome.with { home in
            let dual = DualHome(home: home)
            try home.write(DualHome.specification())
            _ = try await LoopProcess.with(home) { loop in
                try await loop.wait(for: "settled", of: "orders")
                let other = open("\(home.path)/home/locks/other", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
                let shared = open("\(home.path)/home/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
                defer {
                    close(other)
                    close(shared)
                }
                try #require(flock(other, LOCK_EX | LOCK_NB) == 0 && flock(shared, LOCK_SH | LOCK_NB) == 0)
                let primary = try await dual.node("primary").number
                dual.send(SIGKILL, to: dual.processes(of: primary))
                try await loop.wait("another primary") { try await dual.node("primary").number != primary }
                #expect(loop.events("waiting").isEmpty)
            }
        }
    }
}
