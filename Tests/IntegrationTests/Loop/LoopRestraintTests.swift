import Glibc
import SQL
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What the loop does not do, and what it does not take for a fault.
@Suite struct LoopRestraintTests {
    private func setting(_ name: String, _ home: TemporaryHome) async -> String? {
        let rows = try? await home.query("SELECT current_setting(\(bind: name)) AS n", on: "solo")
        return rows?.first?["n"]
    }

    private func server(_ home: TemporaryHome) -> String? {
        let path = home.folder(of: "solo") + "/nodes/1/data/postmaster.pid"
        return (try? String(contentsOfFile: path, encoding: .utf8))?.split(separator: "\n").first.map(String.init)
    }

    @Test func `a server is not restarted again for parameters that it does not start with`() async throws {
        try await TemporaryHome.with { home in
            func write(_ parameters: String, _ more: String = "") throws {
                try home.write(RunTests.specification(extra: "  parameters: { \(parameters) }\n\(more)"))
            }
            try write("work_mem: 5MB")
            _ = try await LoopProcess.with(home, ["--interval", "1"]) { loop in
                try await loop.wait(for: "settled", of: "solo")
                try write("work_mem: 5MB, shared_buffers: 300GB")
                try await loop.wait(for: "refused", of: "solo")
                let told = try #require(loop.events("refused", of: "solo").first?.message)
                #expect(
                    told.contains("runs again with the old ones") && told.contains("pgsteer reconcile solo"),
                    "\(told)"
                )
                let running = server(home)
                // What else is desired goes on.
                try write("work_mem: 5MB, shared_buffers: 300GB", "  accounts: [{ name: app }]\n")
                try await loop.wait("an account") {
                    try await !home.query("SELECT FROM pg_roles WHERE rolname = 'app'", on: "solo").isEmpty
                }
                try await Task.sleep(for: .seconds(3))
                #expect(server(home) == running && loop.events("actionFailed").count == 1, "\(loop.log)")
                #expect(
                    try await home.run("get", "conditions").output.contains(/solo +Stalled +true +ParametersRejected/)
                )
            }
            // The next loop knows it, and somebody may ask for it.
            _ = try await LoopProcess.with(home, ["--interval", "1"]) { loop in
                try await loop.wait(for: "refused", of: "solo")
                try await Task.sleep(for: .seconds(2))
                #expect(loop.events("actionFailed").isEmpty, "\(loop.log)")
                #expect(try await home.run("reconcile", "solo").isSuccess)
                try await loop.wait(for: "actionFailed", of: "solo")
                try await loop.wait("the old parameters") { await setting("work_mem", home) == "5MB" }
                try write("work_mem: 6MB, shared_buffers: 16MB", "  accounts: [{ name: app }]\n")
                try await loop.wait("other parameters") { await setting("shared_buffers", home) == "16MB" }
                try await loop.wait(for: "settled", of: "solo")
            }
        }
    }

    @Test func `a server that dies comes back, also with parameters that it would not start with`() async throws {
        let window = "  maintenance: { windows: [\"\(RunTests.farDay) 02:00-04:00 Europe/Berlin\"] }\n"
        try await TemporaryHome.with { home in
            func write(_ parameters: String) throws {
                try home.write(RunTests.specification(extra: "\(window)  parameters: { \(parameters) }\n"))
            }
            try write("work_mem: 5MB")
            _ = try await LoopProcess.with(home, ["--interval", "1"]) { loop in
                try await loop.wait(for: "settled", of: "solo")
                try write("work_mem: 6MB, max_connections: 40, shared_preload_libraries: no_such_library")
                try await loop.wait(for: "held", of: "solo")
                #expect(await setting("work_mem", home) == "6MB")
                let killed = try #require(server(home).flatMap { Int($0) })
                Processes.kill([killed])
                try await loop.wait("another server") {
                    guard let found = server(home), found != String(killed) else { return false }
                    return await setting("work_mem", home) == "6MB"
                }
                // Nothing that was in force is lost, and nothing that waited has come into it.
                #expect(await setting("max_connections", home) == "100")
                try write("work_mem: 7MB, max_connections: 40")
                try await loop.wait("a reload") { await setting("work_mem", home) == "7MB" }
                #expect(try await home.run("reconcile", "solo", "--now").isSuccess)
                try await loop.wait("a restart") { await setting("max_connections", home) == "40" }
                try write("work_mem: 8MB, max_connections: 40, shared_preload_libraries: no_such_library")
                try await loop.wait("a reload") { await setting("work_mem", home) == "8MB" }
                #expect(try await home.run("reconcile", "solo", "--now").isSuccess)
                try await loop.wait(for: "refused", of: "solo")
                let values = [await setting("work_mem", home), await setting("max_connections", home)]
                #expect(values == ["8MB", "40"], "\(loop.log)")
            }
            let changed = try await home.run("drift", "specs", "-o", "json").output
            #expect(!changed.contains("work_mem"), "\(changed)")
        }
    }

    @Test func `rounds of a timer know what an earlier one could not do`() async throws {
        try await TemporaryHome.with { home in
            func write(_ parameters: String) throws {
                try home.write(RunTests.specification(extra: "  parameters: { \(parameters) }\n"))
            }
            try write("work_mem: 5MB")
            #expect(try await home.run("run", "specs", "--once").isSuccess)
            try write("work_mem: 5MB, shared_preload_libraries: no_such_library")
            let first = try await home.run("run", "specs", "--once")
            #expect(first.code == 1 && first.errors.contains("pgsteer apply tries once more"), "\(first.errors)")
            let running = server(home)
            let second = try await home.run("run", "specs", "--once")
            #expect(second.code == 1 && server(home) == running, "\(second.errors)")
        }
    }

    @Test func `what somebody does by hand while the loop is paused is no alarm`() async throws {
        try await TemporaryHome.with { home in
            try await WebhookReceiver.with { receiver in
                try home.write(RunTests.specification(extra: "  accounts: [{ name: app, connectionLimit: 5 }]\n"))
                let channel = "  notifications:\n    - { name: ops, webhook: { urlFrom: { env: HOOK } } }\n"
                try (home.fleetDocument + channel)
                    .write(toFile: home.path + "/specs/fleet.yaml", atomically: true, encoding: .utf8)
                _ = try await LoopProcess.with(home, ["--interval", "1"], environment: ["HOOK": receiver.url]) { loop in
                    try await loop.wait(for: "settled", of: "solo")
                    #expect(try await home.run("pause", "--reason", "a test").isSuccess)
                    try await loop.wait(for: "paused")
                    for _ in 1...3 { #expect(try await home.run("restart", "solo").isSuccess) }
                    try await Task.sleep(for: .seconds(2))
                    #expect(receiver.bodies == [], "\(loop.log)")
                    #expect(loop.events("refused").isEmpty && loop.events("failed").isEmpty, "\(loop.log)")
                    // A server that is gone, and that nobody brings back, is one; and nobody has changed anything.
                    let running = try #require(server(home).flatMap { Int($0) })
                    Processes.kill([running])
                    try await loop.wait("a notification") { !receiver.bodies.isEmpty }
                    #expect(receiver.bodies.allSatisfy { $0.contains("NotServing") }, "\(receiver.bodies)")
                    #expect(try await home.run("resume").isSuccess)
                    try await loop.wait("its end") { receiver.bodies.contains { $0.contains("\"resolved\"") } }
                    #expect(receiver.bodies.count == 2, "\(receiver.bodies)")
                }
            }
        }
    }

    @Test func `a round on a mistake leaves what was known of the fleet`() async throws {
        try await TemporaryHome.with { home in
            try home.write(RunTests.specification())
            #expect(try await home.run("run", "specs", "--once").isSuccess)
            let before = try await home.run("get", "conditions").output
            #expect(before.contains(/solo +Ready +true/), "\(before)")
            try home.write(RunTests.specification(extra: "  paramters: {}\n"))
            let refused = try await home.run("run", "specs", "--once")
            #expect(refused.code == 1 && refused.errors.contains("; nothing is done"), "\(refused.errors)")
            #expect(try await home.run("get", "conditions").output == before)
        }
    }
}
