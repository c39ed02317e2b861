/// When an instance is looked at next.
///
/// What went wrong is tried again after a while that doubles each time, so that trouble does not become load; a node that
/// dies, or a changed specification, is looked at right away.
struct InstanceSchedule: Sendable {
    /// The longest wait after failures.
    static let longestWait = Duration.seconds(300)
    private static let firstWait = Duration.seconds(1)

    private(set) var due: ContinuousClock.Instant
    private(set) var failures = 0
    private(set) var isRunning = false
    /// Whether something happened while it was being looked at.
    private var isWoken = false

    init(due: ContinuousClock.Instant) {
        self.due = due
    }

    func isDue(at now: ContinuousClock.Instant) -> Bool { !isRunning && due <= now }

    mutating func start() { (isRunning, isWoken) = (true, false) }

    /// Something happened: look now, or once more when the look that is under way has ended.
    ///
    /// - Parameter isNew: Whether what failed before is to be forgotten, since it was asked for something else.
    mutating func wake(at now: ContinuousClock.Instant, isNew: Bool = false) {
        if isNew { failures = 0 }
        if isRunning { isWoken = true } else { due = min(due, now) }
    }

    /// - Parameters:
    ///   - interval: How long after a success.
    ///   - spread: From 0 to 1; moves the time by up to a tenth, so that not everything happens at once.
    mutating func finish(at now: ContinuousClock.Instant, isSuccess: Bool, interval: Duration, spread: Double) {
        isRunning = false
        failures = isSuccess ? 0 : failures + 1
        let wait = isSuccess ? interval : min(Self.longestWait, Self.firstWait * Int(1 << min(failures - 1, 12)))
        due = isWoken ? now : now + wait * (0.9 + 0.2 * spread)
        isWoken = false
    }
}
