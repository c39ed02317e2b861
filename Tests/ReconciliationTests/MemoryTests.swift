import FleetModel
import Reconciliation
import Resources
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What the loop knows again after it has been started anew.
@Suite struct MemoryTests {
    private let restart = [
        Action(id: "a", resource: .instance("orders"), operation: .restart, summary: "restart", reason: .differs)
    ]
    private let removal = [
        Action(id: "a", resource: .instance("orders"), operation: .remove, summary: "remove", reason: .differs)
    ]

    private func restarted(_ memory: LoopMemory) throws -> LoopMemory { try #require(LoopMemory(memory.text)) }

    @Test func `an hour's budget is not given twice`() throws {
        var memory = LoopMemory()
        #expect(memory.ledger.reserve(restart, maxRestarts: 1, maxDeletes: 1, now: 1000) == nil)
        var next = try restarted(memory)
        #expect(next == memory)
        #expect(next.ledger.reserve(restart, maxRestarts: 1, maxDeletes: 1, now: 1500)?.until == 4600)
        #expect(next.ledger.reserve(restart, maxRestarts: 1, maxDeletes: 1, now: 4601) == nil)
    }

    @Test func `a change goes on with the canary that it began with, and stays stopped where it failed`() throws {
        let policy = Rollout.Policy(soak: 60, batch: 1)
        var memory = LoopMemory()
        #expect(memory.rollout.permission(for: "a", digest: "one", policy: policy, now: 0) == .granted)
        var next = try restarted(memory)
        #expect(
            next.rollout.permission(for: "b", digest: "one", policy: policy, now: 5)
                == .waitFor(canary: "a", until: nil)
        )
        next.rollout.noteReady("a", digest: "one", now: 10)
        var soaked = try restarted(next)
        #expect(soaked.rollout.permission(for: "b", digest: "one", policy: policy, now: 70) == .granted)
        next.rollout.noteFailure("a", digest: "one", "it does not start")
        var failed = try restarted(next)
        #expect(
            failed.rollout.permission(for: "b", digest: "one", policy: policy, now: 70)
                == .stopped(by: "a", "it does not start")
        )
        // Other specifications begin anew.
        #expect(failed.rollout.permission(for: "b", digest: "two", policy: policy, now: 70) == .granted)
    }

    @Test func `a clock that was put back lets nothing wait for longer than an hour`() throws {
        var ledger = ActionLedger()
        #expect(ledger.reserve(restart, maxRestarts: 1, maxDeletes: 1, now: 1_000_000) == nil)
        #expect(ledger.reserve(restart, maxRestarts: 1, maxDeletes: 1, now: 1000)?.until == 4600)
        #expect(ledger.reserve(restart, maxRestarts: 1, maxDeletes: 1, now: 4601) == nil)

        var rollout = Rollout()
        let policy = Rollout.Policy(soak: 60, batch: 1)
        #expect(rollout.permission(for: "a", digest: "one", policy: policy, now: 1_000_000) == .granted)
        rollout.noteReady("a", digest: "one", now: 1_000_000)
        #expect(
            rollout.permission(for: "b", digest: "one", policy: policy, now: 1000) == .waitFor(canary: "a", until: 1060)
        )
        #expect(rollout.permission(for: "b", digest: "one", policy: policy, now: 1060) == .granted)
    }

    @Test func `a memory that cannot be read counts as spent for an hour, where there is a limit`() {
        for text in ["", "{}", "[1]", "{\"formatVersion\": \"99\"}"] { #expect(LoopMemory(text) == nil, "\(text)") }
        var ledger = LoopMemory.unreadable(now: Date(timeIntervalSince1970: 1000)).ledger
        #expect(ledger.reserve(restart, maxRestarts: 5, maxDeletes: 5, now: 1010)?.until == 4600)
        #expect(ledger.reserve(removal, maxRestarts: nil, maxDeletes: 5, now: 1020)?.until == 4600)
        #expect(ledger.reserve(restart, maxRestarts: nil, maxDeletes: 5, now: 1030) == nil)
        #expect(ledger.reserve(removal, maxRestarts: nil, maxDeletes: 5, now: 4600) == nil)
    }
}
