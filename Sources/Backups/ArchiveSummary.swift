package import FleetModel

/// What is kept of one instance in few numbers, for those who show it: an archive has a file for each 16 MiB of log.
package struct ArchiveSummary: Hashable, Sendable {
    /// By when they ended, oldest first.
    package var backups: [BackupRecord]
    /// That the last attempt to make a backup failed; nil when it did not.
    package var failure: BackupFailure?
    package var drill: DrillResult?
    package var policy: BackupFacts?
    /// Files of the archived log, their size on disk, and when the last of them came.
    package var files: Int
    package var bytes: Int
    package var lastArchived: Int?
    /// Files that are missing between the first one that is kept and the last.
    package var missing: [LogSegment]
    /// The moments that can be restored, earliest first.
    package var spans: [ClosedRange<Int>]
    /// Whether the last of them goes on with the time.
    package var isOpen: Bool

    package init(_ archive: ObservedArchive) {
        backups = archive.backups
        failure = archive.failure
        drill = archive.drill
        policy = archive.policy
        files = archive.log.files.count
        bytes = archive.log.bytes
        lastArchived = archive.log.lastArchived
        missing = archive.log.gaps
        spans = archive.spans
        isOpen = archive.isRunning
    }

    package var goodBackups: [BackupRecord] { backups.filter { !$0.isDamaged } }

    /// When the next backup is due, or has been: seconds since 1970-01-01T00:00:00Z; nil without a schedule.
    package func due(after now: Int) -> Int? {
        guard let schedule = policy?.schedule.flatMap(CronSchedule.init) else { return nil }
        switch BackupNeed.decide(schedule: schedule, starts: goodBackups.map(\.started), failure: failure, now: now) {
        case .first: return now
        case .scheduled(let time): return time
        case nil: return failure.map { max($0.retry, now) } ?? schedule.next(after: now)
        }
    }

    /// When the next restore is tried, or should have been; nil without a schedule, or while there is nothing to restore.
    package func drillDue(after now: Int) -> Int? {
        guard let schedule = policy?.drill.flatMap(CronSchedule.init), let first = goodBackups.first else { return nil }
        let starts = [drill?.time ?? first.started]
        if case .scheduled(let time) = BackupNeed.decide(schedule: schedule, starts: starts, now: now) { return time }
        return schedule.next(after: now)
    }
}
