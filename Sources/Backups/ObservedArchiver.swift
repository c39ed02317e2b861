/// How a running server archives its log (PostgreSQL manual, `pg_stat_archiver`).
package struct ObservedArchiver: Hashable, Sendable {
    /// When a file was last archived, and when one last could not be; seconds since 1970-01-01T00:00:00Z.
    package var lastArchived: Int?
    package var lastFailed: Int?
    package var failedSegment: String?
    /// How many files wait, and since when the first of them does.
    package var waiting: Int
    package var waitingSince: Int?

    package init(lastArchived: Int?, lastFailed: Int?, failedSegment: String?, waiting: Int, waitingSince: Int?) {
        self.lastArchived = lastArchived
        self.lastFailed = lastFailed
        self.failedSegment = failedSegment
        self.waiting = waiting
        self.waitingSince = waitingSince
    }

    /// How long a file may wait on a busy server before it is said that nothing moves, in seconds.
    private static let patience = 600

    /// Returns how the archive stands still, in a sentence; nil when it does not.
    package func standstill(now: Int) -> String? {
        guard waiting > 0 else { return nil }
        let count = waiting == 1 ? "1 file waits" : "\(waiting) files wait"
        if let failed = lastFailed, failed > lastArchived ?? 0 {
            let file = failedSegment.map { " \($0)" } ?? ""
            return "archiving\(file) failed at \(Moment.text(failed)), and \(count)"
        }
        guard let since = waitingSince, now - since > Self.patience else { return nil }
        return "\(count), the first since \(Moment.text(since))"
    }
}
