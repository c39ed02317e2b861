package import FleetModel

/// Something about the backups of an instance that somebody has to see to; nothing is lost yet.
package struct BackupAlarm: Hashable, Sendable {
    package enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
        /// The server cannot archive its log.
        case standstill = "ArchiveStandstill"
        /// A file of the archived log is missing.
        case gap = "LogGap"
        /// A backup was due long ago.
        case overdue = "BackupOverdue"
        /// The last attempt to make a backup failed.
        case failed = "BackupFailed"
        /// The last restore that was tried would not have worked.
        case drill = "DrillFailed"
    }

    package var kind: Kind
    /// One sentence or two for people.
    package var message: String
    /// What to do about it.
    package var help: String

    package init(kind: Kind, message: String, help: String) {
        self.kind = kind
        self.message = message
        self.help = help
    }

    /// How long a backup may be late before it is told, in seconds.
    private static let lateness = 3600

    /// Returns the alarms of an instance that is backed up, the most urgent first; pure.
    ///
    /// - Parameters:
    ///   - archive: What is kept of it; nil when nothing is.
    ///   - archiver: How its server archives; nil when it cannot be asked.
    package static func all(
        of name: String,
        _ policy: BackupFacts,
        _ archive: ObservedArchive?,
        _ archiver: ObservedArchiver?,
        now: Int
    ) -> [BackupAlarm] {
        [
            standstill(of: name, archiver, now: now), gap(of: name, archive),
            failure(of: name, archive), overdue(of: name, policy, archive, now: now), drill(of: name, archive),
        ]
        .compactMap(\.self)
    }

    private static func standstill(of name: String, _ archiver: ObservedArchiver?, now: Int) -> BackupAlarm? {
        guard let standstill = archiver?.standstill(now: now) else { return nil }
        return BackupAlarm(
            kind: .standstill,
            message:
                "The archive of Instance/\(name) stands still: \(standstill). The server keeps its log until it has been archived.",
            help: "look at the end of the server's log and at the space in the home's folder backups/\(name)"
        )
    }

    private static func gap(of name: String, _ archive: ObservedArchive?) -> BackupAlarm? {
        guard let gap = archive?.gapsAfterLastBackup.first else { return nil }
        return BackupAlarm(
            kind: .gap,
            message: "The archived log of Instance/\(name) has a gap at \(gap): nothing after it can be restored.",
            help: "make a backup, from which later moments can be restored: pgsteer backup create \(name)"
        )
    }

    private static func failure(of name: String, _ archive: ObservedArchive?) -> BackupAlarm? {
        guard let failure = archive?.failure else { return nil }
        let times = failure.count == 1 ? "" : ", \(failure.count) times in a row"
        return BackupAlarm(
            kind: .failed,
            message:
                "The last backup of Instance/\(name) failed at \(Moment.text(failure.time))\(times): \(failure.problem).",
            help:
                "what is due is tried again from \(Moment.text(failure.retry)) on; at once, by hand: pgsteer backup create \(name)"
        )
    }

    private static func overdue(
        of name: String,
        _ policy: BackupFacts,
        _ archive: ObservedArchive?,
        now: Int
    ) -> BackupAlarm? {
        // The first one that was missed: the one after it may be due since a moment only.
        guard let schedule = policy.schedule.flatMap(CronSchedule.init),
            let last = archive?.goodBackups.map(\.started).max(),
            let missed = schedule.next(after: last), now - missed > lateness
        else { return nil }
        return BackupAlarm(
            kind: .overdue,
            message: "The backup of Instance/\(name) that was due at \(Moment.text(missed)) has not been made.",
            help:
                "the loop makes backups, or a timer: pgsteer backup run-due; or by hand: pgsteer backup create \(name)"
        )
    }

    private static func drill(of name: String, _ archive: ObservedArchive?) -> BackupAlarm? {
        guard let drill = archive?.drill, let problem = drill.problem else { return nil }
        return BackupAlarm(
            kind: .drill,
            message:
                "The restore of Instance/\(name) that was tried at \(Moment.text(drill.time)) from \(drill.backup) would not have worked: \(problem.split(separator: "\n").joined(separator: "; ")).",
            help: "make another backup and try again: pgsteer backup create \(name), pgsteer backup drill \(name)"
        )
    }
}
