import FleetModel
import Reconciliation
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What the loop lets wait, and for what.
@Suite struct DecisionTests {
    private func action(
        _ id: String,
        _ operation: Action.Operation,
        _ resource: ResourceID = .instance("orders"),
        after: [String] = []
    ) -> Action {
        Action(
            id: id,
            resource: resource,
            operation: operation,
            summary: id,
            reason: .differs,
            prerequisites: after
        )
    }

    private func plan(_ actions: [Action], isWritten: Bool = false) -> Plan {
        var difference = Difference("parameters.max_connections", observed: "100", desired: "200", impact: .restart)
        difference.isPendingRestart = isWritten
        let change = Change(.instance("orders"), .update, because: .differs, differences: [difference])
        return Plan(changes: [change], actions: actions, digest: "")
    }

    private let account = ResourceID("Account", "orders", "app")
    private let hstore = ResourceID("Extension", "orders", "shop", "hstore")

    @Test func `a restart waits, and what does not need it goes on`() {
        let actions = [
            action("configure", .configure), action("restart", .restart, after: ["configure"]),
            action("account", .statement, account, after: ["restart"]),
            action("extension", .statement, hstore, after: ["restart"]),
            action("grant", .statement, ResourceID("Grant", "orders", "shop"), after: ["extension", "account"]),
        ]
        let hold = PlanHold(plan(actions))
        #expect(hold.now.actions.map(\.id) == ["configure", "account"])
        #expect(hold.now.actions.allSatisfy { !$0.prerequisites.contains("restart") })
        #expect(hold.held.map(\.id) == ["restart", "extension", "grant"])
    }

    @Test func `parameters that only wait for the restart are not written again`() {
        let actions = [action("configure", .configure), action("restart", .restart, after: ["configure"])]
        #expect(PlanHold(plan(actions, isWritten: true)).now.isEmpty)
    }

    @Test func `a server that is down never waits`() {
        let actions = [action("failover", .failover), action("attach", .attach, after: ["failover"])]
        #expect(PlanHold(plan(actions)).held.isEmpty)
    }

    @Test func `only so many restarts and deletions are made within an hour`() {
        var ledger = ActionLedger()
        let restart = [action("restart", .restart)]
        let removal = [action("remove", .remove, account)]
        func wait(_ actions: [Action], restarts: Int?, now: Int) -> Int? {
            ledger.reserve(actions, maxRestarts: restarts, maxDeletes: 1, now: now)?.until
        }
        #expect(wait(restart, restarts: 1, now: 0) == nil)
        #expect(wait(restart, restarts: 1, now: 10) == 3600)
        #expect(wait(removal, restarts: 1, now: 20) == nil)
        #expect(wait(removal, restarts: 1, now: 30) == 3620)
        #expect(wait(restart, restarts: nil, now: 40) == nil)
        #expect(wait(restart + removal, restarts: 2, now: 7300) == nil)
    }

    @Test func `what is used up names what waits for it`() {
        var ledger = ActionLedger()
        let both = [action("remove", .remove, account), action("restart", .restart)]
        #expect(ledger.reserve(both, maxRestarts: 1, maxDeletes: 1, now: 0) == nil)
        let limit = ledger.reserve(both, maxRestarts: nil, maxDeletes: 1, now: 10)
        #expect(limit?.matter == .deletions)
        let many = ledger.reserve(
            [both[0], action("other", .remove, hstore)],
            maxRestarts: nil,
            maxDeletes: 1,
            now: 10
        )
        #expect(many?.until == nil && many?.message.hasPrefix("these are 2 deletions") == true)
        #expect(both.map { limit?.matter.concerns($0) } == [true, false])
        #expect(ledger.reserve([both[1]], maxRestarts: 1, maxDeletes: 1, now: 10)?.matter == .restarts)
    }

    @Test func `a server that did not come back with its parameters is not restarted again for the same ones`() throws {
        let actions = [
            action("configure", .configure), action("restart", .restart, after: ["configure"]),
            action("account", .statement, account, after: ["restart"]),
        ]
        var memory = LoopMemory()
        memory[rejectionOf: "orders"] = RejectedRestart(plan(actions), "it does not start")
        // Also after a restart of the loop.
        let rejection = try #require(LoopMemory(memory.text)?[rejectionOf: "orders"])
        #expect(rejection.hold(plan(actions))?.now.actions.map(\.id) == ["account"])
        #expect(rejection.hold(plan(actions, isWritten: true)) != nil)
        #expect(rejection.hold(plan([action("configure", .configure)])) == nil)
        let other = Difference("parameters.max_connections", observed: "100", desired: "150", impact: .restart)
        let change = Change(.instance("orders"), .update, because: .differs, differences: [other])
        #expect(rejection.hold(Plan(changes: [change], actions: actions, digest: "")) == nil)
        memory[rejectionOf: "orders"] = nil
        #expect(LoopMemory(memory.text)?[rejectionOf: "orders"] == nil)
        // Written before there were any.
        #expect(LoopMemory(LoopMemory().text) != nil)
    }

