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

/// The endpoint of a source that is an instance goes along with the writes, between real servers behind one gateway.
@Suite struct EndpointMoveTests {
    @Test func `clients of one address write on the target after the cut-over and on the source after the rollback`()
        async throws
    {
        try await InstancePair.with(15, 17) { pair in
            try pair.declare(15, 17, "rollback: keep, sourceAfter: closed")
            let clients = try await pair.clients()
            let load = WriteLoad(clients)
            let acknowledged = try await load.during {
                let started = try await pair.migration("start")
                #expect(started.output.contains("ready to complete"), "\(started.output)\(started.errors)")
                #expect(started.errors.contains("goes along with the writes"), "\(started.errors)")
                let completed = try await pair.migration("complete")
                #expect(completed.output.contains("way back open"), "\(completed.output)\(completed.errors)")
                // The clients know nothing of it, and write on.
                #expect(try await pair.major(at: clients) == 17)
                let before = try await pair.written(on: "new").count
                while try await pair.written(on: "new").count < before + 20 { usleep(10_000) }
                try await expectMoved(pair)
                let back = try await pair.migration("rollback")
                #expect(back.output.contains("rolled back"), "\(back.output)\(back.errors)")
                #expect(try await pair.major(at: clients) == 15)
            }
            try await pair.expectAll(acknowledged, on: "old")
            #expect(try await pair.endpoint(of: "old").leadsTo == nil)
            #expect(!FileManager.default.fileExists(atPath: pair.home.folder(of: "old") + "/endpoint.json"))
            let plan = try await pair.home.run("plan", "specs", "--detailed-exitcode")
            #expect(plan.code == 0, "\(plan.output)\(plan.errors)")
        }
    }

    /// What everybody is told while the way back is open.
    private func expectMoved(_ pair: InstancePair) async throws {
        let endpoint = try await pair.endpoint(of: "old")
        #expect(endpoint.leadsTo == "new" && endpoint.isOpen)
        let status = try await pair.migration("status")
        #expect(status.output.contains("of old leads to new"), "\(status.output)")
        #expect(try await pair.home.run("describe", "old").output.contains("leads to new"))
        #expect(try await pair.home.run("get", "instances").output.contains("-> new"))
        let form = try await pair.home.run("connect", "old", "--print", "uri")
        #expect(form.output.contains(":\(endpoint.port)/") && form.errors.contains("leads to new"), "\(form)")
        for (name, reason) in [("old", "is moving its endpoint"), ("new", "moves the endpoint of old to it")] {
            let destroyed = try await pair.home.run("destroy", name, "--yes")
            #expect(!destroyed.isSuccess && destroyed.errors.contains(reason), "\(destroyed.errors)")
        }
        let applied = try await pair.home.run("apply", "specs", "--yes")
        #expect(applied.isSuccess, "\(applied.errors)")
        #expect(try await pair.endpoint(of: "old").leadsTo == "new", "apply leaves it where it leads")
    }

    @Test func `one address never leads to a lost write, wherever the cut-over and the rollback are killed`()
        async throws
    {
        try await InstancePair.with(16, 17) { pair in
            try pair.declare(16, 17, "rollback: keep")
            let clients = try await pair.clients()
            #expect(try await pair.migration("start").isSuccess)
            var acknowledged: Set<Int> = []
            for (verb, end, instance) in [("complete", "way back open", "new"), ("rollback", "rolled back", "old")] {
                var kills = 0
                for number in stride(from: 2, through: 200, by: 4) {
                    let result = try await pair.migration(verb, environment: ["PGSTEER_CRASH_AT": String(number)])
                    // Whoever takes it now has to be the one who has it in the end.
                    let id = acknowledged.count + 1
                    let insert: Statement = "INSERT INTO public.written VALUES (\(literal: String(id)))"
                    if (try? await PostgresConnection.with(clients, body: { try await $0.execute(insert) })) != nil {
                        acknowledged.insert(id)
                    }
                    guard result.wasKilled else {
                        #expect(result.output.contains("move: \(end)"), "\(kills): \(result.output)\(result.errors)")
                        break
                    }
                    kills += 1
                }
                #expect(kills > 3, "\(verb)")
                #expect(try await pair.major(at: clients) == (instance == "new" ? 17 : 16))
                try await pair.expectAll(acknowledged, on: instance)
            }
            #expect(acknowledged.count > 1)
            #expect(try await pair.migration("delete").isSuccess)
        }
    }

