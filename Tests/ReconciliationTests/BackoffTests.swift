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
}