    @Test func `what waits for a budget says what failed before`() {
        var failures = FailureRecord()
        let waiting = LoopOutcome.held(.waitingForBudget, "waits", until: nil)
        #expect(failures.explained(waiting) == waiting)
        failures.note(.failed("restart orders: it does not start\nit said"))
        let explained = LoopOutcome.held(
            .waitingForBudget,
            "waits; it failed before: restart orders: it does not start",
            until: nil
        )
        #expect(failures.explained(waiting) == explained)
        #expect(failures.explained(.settled) == .settled)
    }

    @Test func `a change reaches one instance first, then the others in batches`() {
        var rollout = Rollout()
        let policy = Rollout.Policy(soak: 60, batch: 1)
        func permission(_ name: String, _ now: Int, digest: String = "one") -> Rollout.Permission {
            rollout.permission(for: name, digest: digest, policy: policy, now: now)
        }
        #expect(permission("a", 0) == .granted)
        #expect(permission("b", 0) == .waitFor(canary: "a", until: nil))
        rollout.noteReady("a", digest: "one", now: 10)
        #expect(permission("b", 20) == .waitFor(canary: "a", until: 70))
        #expect(permission("b", 70) == .granted)
        #expect(permission("c", 70) == .waitForBatch(of: ["b"]))
        rollout.noteReady("b", digest: "one", now: 80)
        #expect(permission("c", 80) == .granted)
        // A new change begins anew.
        #expect(permission("c", 90, digest: "two") == .granted)
        #expect(permission("a", 90, digest: "two") == .waitFor(canary: "c", until: nil))
    }

    @Test func `who waits for its time is neither the first nor in the others' way`() {
        var rollout = Rollout()
        let policy = Rollout.Policy(soak: 60, batch: 1)
        func permission(_ name: String, _ now: Int) -> Rollout.Permission {
            rollout.permission(for: name, digest: "one", policy: policy, now: now)
        }
        func mayFollow(_ name: String, _ now: Int) -> Bool {
            rollout.mayFollow(name, digest: "one", policy: policy, now: now)
        }
        #expect(!mayFollow("w", 0))
        // Its window closes before it is done.
        #expect(permission("x", 0) == .granted)
        rollout.postpone("x", digest: "one")
        #expect(permission("a", 1) == .granted)
        rollout.noteReady("a", digest: "one", now: 10)
        #expect(!mayFollow("w", 69))
        #expect(mayFollow("w", 70))
        #expect(permission("b", 70) == .granted)
        rollout.postpone("b", digest: "one")
        #expect(permission("c", 71) == .granted, "its place is free")
        rollout.noteFailure("c", digest: "one", "it does not start")
        #expect(!mayFollow("w", 80))
    }

    @Test func `a failure stops what has not begun, until it is made good`() {
        var rollout = Rollout()
        let policy = Rollout.Policy(soak: 0, batch: 10)
        func permission(_ name: String, _ now: Int) -> Rollout.Permission {
            rollout.permission(for: name, digest: "one", policy: policy, now: now)
        }
        #expect(permission("a", 0) == .granted)
        rollout.noteFailure("a", digest: "one", "it does not start")
        #expect(permission("b", 1) == .stopped(by: "a", "it does not start"))
        #expect(permission("a", 1) == .granted)
        rollout.noteReady("a", digest: "one", now: 2)
        #expect(permission("b", 3) == .granted)
    }

    @Test func `a condition keeps its time while it says the same`() {
        let (early, late) = (Date(timeIntervalSince1970: 0), Date(timeIntervalSince1970: 100))
        let first = LoopOutcome.failed("a").conditions(before: [], failures: 1, now: early)
        let second = LoopOutcome.failed("b").conditions(before: first, failures: 5, now: late)
        #expect(second.map(\.type) == [.ready, .reconciling, .stalled])
        #expect(second[0].since == early && second[0].message == "b")
        #expect(second[2].since == late)
        let third = LoopOutcome.settled.conditions(before: second, failures: 0, now: late)
        #expect(third == [Condition(.ready, .succeeded, "it is as desired", since: late)])
    }

    @Test func `a state is what it was after it was written and read`() {
        var state = LoopState(process: 1, started: Date(timeIntervalSince1970: 0), interval: 30, isObserveOnly: false)
        state["b"] = InstanceState(name: "b")
        state["a"] = InstanceState(name: "a")
        #expect(state.instances.map(\.name) == ["a", "b"])
        #expect(LoopState(state.text) == state)
        #expect(LoopState("{}") == nil)
    }
}
