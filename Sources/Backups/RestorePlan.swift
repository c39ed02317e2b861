/// How a moment is reached: a base backup, and what is replayed on top of it.
package struct RestorePlan: Hashable, Sendable {
    package var instance: String
    package var instanceID: String
    package var backup: BackupRecord
    package var target: RestoreTarget
    /// What is replayed, as far as it is archived now.
    package var pieces: [ArchivedLog.Piece]
    /// The timeline that is followed.
    package var timeline: UInt32
    /// Whether the end of the log must be archived first: the moment is behind what is archived now.
    package var needsEnd: Bool

    /// How much log is replayed, before it is compressed.
    package var logBytes: Int { pieces.count * LogSegment.size }
}

/// Why a moment cannot be restored, told before anything is made.
package struct RestoreRefusal: Error, Hashable, Sendable {
    package var message: String
    package var help: String?
}

extension RestorePlan {
    /// Chooses the backup from which a moment is reached with the least to replay.
    ///
    /// - Parameters:
    ///   - archives: All archives there are, of whatever instance.
    ///   - now: Seconds since 1970-01-01T00:00:00Z.
    package static func decide(
        _ target: RestoreTarget,
        of instance: String,
        in archives: [ObservedArchive],
        now: Int
    ) throws(RestoreRefusal) -> RestorePlan {
        let candidates = archives.filter { $0.instance == instance && !$0.backups.isEmpty }
        guard let newest = candidates.max(by: { $0.rank < $1.rank }) else {
            throw RestoreRefusal(
                message: "there is no backup of \(instance)",
                help: archives.contains { $0.instance == instance }
                    ? "make one: pgsteer backup create \(instance)" : nil
            )
        }
        // An instance that was made anew has another archive; a moment or a backup before that is in the older one.
        var refusal: RestoreRefusal?
        for archive in candidates.sorted(by: { $0.rank > $1.rank }) {
            do { return try archive.plan(for: target, now: now) } catch {
                if archive == newest { refusal = error }
            }
        }
        throw refusal ?? RestoreRefusal(message: "there is no backup of \(instance)")
    }
}

extension ObservedArchive {
    /// An archive of an instance that is there comes before all others, then what was kept last.
    fileprivate var rank: (Int, Int, String) {
        (removed == nil ? 1 : 0, backups.last?.ended ?? 0, instanceID)
    }

    fileprivate func plan(for target: RestoreTarget, now: Int) throws(RestoreRefusal) -> RestorePlan {
        switch target {
        case .backup(let id): return try plan(forBackup: id)
        case .latest:
            let backup = try lastBackup(for: target, where: { _ in true })
            return try plan(backup, target, until: nil)
        case .transaction(let number):
            let backup = try lastBackup(for: target) { $0.precedes(transaction: number) }
            return try plan(backup, target, until: nil)
        case .point:
            // Nobody but the log itself knows where the name stands.
            guard let backup = goodBackups.first else { throw allDamaged }
            return try plan(backup, target, until: nil)
        case .time(let time):
            guard time <= now else {
                throw RestoreRefusal(message: "\(Moment.text(time)) is in the future", help: reachable)
            }
            let backup = try lastBackup(for: target) { $0.ended <= time }
            return try plan(backup, target, until: time)
        }
    }

    private func plan(forBackup id: String) throws(RestoreRefusal) -> RestorePlan {
        guard let backup = backups.first(where: { $0.id == id }) else {
            throw RestoreRefusal(
                message: "\(instance) has no backup \(id)",
                help: "there are \(backups.suffix(5).map(\.id).joined(separator: ", "))"
            )
        }
        if let problem = backup.verification?.problem {
            throw RestoreRefusal(message: "the backup \(id) of \(instance) is damaged: \(problem)", help: nil)
        }
        return RestorePlan(
            instance: instance,
            instanceID: instanceID,
            backup: backup,
            target: .backup(id),
            pieces: [],
            timeline: backup.timeline,
            needsEnd: false
        )
    }

    private var allDamaged: RestoreRefusal {
        RestoreRefusal(message: "every backup of \(instance) is damaged", help: "see: pgsteer backup list \(instance)")
    }

    private func lastBackup(for target: RestoreTarget, where fits: (BackupRecord) -> Bool) throws(RestoreRefusal)
        -> BackupRecord
    {
        guard !goodBackups.isEmpty else { throw allDamaged }
        guard let backup = goodBackups.last(where: fits) else {
            let what =
                switch target {
                case .time(let time): "\(Moment.text(time)) is before the first backup of \(instance) had ended"
                default: "the transaction was over before the first backup of \(instance) had ended"
                }
            throw RestoreRefusal(message: what, help: reachable)
        }
        return backup
    }

    private func plan(_ backup: BackupRecord, _ target: RestoreTarget, until time: Int?) throws(RestoreRefusal)
        -> RestorePlan
    {
        guard let last = backup.lastSegment else {
            throw RestoreRefusal(message: "the backup \(backup.id) of \(instance) says no place in the log", help: nil)
        }
        let all = log.pieces(after: last)
        let end = time.flatMap { time in all.firstIndex { $0.file.map { $0.archived >= time } ?? false } }
        let pieces = end.map { Array(all[...$0]) } ?? all
        if let gap = pieces.first(where: { $0.file == nil }) {
            throw RestoreRefusal(
                message:
                    "the log of \(instance) has a gap: \(gap.segment) is missing, so nothing after it can be replayed on the backup \(backup.id)",
                help: reachable
            )
        }
        if let time, end == nil, !isRunning, backup.ended != time {
            guard (removed ?? log.lastArchived ?? 0) >= time else {
                throw RestoreRefusal(
                    message: "the archive of \(instance) does not reach to \(Moment.text(time))",
                    help: reachable
                )
            }
        }
        return RestorePlan(
            instance: instance,
            instanceID: instanceID,
            backup: backup,
            target: target,
            pieces: pieces,
            timeline: log.newestTimeline(after: last),
            needsEnd: end == nil && isRunning
        )
    }

    /// The moments that can be restored, in words.
    package var reachable: String {
        guard let span = spans.first else { return "no moment of \(instance) can be restored" }
        let words = spans.map { "\(Moment.text($0.lowerBound)) to \(isOpen($0) ? "now" : Moment.text($0.upperBound))" }
        return "what can be restored of \(instance): \(words.isEmpty ? "\(span)" : words.joined(separator: ", "))"
    }

    private func isOpen(_ span: ClosedRange<Int>) -> Bool { isRunning && span == spans.last }

    /// The moments that can be restored, earliest first: from the end of a backup to the end of the log or its next gap.
    package var spans: [ClosedRange<Int>] {
        var result: [ClosedRange<Int>] = []
        for backup in goodBackups {
            guard let last = backup.lastSegment else { continue }
            let whole = log.pieces(after: last).prefix { $0.file != nil }
            let end = max(backup.ended, whole.last?.file?.archived ?? 0)
            if let previous = result.last, previous.upperBound >= backup.ended {
                result[result.count - 1] = previous.lowerBound...max(previous.upperBound, end)
            } else {
                result.append(backup.ended...end)
            }
        }
        return result
    }
}
