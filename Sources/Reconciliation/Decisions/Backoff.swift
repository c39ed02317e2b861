/// How long to wait before what failed is tried again: twice as long each time, up to a cap, and never all at once.
package struct Backoff: Sendable, Hashable {
    package var first = Duration.seconds(1)
    package var cap = Duration.seconds(300)

    package init() {}

    /// Returns the time to wait.
    ///
    /// - Parameters:
    ///   - failures: How many times in a row it has failed; 1 and more.
    ///   - jitter: From 0 to 1, by chance: what fails together is not tried again together.
    package func delay(after failures: Int, jitter: Double) -> Duration {
        let doubled = first * (1 << min(max(0, failures - 1), 20))
        return min(doubled, cap) * (0.8 + 0.4 * jitter)
    }
}

/// Remembers when an instance was brought back in vain, so that one that dies before it is as desired is not brought back at
/// once for ever.
package struct RecoveryPace: Sendable {
    private var times: [ContinuousClock.Instant] = []
    private static let memory = Duration.seconds(300)
    /// So many may follow each other without a pause.
    private static let free = 3

    package init() {}

    /// How long to wait before the next one.
    package func delay(at now: ContinuousClock.Instant, jitter: Double) -> Duration {
        let recent = times.filter { now - $0 < Self.memory }.count
        return recent < Self.free ? .zero : Backoff().delay(after: recent - Self.free + 1, jitter: jitter)
    }

    package mutating func note(_ now: ContinuousClock.Instant) {
        times = times.filter { now - $0 < Self.memory } + [now]
    }
}
