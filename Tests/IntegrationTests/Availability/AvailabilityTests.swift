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

/// A primary with a standby, as the specification has it.
@Suite struct AvailabilityTests {
    @Test(arguments: PostgresInstallations.majors)
    func `an instance of two nodes is made, is then as desired, and a second apply writes nothing`(major: Int)
        async throws
    {
        try await DualHome.with(DualHome.specification(major: major)) { dual in
            try await dual.expectFixedPoint()
            let nodes = try await dual.nodes
            #expect(nodes.map(\.role) == ["primary", "standby"])
            let before = dual.home.log(of: "orders").count
            try await dual.apply()
            #expect(WriteStatements.inLog(dual.home.log(of: "orders").dropFirst(before)) == [])
            try await dual.execute("INSERT INTO public.written VALUES (7)")
            try await dual.writing("PostgreSQL \(major)") {
                #expect(try await dual.home.run("switchover", "orders").isSuccess)
                dual.send(SIGKILL, to: dual.processes(of: 2))
                try await dual.apply()
            }
            try await dual.expectFixedPoint()
        }
    }

    /// Accounts, privileges and a parameter that come with the first standby: all of it is remembered by the same run.
    private static func withAccounts(_ specification: String) -> String {
        let account = "{ name: app, passwordFrom: { env: APP_PASSWORD } }"
        let more = (1...4)
            .map { number in
                "{ name: r\(number), memberships: [app], settings: { work_mem: \(number)MB }, "
                    + "grants: [{ database: shop, schema: public, tables: [written], privileges: SELECT }] }"
            }
        return specification.replacing(account, with: ([account] + more).joined(separator: ", "))
            .replacing("log_statement: ddl", with: "log_statement: mod, log_min_duration_statement: 250")
    }

    @Test func `a single instance gets a standby and loses it again, and sessions through its endpoint go on`()
        async throws
    {
        try await DualHome.with(DualHome.specification(availability: "{ mode: single }")) { dual in
            let endpoint = try await dual.home.run("get", "endpoints", "-o", "name").output
            let process = try await dual.node("primary").processID
            try await dual.writing {
                for availability in ["{ mode: dual }", "{ mode: dual, replication: sync }", "{ mode: single }"] {
                    try dual.home.write(Self.withAccounts(DualHome.specification(availability: availability)))
                    try await dual.apply()
                    let drift = try await dual.home.run("drift", "specs")
                    #expect(drift.code == 0, "\(availability): \(drift.all)")
                    try await dual.expectFixedPoint(availability)
                }
            }
            #expect(try await dual.home.run("get", "endpoints", "-o", "name").output == endpoint)
            #expect(try await dual.node("primary").processID == process)
            #expect(try await dual.nodes.count == 1)
            let slots = try await dual.query("SELECT slot_name FROM pg_replication_slots", node: 1)
            #expect(slots.isEmpty)
        }
    }

    @Test func `parameters come into force on both nodes, lower ones too, and the plan says what that disturbs`()
        async throws
    {
        try await DualHome.with { dual in
            for (value, way) in [("130", "switch over to it"), ("40", "primary first"), ("60", "switch over to it")] {
                try dual.home.write(DualHome.specification(extra: ", max_connections: \(value)"))
                let plan = try await dual.home.run("plan", "specs")
                #expect(plan.output.contains(way), "\(plan.output)")
                try await dual.apply()
                try await dual.expectFixedPoint(value)
                for node in 1...2 {
                    let found = try await dual.query("SHOW max_connections", node: node).first?["max_connections"]
                    #expect(found == value, "node \(node)")
                }
            }
            // What is read without a restart is read by both.
            try dual.home.write(DualHome.specification(extra: ", max_connections: 60, work_mem: 9MB"))
            try await dual.apply()
            for node in 1...2 {
                #expect(try await dual.query("SHOW work_mem", node: node).first?["work_mem"] == "9MB")
            }
        }
    }

    @Test func `parameters that no server starts with do not touch the primary`() async throws {
        try await DualHome.with { dual in
            let before = try await dual.node("primary").processID
            try dual.home.write(DualHome.specification(extra: ", shared_buffers: 300GB"))
            let applied = try await dual.home.run("apply", "specs", "--yes")
            #expect(applied.code == 1)
            #expect(applied.errors.contains("does not start with the new parameters"))
            #expect(applied.errors.contains("shared memory"), "the server's own words are missing: \(applied.errors)")
            #expect(try await dual.node("primary").processID == before)
            try dual.home.write(DualHome.specification())
            try await dual.apply()
            try await dual.expectFixedPoint()
        }
    }

    enum Damage: String, CaseIterable {
        case killed, hung, folderRemoved, promotedByHand, slotDropped, rewindInterrupted
    }

