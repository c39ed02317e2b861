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

/// What fails is tried again later and later, and told once.
@Suite struct LoopFailureTests {
    private func serves(_ home: TemporaryHome) async -> Bool {
        let rows = try? await home.query("SELECT current_setting('huge_pages') AS n", on: "solo")
        return rows?.first?["n"] == "try"
    }

    private func server(_ home: TemporaryHome) throws -> Int {
        let path = home.folder(of: "solo") + "/nodes/1/data/postmaster.pid"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        return try #require(text.split(separator: "\n").first.flatMap { Int($0) })
    }

    @Test func `what fails is not repeated at once, and what dies meanwhile is brought back`() async throws {
        try await TemporaryHome.with { home in
            try home.write(RunTests.specification(extra: "  databases: [{ name: shop }]\n"))
            _ = try await LoopProcess.with(home) { loop in
                try await loop.wait(for: "settled", of: "solo")
                try await home.connect("solo", database: "shop") { connection in
                    try await connection.execute(
                        script: """
                            CREATE FUNCTION public.refuse() RETURNS event_trigger LANGUAGE plpgsql
                              AS $$ BEGIN RAISE 'not here'; END $$;
                            CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('CREATE SCHEMA')
                              EXECUTE FUNCTION public.refuse()
                            """
                    )
                }
                try home.write(RunTests.specification(extra: "  databases: [{ name: shop, schemas: [sales] }]\n"))
                try await loop.wait(for: "actionFailed", of: "solo")
                try await Task.sleep(for: .seconds(15))
                // After 0, 1, 3, 7 and 15 seconds, a fifth less at least.
                let count = loop.events("actionFailed", of: "solo").count
                #expect((2...5).contains(count), "\(loop.log)")
                // Told with its cause each time that it is tried, and only there.
                let rests = loop.events("failed", of: "solo")
                #expect(rests.allSatisfy { $0.message.hasPrefix("tried again in ") }, "\(loop.log)")

                // One that is killed is back long before the next try.
                try await loop.wait("a fifth failure") { loop.events("actionFailed", of: "solo").count >= 5 }
                try await loop.wait("a server") { await serves(home) }
                // Whatever notices it first: the death of the process, or a gateway that reaches nobody.
                let killed = try server(home)
                Processes.kill([killed])
                try await loop.wait("a server that is brought back") {
                    guard let found = try? server(home), found != killed else { return false }
                    return await serves(home)
                }
                #expect(loop.events("actionFailed", of: "solo").count <= 6)

                // A changed specification does not wait.
                try home.write(
                    RunTests.specification(extra: "  databases: [{ name: shop }]\n  parameters: { work_mem: 5MB }\n")
                )
                try await loop.wait(for: "settled", of: "solo", count: 2)
            }
        }
    }

    @Test func `a gateway that dies is told, and is back`() async throws {
        try await TemporaryHome.with { home in
            try home.write(RunTests.specification())
            _ = try await LoopProcess.with(home) { loop in
                try await loop.wait(for: "settled", of: "solo")
                let gateway = home.gatewayProcesses
                try #require(!gateway.isEmpty)
                Processes.kill(gateway)
                try await loop.wait(for: "gatewayDied")
                try await loop.wait("an endpoint") {
                    let rows = try? await home.query("SELECT 1 AS n", on: "solo")
                    return rows?.first?["n"] == "1"
                }
                #expect(loop.events("gatewayDied").count == 1, "\(loop.log)")
            }
        }
    }

    @Test func `a loop that starts on a mistake keeps what was in force last`() async throws {
        try await TemporaryHome.with { home in
            try home.write(RunTests.specification())
            _ = try await LoopProcess.with(home) { loop in
                try await loop.wait(for: "settled", of: "solo")
                loop.end()
            }
            // As after a restart of the host: the server is gone, and somebody has left a mistake.
            Processes.kill([try server(home)])
            while await serves(home) { usleep(10_000) }
            try home.write(RunTests.specification(extra: "  paramters: {}"))
            let single = try await home.run("run", "specs", "--once")
            #expect(single.code == 1, "\(single.all)")
            #expect(await !serves(home))
            _ = try await LoopProcess.with(home) { loop in
                try await loop.wait("a server that is brought back") { await serves(home) }
                let refused = loop.events("specsRefused").map(\.message)
                #expect(refused.count == 1 && refused.first?.contains("those before stay in force") == true)
                try home.write(RunTests.specification(extra: "  parameters: { work_mem: 5MB }"))
                try await loop.wait("the new ones in force") {
                    try await home.query("SHOW work_mem", on: "solo").first?["work_mem"] == "5MB"
                }
                loop.end()
            }
            // What another loop was given is none of this one's business.
            try home.write(RunTests.specification(extra: "  paramters: {}"))
            _ = try await LoopProcess.with(home, specs: ["specs/fixture.yaml"]) { loop in
                try await loop.wait(for: "specsRefused")
                #expect(loop.events("specsRefused").first?.message.contains("waiting for correct ones") == true)
                #expect(loop.events("specsChanged").isEmpty)
                loop.end()
            }
        }
    }

    @Test func `a removal that waits for the next hour is told once`() async throws {
        try await TemporaryHome.with { home in
            func write(_ names: String...) throws {
                let documents = names.map { RunTests.specification($0, extra: "  deletionPolicy: delete\n") }
                try home.write(documents.joined(separator: "---\n"))
                try home.fleetDocument.replacing("maxDeletes: 10", with: "maxDeletes: 1")
                    .write(toFile: home.path + "/specs/fleet.yaml", atomically: true, encoding: .utf8)
            }
            try write("solo", "first", "second")
            #expect(try await home.run("run", "specs", "--once").code == 0)
            _ = try await LoopProcess.with(home, ["--prune", "--interval", "1"]) { loop in
                try await loop.wait(for: "settled", of: "solo")
                try write("solo", "second")
                try await loop.wait("the first to be gone") {
                    try await home.run("get", "instances", "-o", "name").output == "second\nsolo\n"
                }
                try write("solo")
                try await loop.wait(for: "retained", of: "second")
                try await Task.sleep(for: .seconds(4))
                let told = loop.events("retained", of: "second").map(\.message)
                #expect(told.count == 1 && told.first?.contains("safety.maxDeletes is 1") == true, "\(told)")
                #expect(
                    try await home.run("get", "conditions").output.contains(/second +Declared +false +WaitingForBudget/)
                )
            }
        }
    }

    @Test func `more removals than are allowed are told once, and again after they were`() async throws {
        try await TemporaryHome.with { home in
            func write(maxDeletes: Int, _ names: String...) throws {
                let documents = names.map { RunTests.specification($0, extra: "  deletionPolicy: delete\n") }
                try home.write(documents.joined(separator: "---\n"))
                try home.fleetDocument.replacing("maxDeletes: 10", with: "maxDeletes: \(maxDeletes)")
                    .write(toFile: home.path + "/specs/fleet.yaml", atomically: true, encoding: .utf8)
            }
            try write(maxDeletes: 1, "solo", "first", "second")
            #expect(try await home.run("run", "specs", "--once").code == 0)
            try write(maxDeletes: 1, "solo")
            _ = try await LoopProcess.with(home, ["--prune", "--interval", "1"]) { loop in
                try await loop.wait(for: "failed")
                try await Task.sleep(for: .seconds(4))
                #expect(loop.events("failed").map(\.level) == ["error"], "\(loop.log)")
                try write(maxDeletes: 2, "solo")
                try await loop.wait("the two to be gone") {
                    try await home.run("get", "instances", "-o", "name").output == "solo\n"
                }
            }
        }
    }
}
