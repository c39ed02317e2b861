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

/// Replicas of an instance behind an endpoint of their own.
@Suite struct ReadOnlyGroupTests {
    private static func group(_ spec: String = "replicas: 2") -> String {
        """

        ---
        apiVersion: pgsteer/v1
        kind: ReadOnlyGroup
        metadata: { name: reports }
        spec: { instance: orders, \(spec) }

        """
    }

    private struct Listing: Decodable {
        struct Item: Decodable {
            var replicas: [Int]
            var inService: [Int]
            var endpoint: String
            var isEndpointOpen: Bool
        }

        var items: [Item]
    }

    private func group(_ dual: DualHome) async throws -> Listing.Item? {
        let text = try await dual.home.run("get", "readonlygroups", "-o", "json").output
        return try JSONDecoder().decode(Listing.self, from: Data(text.utf8)).items.first
    }

    private func endpoint(_ dual: DualHome) async throws -> ConnectionTarget {
        let item = try #require(try await group(dual))
        let port = try #require(item.endpoint.split(separator: ":").last.flatMap { Int($0) })
        return ConnectionTarget(
            .host("127.0.0.1", port: port),
            user: "app",
            database: "shop",
            timeout: .seconds(20),
            password: TemporaryHome.password("app")
        )
    }

    /// Writes a row through the instance's endpoint, and waits until a session of the group reads it.
    private func expectArrival(of id: Int, _ dual: DualHome, _ comment: Comment? = nil) async throws {
        try await dual.execute("INSERT INTO public.written VALUES (\(literal: String(id)))")
        let target = try await endpoint(dual)
        let deadline = ContinuousClock.now + .seconds(90)
        while ContinuousClock.now < deadline {
            let rows = try? await PostgresConnection.with(target) { connection in
                let isReplica = try await connection.query("SELECT pg_is_in_recovery() AS yes").first?.isTrue("yes")
                #expect(isReplica == true, comment)
                return try await connection.query("SELECT FROM public.written WHERE id = \(literal: String(id))")
            }
            if rows?.isEmpty == false { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("the row \(id) did not arrive")
    }

    @Test(arguments: PostgresInstallations.majors)
    func `a group is made, is then as desired, follows takeovers, and a second apply writes nothing`(major: Int)
        async throws
    {
        try await DualHome.with(DualHome.specification(major: major) + Self.group("weights: [2, 1]")) { dual in
            try await dual.expectFixedPoint()
            #expect(try await dual.nodes.map(\.role) == ["primary", "standby", "replica", "replica"])
            let item = try #require(try await group(dual))
            #expect(item.replicas == [3, 4] && item.inService == [3, 4] && item.isEndpointOpen)
            let before = dual.home.log(of: "orders").count
            try await dual.apply()
            #expect(WriteStatements.inLog(dual.home.log(of: "orders").dropFirst(before)) == [])
            try await expectArrival(of: 1, dual)
            #expect(try await dual.home.run("switchover", "orders").isSuccess)
            try await expectArrival(of: 2, dual, "after a switchover")
            try await dual.expectFixedPoint("after a switchover")
            dual.send(SIGKILL, to: dual.processes(of: try await dual.node("primary").number))
            try await dual.apply("after the primary died")
            try await expectArrival(of: 3, dual, "after a failover")
            try await dual.expectFixedPoint("after a failover")
            let listed = try await dual.home.run("connect", "orders", "--group", "reports", "--print", "uri")
            #expect(listed.output.contains(item.endpoint), "\(listed.errors)")
        }
    }

    @Test func `a replica that died, hangs, lost its data or went its own way is repaired`() async throws {
        try await DualHome.with(DualHome.specification(availability: "{ mode: single }") + Self.group()) { dual in
            let faults: [(String, () async throws -> Void)] = [
                ("killed", { dual.send(SIGKILL, to: dual.processes(of: 3)) }),
                ("hung", { dual.send(SIGSTOP, to: dual.processes(of: 3)) }),
                (
                    "without data",
                    {
                        dual.send(SIGKILL, to: dual.processes(of: 3))
                        try await dual.removeData(of: 3)
                    }
                ),
                (
                    "promoted by hand",
                    { _ = try await dual.query("SELECT pg_promote()", node: 3, database: "postgres") }
                ),
            ]
            for (index, (name, fault)) in faults.enumerated() {
                try await fault()
                let plan = try await dual.home.run("plan", "specs")
                #expect(plan.output.contains("repair replica 3 of reports"), "\(name): \(plan.output)")
                try await dual.apply("\(name)")
                try await dual.expectFixedPoint(name)
                try await expectArrival(of: index + 1, dual, "\(name)")
            }
        }
    }

    @Test func `who is too far behind gets no session until it has caught up, and one is always kept`() async throws {
        let limits = "maxReplayLag: { size: 1MiB }, keepAtLeast: 1"
        try await DualHome.with(
            DualHome.specification(availability: "{ mode: single }") + Self.group("replicas: 2, \(limits)")
        ) { dual in
            _ = try await dual.query("SELECT pg_wal_replay_pause()", node: 3, database: "postgres")
            try await dual.execute(
                "CREATE TABLE public.bulk AS SELECT repeat(md5(g::text), 30) AS t FROM generate_series(1, 20000) g"
            )
            let plan = try await dual.home.run("plan", "specs")
            #expect(plan.output.contains("lead the endpoint of reports of orders to node 4"), "\(plan.output)")
            try await dual.apply()
            #expect(try await group(dual)?.inService == [4])
            for id in 1...3 { try await expectArrival(of: id, dual) }
            // The last one that serves is kept, however late it is.
            _ = try await dual.query("SELECT pg_wal_replay_pause()", node: 4, database: "postgres")
            try await dual.execute("INSERT INTO public.bulk SELECT t FROM public.bulk")
            try await dual.apply()
            #expect(try await group(dual)?.inService.count == 1)
            for node in 3...4 {
                _ = try await dual.query("SELECT pg_wal_replay_resume()", node: node, database: "postgres")
            }
            try await until("both serve again") {
                try await dual.apply()
                return try await group(dual)?.inService == [3, 4]
            }
            try await dual.expectFixedPoint()
        }
    }

    @Test func `a group grows, shrinks and goes when that is asked for, and leaves nothing behind`() async throws {
        let single = DualHome.specification(availability: "{ mode: single }")
        try await DualHome.with(single + Self.group("replicas: 1")) { dual in
            let endpoint = try #require(try await group(dual)).endpoint
            for count in [3, 1] {
                try dual.home.write(single + Self.group("replicas: \(count)"))
                try await dual.apply()
                try await dual.expectFixedPoint("\(count)")
                #expect(try await group(dual)?.replicas.count == count)
                #expect(try await dual.query("SELECT FROM pg_replication_slots", node: 1).count == count)
            }
            #expect(try await group(dual)?.endpoint == endpoint)
            // The loop looks at one instance at a time, and must not forget what belongs to it.
            let round = try await dual.home.run("run", "specs", "--once", "--prune")
            #expect(round.isSuccess, "\(round.errors)")
            #expect(try await group(dual)?.endpoint == endpoint)
            try dual.home.write(single)
            let kept = try await dual.home.run("plan", "specs")
            #expect(kept.output.contains("retain ReadOnlyGroup/orders/reports"), "\(kept.output)")
            try await dual.apply()
            #expect(try await group(dual) != nil)
            let pruned = try await dual.home.run("apply", "specs", "--yes", "--prune")
            #expect(pruned.isSuccess, "\(pruned.errors)")
            #expect(try await group(dual) == nil)
            #expect(try await dual.query("SELECT FROM pg_replication_slots", node: 1).isEmpty)
            #expect(!dual.home.files.contains { $0.contains("orders/nodes/3") })
            try await dual.expectFixedPoint()
        }
    }

    @Test func `parameters that need a restart reach the replicas, raised ones and lowered ones`() async throws {
        func specification(_ connections: Int) -> String {
            DualHome.specification(availability: "{ mode: single }", extra: ", max_connections: \(connections)")
                + Self.group("replicas: 1")
        }
        try await DualHome.with(specification(50)) { dual in
            for (index, connections) in [120, 40].enumerated() {
                try dual.home.write(specification(connections))
                try await dual.apply("\(connections)")
                try await dual.expectFixedPoint("\(connections)")
                let found = try await dual.query("SHOW max_connections", node: 3).first?["max_connections"]
                #expect(found == String(connections))
                try await expectArrival(of: index, dual)
            }
        }
    }

    @Test func `a replica that stands still, because its primary died and came back with more, is restarted`()
        async throws
    {
        func specification(_ connections: Int) -> String {
            DualHome.specification(availability: "{ mode: single }", extra: ", max_connections: \(connections)")
                + Self.group("replicas: 1")
        }
        try await DualHome.with(specification(40)) { dual in
            try dual.home.write(specification(60))
            dual.send(SIGKILL, to: dual.processes(of: 1))
            try await dual.apply("the primary starts")
            try await until("the replica stands still") {
                try await dual.query("SELECT pg_is_wal_replay_paused() AS yes", node: 3).first?.isTrue("yes") ?? false
            }
            try await dual.apply("the replica is restarted")
            try await dual.expectFixedPoint()
            try await expectArrival(of: 1, dual)
        }
    }

    @Test func `making a group and removing it converge after a crash at every side effect`() async throws {
        let single = DualHome.specification(availability: "{ mode: single }")
        try await DualHome.with(single) { dual in
            for number in 1...100 {
                try dual.home.write(single + Self.group("replicas: 1"))
                let crash = ["PGSTEER_CRASH_AT": String(number)]
                let made = try await dual.home.run(["apply", "specs", "--yes"], environment: crash)
                if made.wasKilled {
                    try await dual.apply("after a crash at \(number)")
                    try await dual.expectFixedPoint("after a crash at \(number)")
                }
                #expect(try await group(dual)?.inService == [3], "after a crash at \(number)")
                try dual.home.write(single)
                let prune = ["apply", "specs", "--yes", "--prune"]
                let removed = try await dual.home.run(prune, environment: crash)
                if removed.wasKilled { _ = try await dual.home.run(prune) }
                try await dual.expectFixedPoint("after a crash at \(number)")
                #expect(try await dual.query("SELECT FROM pg_replication_slots", node: 1).isEmpty)
                #expect(!dual.home.files.contains { $0.contains("orders/nodes/3") }, "after a crash at \(number)")
                if !made.wasKilled, !removed.wasKilled { return #expect(number > 10) }
            }
            Issue.record("the command had more than 100 side effects")
        }
    }

    /// Repeats a look until it is true; gives up after two minutes.
    private func until(_ what: String, _ look: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(120)
        while ContinuousClock.now < deadline {
            if try await look() { return }
            try await Task.sleep(for: .milliseconds(200))
        }
        Issue.record("never: \(what)")
    }
}
