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

/// What is acknowledged is never lost, whatever happens to the primary, and the endpoint stays where it is.
@Suite struct TakeoverTests {
    /// More for a long run: `PGSTEER_TAKEOVER_ROUNDS=25 make test`.
    private static let rounds = ProcessInfo.processInfo.environment["PGSTEER_TAKEOVER_ROUNDS"].flatMap { Int($0) } ?? 5

    @Test func `a switchover loses nothing, and the old primary comes back as the standby`() async throws {
        try await DualHome.with { dual in
            for round in 1...Self.rounds {
                let old = try await dual.node("primary").number
                try await dual.writing("round \(round)") {
                    let switched = try await dual.home.run("switchover", "orders")
                    #expect(switched.isSuccess, "\(switched.errors)")
                }
                #expect(try await dual.node("standby").number == old)
                try await dual.expectFixedPoint("round \(round)")
            }
        }
    }

    enum Death: String, CaseIterable {
        case killed, hung, folderRemoved
    }

    /// With the folder goes what only the primary had: without sync, that may be the last moments.
    static let deaths = ["async", "sync", "sync, syncFallback: true"]
        .flatMap { replication in
            Death.allCases.filter { $0 != .folderRemoved || replication != "async" }.map { ($0, replication) }
        }

    @Test(arguments: deaths)
    func `a primary that is gone is replaced by its standby, and nothing that was acknowledged is lost`(
        death: Death,
        replication: String
    ) async throws {
        let specification = DualHome.specification(availability: "{ mode: dual, replication: \(replication) }")
        try await DualHome.with(specification) { dual in
            for round in 1...max(1, Self.rounds / 2) {
                let comment = "\(death) \(replication), round \(round)"
                let primary = try await dual.node("primary")
                let old = primary.number
                try await dual.writing(comment) {
                    let processes = dual.processes(of: old)
                    switch death {
                    case .killed: dual.send(SIGKILL, to: [try #require(primary.processID)])
                    case .hung: dual.send(SIGSTOP, to: processes)
                    case .folderRemoved: try await dual.removeData(of: old)
                    }
                    try await dual.apply("\(comment)")
                }
                #expect(try await dual.node("standby").number == old, "\(comment)")
                #expect(try await dual.node("standby").isRunning, "\(comment)")
                try await dual.expectFixedPoint(comment)
            }
        }
    }

    @Test func `a session that comes while nobody serves waits for who takes over`() async throws {
        try await DualHome.with { dual in
            dual.send(SIGKILL, to: dual.processes(of: 1))
            // A process that is only about to end still takes connections, and takes them along when it does.
            while !dual.processes(of: 1).isEmpty { try await Task.sleep(for: .milliseconds(10)) }
            var target = try dual.endpoint
            target.timeout = .seconds(30)
            let waiting = target
            // The gateway lets go of who has waited for ten seconds, which a busy machine may need to take over; who comes
            // again waits again, and nobody is refused before.
            let session = Task {
                while true {
                    let begin = ContinuousClock.now
                    do {
                        return try await PostgresConnection.with(waiting) {
                            try await $0.query("SELECT 1 AS one").first?["one"]
                        }
                    } catch {
                        guard ContinuousClock.now - begin > .seconds(9) else { throw error }
                    }
                }
            }
            try await Task.sleep(for: .milliseconds(300))
            try await dual.apply()
            #expect(try await session.value == "1")
        }
    }

    @Test func `what the standby had not got is read from the dead primary's log, without sync too`() async throws {
        try await DualHome.with { dual in
            let standby = dual.processes(of: 2)
            dual.send(SIGSTOP, to: standby)
            // More than sockets hold, so that most of it was never sent.
            try await dual.execute("INSERT INTO public.written SELECT generate_series(1, 300000)")
            dual.send(SIGKILL, to: dual.processes(of: 1))
            dual.send(SIGCONT, to: standby)
            try await dual.apply()
            #expect(try await dual.node("primary").number == 2)
            let count = try await dual.query("SELECT count(*) AS n FROM public.written", node: 2).first?.integer("n")
            #expect(count == 300_000)
            try await dual.expectFixedPoint()
        }
    }
}
