import Glibc
import SQL
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The program kills itself right before its n-th side effect, for every n, while nodes are made, take over and are repaired.
@Suite struct TakeoverCrashTests {
    /// Runs a command with a crash at 1, 2, 3, ... until it is through; after each, apply makes it good and one node is the
    /// primary with everything that was written.
    private func sweep(
        _ dual: DualHome,
        _ arguments: [String],
        before prepare: (_ number: Int) async throws -> Void = { _ in }
    ) async throws {
        for number in 1...100 {
            try await prepare(number)
            let result = try await dual.home.run(arguments, environment: ["PGSTEER_CRASH_AT": String(number)])
            if !result.wasKilled {
                #expect(result.isSuccess, "\(result.errors)")
                #expect(number > 4, "the command had hardly any side effect, so the sweep shows nothing")
                return
            }
            try await dual.apply("after a crash at \(number)")
            try await dual.expectFixedPoint("after a crash at \(number)")
            let nodes = try await dual.nodes
            #expect(nodes.map(\.role).sorted() == ["primary", "standby"], "after a crash at \(number)")
            try await dual.execute("INSERT INTO public.written VALUES (\(literal: String(number)))")
            let count = try await dual.query("SELECT FROM public.written", node: try await dual.node("primary").number)
                .count
            #expect(count == number, "after a crash at \(number)")
        }
        Issue.record("the command had more than 100 side effects")
    }

    @Test func `a switchover converges after a crash at every side effect`() async throws {
        try await DualHome.with { dual in try await sweep(dual, ["switchover", "orders"]) }
    }

    @Test func `a failover converges after a crash at every side effect`() async throws {
        try await DualHome.with { dual in
            try await sweep(dual, ["apply", "specs", "--yes"]) { _ in
                dual.send(SIGKILL, to: dual.processes(of: try await dual.node("primary").number))
            }
        }
    }

    @Test func `a rebuild converges after a crash at every side effect`() async throws {
        try await DualHome.with { dual in
            try await sweep(dual, ["apply", "specs", "--yes"]) { _ in
                let standby = try await dual.node("standby").number
                dual.send(SIGKILL, to: dual.processes(of: standby))
                try? await dual.removeData(of: standby)
            }
        }
    }

    @Test func `a change of parameters that restarts both converges after a crash at every side effect`() async throws {
        try await DualHome.with { dual in
            try await sweep(dual, ["apply", "specs", "--yes"]) { number in
                let value = number.isMultiple(of: 2) ? 30 + number : 200 + number
                try dual.home.write(DualHome.specification(extra: ", max_connections: \(value)"))
            }
        }
    }

    @Test func `creation of two nodes, and removal of one, converge after a crash at every side effect`() async throws {
        try await TemporaryHome.with { home in
            let dual = DualHome(home: home)
            for number in 1...150 {
                try home.write(DualHome.specification())
                let made = try await home.run(
                    ["apply", "specs", "--yes"],
                    environment: ["PGSTEER_CRASH_AT": String(number)]
                )
                if made.wasKilled {
                    try await dual.apply("after a crash at \(number)")
                    try await dual.expectFixedPoint("after a crash at \(number)")
                }
                try home.write(DualHome.specification(availability: "{ mode: single }"))
                let removed = try await home.run(
                    ["apply", "specs", "--yes"],
                    environment: ["PGSTEER_CRASH_AT": String(number)]
                )
                if removed.wasKilled {
                    try await dual.apply("after a crash at \(number)")
                    try await dual.expectFixedPoint("after a crash at \(number)")
                }
                if !made.wasKilled { return #expect(number > 20) }
                let destroyed = try await home.run("destroy", "orders", "orders")
                #expect(destroyed.isSuccess, "after a crash at \(number): \(destroyed.errors)")
                #expect(home.processes == [], "after a crash at \(number)")
                #expect(home.leftovers == [], "after a crash at \(number)")
            }
            Issue.record("the command had more than 150 side effects")
        }
    }
}
