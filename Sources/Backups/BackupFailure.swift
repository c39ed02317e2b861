/// That backups of an instance failed, as its archive remembers it until one succeeds.
package struct BackupFailure: Codable, Hashable, Sendable {
    /// When the last attempt failed; seconds since 1970-01-01T00:00:00Z.
    package var time: Int
    /// How many attempts failed one after the other.
    package var count: Int
    /// Why the last one did, in a line.
    package var problem: String

    package init(time: Int, count: Int, problem: String) {
        self.time = time
        self.count = count
        self.problem = problem
    }

    private static let firstPatience = 15
    private static let longestPatience = 3600

    /// When the next attempt may be made: after 15 seconds, and twice as long each time, up to an hour.
    package var retry: Int {
        let doubled = Self.firstPatience << min(max(0, count - 1), 20)
        return time + min(doubled, Self.longestPatience)
    }

    /// Whether it is too early for another attempt. A clock that was set back lets nobody wait for ever.
    package func holdsBack(at now: Int) -> Bool { now >= time && now < retry }
}