    @Test(arguments: Damage.allCases)
    func `a standby that is damaged is found and put right, and the primary serves on`(damage: Damage) async throws {
        try await DualHome.with { dual in
            try await dual.writing("\(damage)") {
                let processes = dual.processes(of: 2)
                switch damage {
                case .killed: dual.send(SIGKILL, to: processes)
                case .hung: dual.send(SIGSTOP, to: processes)
                case .folderRemoved:
                    dual.send(SIGKILL, to: processes)
                    try await dual.removeData(of: 2)
                case .promotedByHand:
                    _ = try await dual.query("SELECT pg_promote()", node: 2, database: "postgres")
                    _ = try await dual.query("CREATE TABLE public.other_way (id int)", node: 2)
                case .slotDropped:
                    dual.send(SIGKILL, to: processes)
                    try await Task.sleep(for: .milliseconds(300))
                    try await dual.execute("SELECT pg_drop_replication_slot('pgsteer_node_2')")
                case .rewindInterrupted:
                    dual.send(SIGKILL, to: processes)
                    try "".write(toFile: dual.data(of: 2) + "/../rewinding", atomically: true, encoding: .utf8)
                }
                try await Task.sleep(for: .milliseconds(300))
                let plan = try await dual.home.run("plan", "specs", "--detailed-exitcode")
                #expect(plan.code == 2, "\(damage): \(plan.output)\(plan.errors)")
                #expect(plan.output.contains("standby") && plan.output.contains("Impact: none"), "\(plan.output)")
                try await dual.apply("\(damage)")
            }
            try await dual.expectFixedPoint("\(damage)")
            let found = try await dual.query("SELECT to_regclass('public.other_way')::text AS other", node: 2)
            #expect(found.first?["other"] == nil)
        }
    }

    @Test func `a switchover to a standby that is too far behind is refused, and nothing stops`() async throws {
        let specification = DualHome.specification(availability: "{ mode: dual, maxSwitchoverLag: 1KiB }")
        try await DualHome.with(specification) { dual in
            let before = try await dual.node("primary").processID
            _ = try await dual.query("SELECT pg_wal_replay_pause()", node: 2)
            try await dual.execute("INSERT INTO public.written SELECT generate_series(1, 1000)")
            let refused = try await dual.home.run("switchover", "orders")
            #expect(refused.code == 1)
            #expect(refused.errors.contains("bytes behind, and 1KiB are allowed"), "\(refused.errors)")
            #expect(try await dual.node("primary").processID == before)
            _ = try await dual.query("SELECT pg_wal_replay_resume()", node: 2)
            #expect(try await dual.home.run("switchover", "orders").isSuccess)
        }
    }

    @Test func `a switchover without a primary or a standby that runs is refused with what to do`() async throws {
        try await DualHome.with { dual in
            for (node, role, help) in [
                (2, "standby", "apply starts it"), (1, "primary", "apply lets the standby take over"),
            ] {
                dual.send(SIGKILL, to: dual.processes(of: node))
                try await Task.sleep(for: .milliseconds(300))
                let refused = try await dual.home.run("switchover", "orders")
                #expect(refused.code == 1)
                #expect(refused.errors.contains("its \(role) does not run"), "\(refused.errors)")
                #expect(refused.errors.contains(help), "\(refused.errors)")
                try await dual.apply()
            }
        }
        try await DualHome.with(DualHome.specification(availability: "{ mode: single }")) { dual in
            let refused = try await dual.home.run("switchover", "orders")
            #expect(refused.code == 1 && refused.errors.contains("has no standby"), "\(refused.errors)")
        }
    }

    @Test(arguments: [false, true])
    func `commits wait for a standby that is gone, and where that is allowed no longer than until it is noticed`(
        fallsBack: Bool
    ) async throws {
        let availability = "{ mode: dual, replication: sync, syncFallback: \(fallsBack) }"
        try await DualHome.with(DualHome.specification(availability: availability)) { dual in
            // A standby that cannot be made anew: its folder is a file.
            let folder = dual.home.folder(of: "orders") + "/nodes/2"
            dual.send(SIGKILL, to: dual.processes(of: 2))
            try FileManager.default.removeItem(atPath: folder)
            try "".write(toFile: folder, atomically: true, encoding: .utf8)
            let endpoint = try dual.endpoint
            let write = Task {
                try await PostgresConnection.with(endpoint) {
                    try await $0.execute("INSERT INTO public.written VALUES (1)")
                }
            }
            while try await waiting(dual) == 0 { try await Task.sleep(for: .milliseconds(10)) }
            let failed = try await dual.home.run("apply", "specs", "--yes")
            #expect(failed.code == 1 && failed.errors.contains(folder), "\(failed.errors)")
            #expect(try await waiting(dual) == (fallsBack ? 0 : 1))
            try FileManager.default.removeItem(atPath: folder)
            try await dual.apply()
            try await write.value
            try await dual.expectFixedPoint()
            let mode = try await dual.query("SHOW synchronous_standby_names", node: 1)
            #expect(mode.first?["synchronous_standby_names"] == "pgsteer_node_2")
        }
    }

    /// How many sessions wait for the standby to acknowledge.
    private func waiting(_ dual: DualHome) async throws -> Int {
        try await dual.query("SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep'", node: 1).count
    }

    @Test func `both nodes killed come back as they were`() async throws {
        try await DualHome.with { dual in
            #expect(try await dual.home.run("switchover", "orders").isSuccess)
            try await dual.execute("INSERT INTO public.written VALUES (1)")
            dual.send(SIGKILL, to: dual.processes(of: 1) + dual.processes(of: 2))
            try await Task.sleep(for: .milliseconds(300))
            try await dual.apply()
            #expect(try await dual.node("primary").number == 2)
            #expect(try await dual.query("SELECT FROM public.written", node: 2).count == 1)
            try await dual.expectFixedPoint()
        }
    }

    @Test func `destroy ends both nodes and leaves nothing`() async throws {
        try await DualHome.with { dual in
            let destroyed = try await dual.home.run("destroy", "orders", "orders")
            #expect(destroyed.isSuccess, "\(destroyed.errors)")
            #expect(dual.home.processes == [])
            #expect(dual.home.leftovers == [])
        }
    }
}