    @Test func `the last database of an instance to go over takes the endpoint along`() async throws {
        try await InstancePair.with(15, 16) { pair in
            let clients = try await pair.clients()
            try await pair.home.connect("old", database: "crm") {
                try await $0.execute("CREATE TABLE public.customer (id int PRIMARY KEY)")
            }
            try pair.declare(15, 16, "endpoint: auto", others: ["crm"])
            let applied = try await pair.home.run("apply", "specs", "--yes")
            #expect(applied.isSuccess, "\(applied.errors)")
            let first = try await pair.home.run("migration", "complete", "crm", "specs")
            #expect(first.output.contains("crm: completed"), "\(first.output)\(first.errors)")
            #expect(try await pair.major(at: clients) == 15, "shop is still behind it")
            let last = try await pair.migration("complete")
            #expect(last.output.contains("move: completed"), "\(last.output)\(last.errors)")
            for database in ["shop", "crm"] { #expect(try await pair.major(at: clients.database(database)) == 16) }
        }
    }

    @Test func `an endpoint that others need stays, and one that was moved follows whoever is primary`() async throws {
        try await InstancePair.with(15, 16) { pair in
            let clients = try await pair.clients()
            try await pair.home.connect("old", database: "crm") {
                try await $0.execute("CREATE TABLE public.customer (id int)")
            }
            try pair.declare(15, 16, "endpoint: move")
            let refused = try await pair.migration("check")
            #expect(refused.code == 1 && refused.output.contains("crm of the same instance"), "\(refused.output)")
            try pair.declare(15, 16, "endpoint: auto", target: "  availability: { mode: dual, zones: [a, b] }")
            let alarmed = try await pair.migration("check")
            #expect(alarmed.output.contains("alarm  endpoint-move"), "\(alarmed.output)")
            try await pair.home.connect("old", database: "crm") { try await $0.execute("DROP TABLE public.customer") }
            let applied = try await pair.home.run("apply", "specs", "--yes")
            #expect(applied.isSuccess, "\(applied.errors)")
            let completed = try await pair.migration("complete")
            #expect(completed.output.contains("move: completed"), "\(completed.output)\(completed.errors)")
            #expect(try await pair.major(at: clients) == 16)
            let switched = try await pair.home.run("switchover", "new")
            #expect(switched.isSuccess, "\(switched.errors)")
            try await pair.run("INSERT INTO public.written VALUES (1)")
            #expect(try await pair.written(on: "new", node: 2) == [1])
            try await expectKept(pair, clients)
        }
    }

    /// A gateway that was killed leads there again, and neither instance goes unnoticed.
    private func expectKept(_ pair: InstancePair, _ clients: ConnectionTarget) async throws {
        for processID in pair.home.gatewayProcesses { kill(pid_t(processID), SIGKILL) }
        let applied = try await pair.home.run("apply", "specs", "--yes")
        #expect(applied.isSuccess, "\(applied.errors)")
        #expect(try await pair.major(at: clients) == 16)
        #expect(try await pair.migration("delete").isSuccess)
        let refused = try await pair.home.run("destroy", "new", "--yes")
        #expect(refused.errors.contains("the endpoint of old leads to it"), "\(refused.errors)")
        let gone = try await pair.home.run("destroy", "old", "--yes")
        #expect(gone.isSuccess && gone.errors.contains("is closed with old"), "\(gone.errors)")
        await #expect(throws: (any Error).self) { try await pair.major(at: clients) }
        #expect(try await pair.home.run("destroy", "new", "--yes").isSuccess)
    }
}
