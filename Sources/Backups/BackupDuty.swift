package import FleetModel

/// Whether a backup is to be made now.
package enum BackupNeed: Hashable, Sendable {
    /// There is none yet.
    case first
    /// The schedule asked for one at this moment, and none was begun since.
    case scheduled(Int)

    /// Returns nil when none is to be made.
    ///
    /// - Parameters:
    ///   - starts: When backups were begun that are there and good.
    ///   - failure: That the last attempt failed, if it did: the next one waits for a while.
    package static func decide(
        schedule: CronSchedule?,
        starts: [Int],
        failure: BackupFailure? = nil,
        now: Int
    ) -> BackupNeed? {
        guard let schedule else { return nil }
        if let failure, failure.holdsBack(at: now) { return nil }
        guard let last = starts.max() else { return .first }
        guard let due = schedule.last(notAfter: now), due > last else { return nil }
        return .scheduled(due)
    }
}

extension BackupNeed: CustomStringConvertible {
    /// Why it is to be made: `its first one`.
    package var description: String {
        switch self {
        case .first: "its first one"
        case .scheduled(let time): "due at \(Moment.text(time))"
        }
    }
}

/// What is to be done now for the backups of one instance.
package enum BackupDuty: Hashable, Sendable {
    case backup(BackupNeed)
    /// A restore is to be tried.
    case drill

    /// Returns nil when nothing is to be done.
    ///
    /// - Parameters:
    ///   - archive: What is kept of the instance; nil when nothing is.
    ///   - isRunning: Whether its primary runs, without which no backup can be made.
    package static func next(
        _ policy: BackupFacts,
        _ archive: ObservedArchive?,
        isRunning: Bool,
        now: Int
    ) -> BackupDuty? {
        let need = BackupNeed.decide(
            schedule: policy.schedule.flatMap(CronSchedule.init),
            starts: archive?.goodBackups.map(\.started) ?? [],
            failure: archive?.failure,
            now: now
        )
        if let need, isRunning { return .backup(need) }
        guard let drill = policy.drill.flatMap(CronSchedule.init), let archive,
            let first = archive.goodBackups.first
        else { return nil }
        let last = archive.drill?.time ?? first.started
        return BackupNeed.decide(schedule: drill, starts: [last], now: now).map { _ in .drill }
    }
}
