import Glibc
import SQL
import Subprocess
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The loop keeps the fleet as the specifications say, whatever happens to either.
@Suite struct RunTests {
    static func specification(_ name: String = "solo", extra: String = "") -> String {
        """
        apiVersion: pgsteer/v1
        kind: Instance
        metadata: { name: \(name) }
        spec:
          version: 15
          size: { cpu: 1, memory: 64MiB }
          protection: { deletion: false }
        \(extra)
        """
    }

    private func workMemory(_ home: TemporaryHome) async throws -> String? {
        try await home.query("SELECT setting FROM pg_settings WHERE name = 'work_mem'", on: "solo").first?["setting"]
    }

    private func primaryProcess(_ home: TemporaryHome, _ instance: String = "solo") -> Int? {
        let path = home.folder(of: instance) + "/nodes/1/data/postmaster.pid"
        return (try? String(contentsOfFile: path, encoding: .utf8))?.split(separator: "\n").first.flatMap { Int($0) }
    }

    @Test func `a changed specification is applied, a mistake changes nothing and is told once`() async throws {
        try await TemporaryHome.with { home in
            try home.write(Self.specification())
            let status = try await LoopProcess.with(home) { loop in
                try await loop.wait(for: "settled", of: "solo")
                try home.write(Self.specification(extra: "  parameters: { work_mem: 5MB }"))
                try await loop.wait("work_mem of 5 MB") { try await workMemory(home) == "5120" }

                try home.write(Self.specification(extra: "  parametres: { work_mem: 6MB }"))
                try await loop.wait(for: "specsRefused")
                // A server is looked after all the same.
                let killed = try #require(primaryProcess(home))
                Processes.kill([killed])
                try await loop.wait("another server with work_mem of 5 MB") {
                    guard primaryProcess(home) != killed else { return false }
                    return (try? await workMemory(home)) == "5120"
                }
                #expect(loop.events("specsRefused").count == 1)
                #expect(loop.events("specsRefused").first?.message.contains("PGS-010") ?? false)

                // Who takes the mistake back is told that all is well.
                try home.write(Self.specification(extra: "  parameters: { work_mem: 5MB }"))
                try await loop.wait("right specifications") {
                    loop.events("specsChanged").last?.message.hasSuffix("in force, and right again") ?? false
                }

                // Nobody wanted the instance gone: its document is.
                try FileManager.default.removeItem(atPath: home.path + "/specs/fixture.yaml")
                try await loop.wait(for: "specsRefused", count: 2)
                #expect(try await home.run("get", "instances", "-o", "name").output == "solo\n")

                try home.write(Self.specification(extra: "  parameters: { work_mem: 7MB }"))
                try await loop.wait("work_mem of 7 MB") { try await workMemory(home) == "7168" }
                // Who applies by hand meanwhile is not in the way.
                let applied = try await home.run("apply", "specs", "--yes")
                #expect(applied.isSuccess, "\(applied.errors)")
                loop.end()
            }
            #expect(status == .exited(0))
            #expect(try await home.run("plan", "specs", "--detailed-exitcode").code == 0)
        }
    }

