/// How long backups are kept: `7d`, `4w`, `48h`.
package struct Retention: Hashable, Sendable {
    package var seconds: Int

    package init?(_ text: String) {
        let units: [Character: Int] = ["h": 3600, "d": 86_400, "w": 7 * 86_400]
        guard let unit = text.last.flatMap({ units[$0] }), let number = Int(text.dropLast()), number > 0,
            number < 1_000_000
        else { return nil }
        seconds = number * unit
    }
}

/// What of an archive nobody needs any more.
package struct ExpiredParts: Hashable, Sendable {
    package var backups: [BackupRecord]
    package var segments: [LogSegment]

    package init(backups: [BackupRecord] = [], segments: [LogSegment] = []) {
        self.backups = backups
        self.segments = segments
    }

    package var isEmpty: Bool { backups.isEmpty && segments.isEmpty }

    /// Returns what can go so that every moment of the time for which backups are kept can still be restored.
    ///
    /// The newest backup that ended before that time is where its first moments are restored from, so it stays; the log
    /// stays from the first backup that stays. The last good backup always stays. Without any good one nothing goes.
    package static func decide(_ archive: ObservedArchive, keep: Retention?, now: Int) -> ExpiredParts {
        let good = archive.goodBackups
        guard !good.isEmpty else { return ExpiredParts(backups: [], segments: []) }
        let first = keep.flatMap { keep in good.last { $0.ended <= now - keep.seconds } } ?? good[0]
        let gone = keep == nil ? [] : archive.backups.filter { $0.ended < first.ended }
        guard let needed = first.firstSegment else { return ExpiredParts(backups: gone, segments: []) }
        let remaining = archive.backups.filter { !gone.contains($0) }.compactMap { $0.firstSegment?.number }
        let least = min(needed.number, remaining.min() ?? needed.number)
        let segments = archive.log.files.keys.filter { $0.number < least }.sorted()
        return ExpiredParts(backups: gone, segments: segments)
    }
}
