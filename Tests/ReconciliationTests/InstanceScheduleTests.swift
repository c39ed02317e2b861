import Testing

@testable import Reconciliation

/// When an instance is looked at next.
@Suite struct InstanceScheduleTests {
    private let start = ContinuousClock.now
    private let interval = Duration.seconds(30)

    private func schedule() -> InstanceSchedule { InstanceSchedule(due: start) }

    @Test func `a success is followed by a look after the interval, moved by up to a tenth`() {
        for (spread, wait) in [(0.0, 27), (0.5, 30), (1.0, 33)] {
            var schedule = schedule()
            schedule.start()
            #expect(!schedule.isDue(at: start + interval * 10), "one that is looked at is not looked at twice")
            schedule.finish(at: start, isSuccess: true, interval: interval, spread: spread)
            #expect(abs((schedule.due - start) / .milliseconds(1) - Double(wait) * 1000) < 1)
        }
    }

    @Test func `failures are tried again after times that double and have an end`() {
        var schedule = schedule()
        var waits: [Duration] = []
        for _ in 0..<12 {
            schedule.start()
            schedule.finish(at: start, isSuccess: false, interval: interval, spread: 0.5)
            waits.append(.milliseconds(Int(((schedule.due - start) / .milliseconds(1)).rounded())))
        }
        #expect(waits.prefix(4) == [.seconds(1), .seconds(2), .seconds(4), .seconds(8)])
        #expect(waits.last == InstanceSchedule.longestWait)
        schedule.start()
        schedule.finish(at: start, isSuccess: true, interval: interval, spread: 0.5)
        #expect(schedule.failures == 0)
    }

    @Test func `what happens is looked at right away, also when it happens during a look`() {
        var schedule = schedule()
        schedule.start()
        schedule.finish(at: start, isSuccess: true, interval: interval, spread: 0.5)
        schedule.wake(at: start + .seconds(1))
        #expect(schedule.isDue(at: start + .seconds(1)))
        schedule.start()
        schedule.wake(at: start + .seconds(2))
        schedule.finish(at: start + .seconds(3), isSuccess: true, interval: interval, spread: 0.5)
        #expect(schedule.due == start + .seconds(3))
    }

    @Test func `a changed specification forgets what failed before`() {
        var schedule = schedule()
        for _ in 0..<5 {
            schedule.start()
            schedule.finish(at: start, isSuccess: false, interval: interval, spread: 0.5)
        }
        schedule.wake(at: start, isNew: true)
        #expect(schedule.failures == 0)
        #expect(schedule.isDue(at: start))
    }
}