    @Test func `what drifts is put right, and what is declared no more stays and is told`() async throws {
        try await TemporaryHome.with { home in
            try home.write(
                Self.specification(
                    extra: "  deletionPolicy: delete\n  accounts: [{ name: app, connectionLimit: 5 }]\n---\n"
                )
                    + Self.specification("other")
            )
            let status = try await LoopProcess.with(home) { loop in
                try await loop.wait(for: "settled", of: "solo")
                try await loop.wait(for: "settled", of: "other")
                let wrong = try await home.run("reconcile", "solo", "nope")
                #expect(
                    wrong.code == 1 && wrong.output.isEmpty && wrong.errors.contains("other, solo"),
                    "\(wrong.errors)"
                )
                try await home.execute("ALTER ROLE app CONNECTION LIMIT 7", on: "solo")
                #expect(try await home.run("reconcile", "solo").isSuccess)
                try await loop.wait("a connection limit of 5") {
                    try await !home.query("SELECT FROM pg_roles WHERE rolname = 'app' AND rolconnlimit = 5", on: "solo")
                        .isEmpty
                }
                try home.write(Self.specification("other"))
                try await loop.wait(for: "retained", of: "solo")
                #expect(primaryProcess(home) != nil)
                loop.end(by: SIGINT)
            }
            #expect(status == .exited(130))
            let pruned = try await home.run("run", "specs", "--once", "--prune")
            #expect(pruned.code == 0, "\(pruned.errors)")
            #expect(try await home.run("get", "instances", "-o", "name").output == "other\n")
        }
    }

    @Test func `what is to be pruned waits for its window, and for files that are empty`() async throws {
        let window =
            "  deletionPolicy: delete\n  maintenance: { windows: [\"\(Self.farDay) 02:00-04:00 Europe/Berlin\"] }\n"
        try await TemporaryHome.with { home in
            try home.write(Self.specification("other") + "\n---\n" + Self.specification(extra: window))
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            try home.write(Self.specification("other"))
            let held = try await home.run("run", "specs", "--once", "--prune")
            #expect(held.errors.contains("removed later") && held.errors.contains("opens at"), "\(held.errors)")
            // Whoever looks later sees it, too.
            let conditions = try await home.run("get", "conditions").output
            #expect(conditions.contains(/solo +Declared +false +WaitingForWindow/), "\(conditions)")
            try home.write(
                Self.specification("other") + "\n---\n" + Self.specification(extra: "  deletionPolicy: delete")
            )
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            try home.write(Self.specification("other"))
            try "\n".write(toFile: home.path + "/specs/solo.yaml", atomically: true, encoding: .utf8)
            let empty = try await home.run("run", "specs", "--once", "--prune")
            #expect(empty.errors.contains("solo.yaml is empty"), "\(empty.errors)")
            #expect(try await home.run("get", "instances", "-o", "name").output == "other\nsolo\n")
            try FileManager.default.removeItem(atPath: home.path + "/specs/solo.yaml")
            #expect(try await home.run("run", "specs", "--once", "--prune").isSuccess)
            #expect(try await home.run("get", "instances", "-o", "name").output == "other\n")
        }
    }

    /// A day of the week that is far enough, whenever the test runs.
    static var farDay: String {
        ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][(Int(Date.now.timeIntervalSince1970) / 86_400 + 3) % 7]
    }

    @Test func `a primary that dies or hangs is replaced by its standby, which follows again`() async throws {
        try await TemporaryHome.with { home in
            let dual = DualHome(home: home)
            try home.write(DualHome.specification())
            _ = try await LoopProcess.with(home) { loop in
                try await loop.wait(for: "settled", of: "orders")
                try await dual.execute("CREATE TABLE public.written (id int)")
                try await dual.execute("GRANT ALL ON public.written TO app")
                for (round, signal) in [SIGKILL, SIGSTOP].enumerated() {
                    let primary = try await dual.node("primary").number
                    try await dual.writing("round \(round)") {
                        dual.send(signal, to: dual.processes(of: primary))
                        try await loop.wait("another primary") { try await dual.node("primary").number != primary }
                    }
                    try await loop.wait("a standby that follows") {
                        try await home.run("plan", "specs", "--detailed-exitcode").code == 0
                    }
                    #expect(try await dual.node("standby").number == primary)
                }
                #expect(loop.events("serverDied").count >= 1)
                #expect(loop.events("serverHung").count >= 1)
            }
        }
    }

    @Test func `a second loop stands by, and takes over when the first is killed`() async throws {
        try await TemporaryHome.with { home in
            try home.write(Self.specification())
            _ = try await LoopProcess.with(home) { first in
                try await first.wait(for: "settled", of: "solo")
                try await first.wait("the file of its state") { try await readySince(home) != nil }
                let ready = try await readySince(home)
                try await Task.sleep(for: .seconds(1))
                let status = try await LoopProcess.with(home) { second in
                    try await second.wait(for: "standingBy")
                    #expect(second.events("started").isEmpty)
                    first.send(SIGKILL)
                    try await second.wait(for: "started")
                    try await second.wait(for: "settled", of: "solo")
                    // It is as it was, and so since then.
                    try await second.wait("the same time of being ready") { try await readySince(home) == ready }
                    let killed = try #require(primaryProcess(home))
                    Processes.kill([killed])
                    try await second.wait("another server") {
                        guard primaryProcess(home) != killed else { return false }
                        return (try? await workMemory(home)) != nil
                    }
                    second.end()
                }
                #expect(status == .exited(0))
            }
        }
    }

    /// Since when the instance is ready, as the file of the loop's state says; nil when it is not.
    private func readySince(_ home: TemporaryHome) async throws -> String? {
        let text = try await home.run("get", "conditions", "-o", "json").output
        return text.firstMatch(of: #/"reason" : "Succeeded",\s+"since" : "([^"]+)"/#).map { String($0.1) }
    }

    @Test func `what is suspended, paused or only observed is left alone`() async throws {
        try await TemporaryHome.with { home in
            try home.write(Self.specification())
            _ = try await LoopProcess.with(home) { loop in
                try await loop.wait(for: "settled", of: "solo")
                #expect(try await home.run("pause", "--reason", "a test").isSuccess)
                try await loop.wait(for: "paused")
                let server = try #require(primaryProcess(home))
                Processes.kill([server])
                try await loop.wait(for: "refused", of: "solo")
                let told = loop.events("refused", of: "solo").last?.message ?? ""
                #expect(
                    told.hasPrefix("its server does not run, and nobody brings it back: the loop is paused"),
                    "\(told)"
                )
                #expect(primaryProcess(home) == server)
                #expect(try await home.run("resume").isSuccess)
                try await loop.wait("a server") { (try? await workMemory(home)) != nil }

                try home.write(Self.specification(extra: "  suspend: true\n  parameters: { work_mem: 6MB }"))
                try await loop.wait("suspension") {
                    loop.events("held", of: "solo").contains { $0.message.contains("suspend: true") }
                }
                #expect(try await workMemory(home) == "4096")
            }
            try home.write(Self.specification(extra: "  parameters: { work_mem: 6MB }"))
            _ = try await LoopProcess.with(home, ["--observe-only"]) { loop in
                try await loop.wait(for: "held", of: "solo")
                let told = loop.events("held", of: "solo").first?.message
                #expect(told == "the loop only observes; to do: set work_mem of solo")
                #expect(try await workMemory(home) == "4096")
            }
            // One round is enough for a timer.
            #expect(try await home.run("run", "specs", "--once", "--observe-only").code == 2)
            let once = try await home.run("run", "specs", "--once")
            #expect(once.code == 0, "\(once.errors)")
            #expect(try await workMemory(home) == "6144")
            #expect(try await home.run("run", "specs", "--once", "--observe-only").code == 0)
        }
    }

    @Test func `a restart waits for its window, everything else does not, and somebody may be in a hurry`() async throws
    {
        let window = "  maintenance: { windows: [\"\(Self.farDay) 02:00-04:00 Europe/Berlin\"] }\n"
        try await TemporaryHome.with { home in
            try home.write(Self.specification(extra: window))
            _ = try await LoopProcess.with(home) { loop in
                try await loop.wait(for: "settled", of: "solo")
                try home.write(
                    Self.specification(
                        extra: window + "  parameters: { max_connections: 40 }\n  accounts: [{ name: app }]\n"
                    )
                )
                try await loop.wait(for: "held", of: "solo")
                #expect(loop.events("held").first?.message.contains("which opens at") ?? false)
                let there = try await home.query("SELECT FROM pg_roles WHERE rolname = 'app'", on: "solo")
                #expect(there.count == 1)
                #expect(try await maxConnections(home) == "100")
                try await loop.wait("a condition") {
                    try await home.run("get", "conditions").output.contains("WaitingForWindow")
                }

                // What has died does not wait.
                Processes.kill([try #require(primaryProcess(home))])
                try await loop.wait("a server") { (try? await maxConnections(home)) == "40" }
                try home.write(Self.specification(extra: window + "  parameters: { max_connections: 50 }\n"))
                try await loop.wait(for: "held", of: "solo", count: 2)
                #expect(try await home.run("reconcile", "solo", "--now").isSuccess)
                try await loop.wait("50 connections") { (try? await maxConnections(home)) == "50" }
            }
        }
    }

    private func maxConnections(_ home: TemporaryHome) async throws -> String? {
        try await home.query("SELECT current_setting('max_connections') AS n", on: "solo").first?["n"]
    }

    @Test func `a loop that is asked to end finishes its step, and the next one goes on from there`() async throws {
        try await TemporaryHome.with { home in
            try home.write(Self.specification())
            let status = try await LoopProcess.with(home) { loop in
                try await loop.wait(for: "specsChanged")
                try await loop.wait("a server that is being made") { home.processes.contains { $0 != loop.processID } }
                loop.end()
            }
            #expect(status == .exited(0))
            let once = try await home.run("run", "specs", "--once")
            #expect(once.code == 0, "\(once.errors)")
            #expect(try await home.run("plan", "specs", "--detailed-exitcode").code == 0)
            let conditions = try await home.run("get", "conditions", "-o", "name").output
            #expect(conditions == "solo/Ready\n")
        }
    }

    @Test func `systemd is told when the loop keeps the home, that it lives, and that it ends`() async throws {
        try await TemporaryHome.with { home in
            try home.write(Self.specification())
            let manager = try NotifySocket(home.path + "/notify")
            defer { manager.close() }
            let environment = ["NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "3000000"]
            let status = try await LoopProcess.with(home, ["--observe-only"], environment: environment) { loop in
                try await loop.wait("READY=1") { manager.messages.contains { $0.hasPrefix("READY=1\nSTATUS=keeping") } }
                try await loop.wait("two beats") { manager.messages.filter { $0 == "WATCHDOG=1" }.count >= 2 }
                loop.end()
            }
            #expect(status == .exited(0))
            #expect(manager.messages.contains { $0.hasPrefix("STOPPING=1") })
        }
    }

    @Test func `a loop that is killed at any side effect is made good by the next one`() async throws {
        try await TemporaryHome.with { home in
            try home.write(Self.specification())
            #expect(try await home.run("run", "specs", "--once").code == 0)
            for number in 1...60 {
                let memory = number.isMultiple(of: 2) ? "5MB" : "6MB"
                let connections = number.isMultiple(of: 2) ? 40 : 50
                try home.write(
                    Self.specification(
                        extra: "  parameters: { work_mem: \(memory), max_connections: \(connections) }"
                    )
                )
                let result = try await home.run(
                    ["run", "specs", "--once"],
                    environment: ["PGSTEER_CRASH_AT": String(number)]
                )
                guard result.wasKilled else {
                    #expect(result.isSuccess, "\(result.errors)")
                    return #expect(number > 4, "the loop had hardly any side effect, so the sweep shows nothing")
                }
                let next = try await home.run("run", "specs", "--once")
                #expect(next.isSuccess, "after a crash at \(number): \(next.errors)")
                let plan = try await home.run("plan", "specs", "--detailed-exitcode")
                #expect(plan.code == 0, "after a crash at \(number): \(plan.output)\(plan.errors)")
            }
            Issue.record("the loop had more than 60 side effects")
        }
    }
}
