import FleetModel
import Reconciliation
import Testing

/// What fails is tried again, later each time.
@Suite struct BackoffTests {
    @Test func `the time doubles up to the cap`() {
        let backoff = Backoff()
        let delays = (1...12).map { backoff.delay(after: $0, jitter: 0.5) }
        #expect(delays.prefix(4) == [.seconds(1), .seconds(2), .seconds(4), .seconds(8)])
        #expect(delays.last == .seconds(300))
        #expect(backoff.delay(after: 10_000, jitter: 0.5) == .seconds(300))
    }

    @Test func `what fails together is not tried again together`() {
        let backoff = Backoff()
        #expect(backoff.delay(after: 3, jitter: 0) < backoff.delay(after: 3, jitter: 1))
    }

    @Test func `an instance that dies again and again is brought back more and more slowly`() {
        var pace = RecoveryPace()
        var now = ContinuousClock.now
        for _ in 1...3 {
            #expect(pace.delay(at: now, jitter: 0.5) == .zero)
            pace.note(now)
        }
        #expect(pace.delay(at: now, jitter: 0.5) == .seconds(1))
        pace.note(now)
        #expect(pace.delay(at: now, jitter: 0.5) == .seconds(2))
        now += .seconds(301)
        #expect(pace.delay(at: now, jitter: 0.5) == .zero)
    }

    @Test func `only a wish, changed specifications and the end of the pause lead to another try`() {
        var failures = FailureRecord()
        let now = ContinuousClock.now
        #expect(failures.rest(at: now, despite: []) == nil)
        failures.note(.failed("no"))
        failures.pause(until: now + .seconds(4))
        for wake in [Wake.died, .hung, .surroundings, .interval] {
            #expect(failures.rest(at: now + .seconds(1), despite: [wake]) == .seconds(3))
        }
        for wake in [Wake.specs, .wish(isUrgent: false), .wish(isUrgent: true)] {
            #expect(failures.rest(at: now, despite: [.died, wake]) == nil)
        }
        #expect(failures.rest(at: now + .seconds(4), despite: [.died]) == nil)
    }

    @Test func `who waits for something else has not come right, who succeeds has`() {
        var failures = FailureRecord()
        let now = ContinuousClock.now
        failures.note(.failed("no"))
        failures.note(.failed("no"))
        failures.pause(until: now + .seconds(2))
        failures.note(.held(.waitingForBudget, "waits", until: nil))
        #expect(failures.count == 2 && failures.rest(at: now, despite: []) == nil)
        failures.note(.performed)
        #expect(failures.count == 0)
    }

    @Test func `while a restart waits to be tried again, what has died is brought back, but for what failed itself`() {
        func action(_ id: String, _ operation: Action.Operation, after: [String] = []) -> Action {
            Action(
                id: id,
                resource: .instance("orders"),
                operation: operation,
                summary: id,
                reason: .differs,
                prerequisites: after
            )
        }
        let actions = [
            action("standby", .attach), action("configure", .configure, after: ["standby"]),
            action("restart", .restart, after: ["configure"]), action("endpoint", .expose, after: ["restart"]),
        ]
        let plan = Plan(changes: [], actions: actions, digest: "")
        var failures = FailureRecord()
        failures.noteTry(failed: ["restart"])
        let repairs = failures.repairs(in: plan).actions
        #expect(repairs.map(\.id) == ["standby", "endpoint"] && repairs.allSatisfy(\.prerequisites.isEmpty))
        failures.noteRepair("endpoint", hasFailed: true)
        #expect(failures.repairs(in: plan).actions.map(\.id) == ["standby"])
        // What is repaired again and again waits as well, and with it what comes after it.
        failures.noteTry(failed: ["restart"])
        for _ in 1...3 {
            #expect(failures.repairs(in: plan).actions.count == 2)
            failures.noteRepair("standby", hasFailed: false)
        }
        #expect(failures.repairs(in: plan).isEmpty)
    }
}
