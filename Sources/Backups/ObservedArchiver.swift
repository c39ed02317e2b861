import FleetModel

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
    ///
    /// It says since when, and how much of the log the server has to keep for it.
    package func standstill(now: Int) -> String? {
        guard waiting > 0 else { return nil }
        let count = waiting == 1 ? "1 file waits" : "\(waiting) files wait"
        let size = "\(ByteCount(bytes: waiting * LogSegment.size))"
        let since = waitingSince.map { ", the first since \(Moment.text($0)) (\(Self.age(max(0, now - $0))))" } ?? ""
        if let failed = lastFailed, failed > lastArchived ?? 0 {
            let file = failedSegment.map { " \($0)" } ?? ""
            return "archiving\(file) failed at \(Moment.text(failed)), and \(count) (\(size))\(since)"
        }
        guard let waitingSince, now - waitingSince > Self.patience else { return nil }
        return "\(count) (\(size))\(since)"
    }

    /// The length of a time for people: `40 s`, `12 min`, `3 h`, `2 days`.
    private static func age(_ seconds: Int) -> String {
        switch seconds {
        case ..<120: "\(seconds) s"
        case ..<7200: "\(seconds / 60) min"
        case ..<172_800: "\(seconds / 3600) h"
        default: "\(seconds / 86_400) days"
        }
    }
}
