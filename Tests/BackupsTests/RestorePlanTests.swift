import Backups
import FleetModel
import Testing

/// Archives as texts: what is kept, and what can be restored from it.
@Suite struct RestorePlanTests {
    private func backup(_ id: String, segment: UInt64, timeline: UInt32 = 1, ended: Int, snapshot: String = "700:700:")
        -> BackupRecord
    {
        let place = String(segment * UInt64(LogSegment.size) >> 0, radix: 16, uppercase: true)
        return BackupRecord(
            id: id,
            major: 15,
            charset: "UTF8",
            started: ended - 10,
            ended: ended,
            timeline: timeline,
            start: "0/\(String(segment * UInt64(LogSegment.size) + 40, radix: 16))",
            end: "0/\(String(segment * UInt64(LogSegment.size) + 0x100, radix: 16))",
            snapshot: snapshot,
            dataBytes: place.count,
            bytes: 1,
            compression: "gzip"
        )
    }

    /// One file for each number, archived at 100 times its number.
    private func log(_ numbers: some Sequence<UInt64>, timeline: UInt32 = 1) -> [LogSegment: ArchivedLog.File] {
        Dictionary(
            uniqueKeysWithValues: numbers.map {
                (LogSegment(timeline: timeline, number: $0), ArchivedLog.File(bytes: 10, archived: Int($0) * 100))
            }
        )
    }

    private func archive(
        isRunning: Bool = true,
        removed: Int? = nil,
        backups: [BackupRecord],
        files: [LogSegment: ArchivedLog.File],
        origins: [UInt32: ArchivedLog.Origin] = [:]
    ) -> ObservedArchive {
        ObservedArchive(
            instance: "orders",
            instanceID: "pg-1",
            isRunning: isRunning,
            removed: removed,
            backups: backups,
            log: ArchivedLog(files: files, origins: origins)
        )
    }

    private func decide(_ target: RestoreTarget, _ archive: ObservedArchive, now: Int = 10_000) throws(RestoreRefusal)
        -> RestorePlan
    {
        try RestorePlan.decide(target, of: "orders", in: [archive], now: now)
    }

    @Test func `a file's name says timeline and place`() {
        let segment = LogSegment("000000020000000A000000FE")
        #expect(segment == LogSegment(timeline: 2, number: 10 * 256 + 254))
        #expect(segment?.description == "000000020000000A000000FE")
        #expect(LogSegment("000000020000000A00000100") == nil)
        #expect(LogSegment("00000002.history") == nil)
        #expect(LogSegment(timeline: 1, position: "0/3000000")?.number == 2)
        #expect(LogSegment(timeline: 1, position: "0/3000001")?.number == 3)
    }

    @Test func `a moment is restored from the last backup that ended before it, with the log up to it`() throws {
        let archive = archive(
            backups: [backup("a", segment: 3, ended: 310), backup("b", segment: 7, ended: 710)],
            files: log(3...12)
        )
        let first = try decide(.time(650), archive)
        #expect(first.backup.id == "a")
        #expect(first.pieces.map(\.segment.number) == [4, 5, 6, 7])
        #expect(!first.needsEnd)
        #expect(try decide(.time(710), archive).backup.id == "b")
        let latest = try decide(.latest, archive)
        #expect(latest.backup.id == "b")
        #expect(latest.pieces.map(\.segment.number) == [8, 9, 10, 11, 12])
        #expect(latest.needsEnd)
        // What comes after the last file is archived when it is restored.
        #expect(try decide(.time(5000), archive).needsEnd)
    }

    @Test func `a moment that is not covered is refused, and what is covered is told`() {
        let stopped = archive(isRunning: false, backups: [backup("a", segment: 3, ended: 310)], files: log(3...12))
        func refusal(_ target: RestoreTarget, _ archive: ObservedArchive) -> RestoreRefusal? {
            do throws(RestoreRefusal) { _ = try decide(target, archive) } catch { return error }
            return nil
        }
        #expect(refusal(.time(309), stopped)?.message.contains("before the first backup of orders had ended") == true)
        #expect(refusal(.time(1201), stopped)?.message.contains("does not reach to") == true)
        #expect(refusal(.time(1200), stopped) == nil)
        #expect(refusal(.time(20_000), stopped)?.message.contains("is in the future") == true)
        #expect(refusal(.backup("x"), stopped)?.help == "there are a")
        #expect(
            refusal(.time(309), stopped)?.help
                == "what can be restored of orders: 1970-01-01T00:05:10Z to 1970-01-01T00:20:00Z"
        )
    }

    @Test func `a gap refuses what is behind it, and a backup behind it helps`() throws {
        let files = log((3...12).filter { $0 != 6 })
        let one = archive(backups: [backup("a", segment: 3, ended: 310)], files: files)
        #expect(one.log.gaps.map(\.number) == [6])
        #expect(one.gapsAfterLastBackup.map(\.number) == [6])
        #expect(try decide(.time(500), one).pieces.count == 2)
        #expect(throws: RestoreRefusal.self) { try decide(.time(501), one) }
        #expect(throws: RestoreRefusal.self) { try decide(.latest, one) }
        let two = archive(backups: one.backups + [backup("b", segment: 8, ended: 810)], files: files)
        #expect(try decide(.latest, two).backup.id == "b")
        #expect(two.gapsAfterLastBackup == [])
        #expect(two.spans == [310...500, 810...1200])
    }

    @Test func `the log is followed over a takeover`() throws {
        let position = try #require(LogPosition("0/6001000"))
        let archive = archive(
            backups: [backup("a", segment: 3, ended: 310)],
            // What the old primary wrote after the switch is on no way to anywhere.
            files: log(3...7).merging(log(6...9, timeline: 2)) { $1 },
            origins: [2: ArchivedLog.Origin(timeline: 1, position: position)]
        )
        let plan = try decide(.latest, archive)
        #expect(plan.timeline == 2)
        #expect(
            plan.pieces.map(\.segment)
                == [LogSegment(timeline: 1, number: 4), LogSegment(timeline: 1, number: 5)]
                + (6...9).map { LogSegment(timeline: 2, number: $0) }
        )
        #expect(archive.log.gaps == [])
        let history = "1\t0/6001000\tno recovery target specified\n"
        #expect(ArchivedLog.Origin(history: history) == ArchivedLog.Origin(timeline: 1, position: position))
    }

    @Test func `a transaction is restored from the last backup in which it was not over`() throws {
        let archive = archive(
            backups: [
                backup("a", segment: 3, ended: 310, snapshot: "700:700:"),
                backup("b", segment: 7, ended: 710, snapshot: "705:720:705,710"),
            ],
            files: log(3...12)
        )
        #expect(try decide(.transaction(704), archive).backup.id == "a")
        #expect(try decide(.transaction(710), archive).backup.id == "b")
        #expect(try decide(.transaction(711), archive).backup.id == "a")
        #expect(try decide(.transaction(720), archive).backup.id == "b")
        #expect(throws: RestoreRefusal.self) { try decide(.transaction(699), archive) }
    }

    @Test func `what every moment of the kept time needs stays, and all else goes`() throws {
        let archive = archive(
            backups: [
                backup("a", segment: 3, ended: 310), backup("b", segment: 7, ended: 710),
                backup("c", segment: 9, ended: 910),
            ],
            files: log(1...12)
        )
        func gone(now: Int) -> ([String], [UInt64]) {
            let parts = ExpiredParts.decide(archive, keep: Retention("1h"), now: now)
            return (parts.backups.map(\.id), parts.segments.map(\.number))
        }
        #expect(gone(now: 3600 + 709) == ([], [1, 2]))
        #expect(gone(now: 3600 + 710) == (["a"], [1, 2, 3, 4, 5, 6]))
        #expect(gone(now: 1_000_000) == (["a", "b"], [1, 2, 3, 4, 5, 6, 7, 8]))
        #expect(ExpiredParts.decide(archive, keep: nil, now: 1_000_000).backups == [])
    }

    @Test func `a damaged backup is not restored, and does not let others expire`() throws {
        var bad = backup("b", segment: 7, ended: 710)
        bad.verification = BackupRecord.Verification(time: 800, problem: "a file differs")
        let archive = archive(backups: [backup("a", segment: 3, ended: 310), bad], files: log(3...12))
        #expect(try decide(.latest, archive).backup.id == "a")
        #expect(throws: RestoreRefusal.self) { try decide(.backup("b"), archive) }
        #expect(ExpiredParts.decide(archive, keep: Retention("1h"), now: 1_000_000).backups == [])
    }

    @Test func `an archive stands still when files wait and the last attempt failed, or nothing moves for long`() {
        func archiver(archived: Int?, failed: Int?, waiting: Int, since: Int?) -> ObservedArchiver {
            ObservedArchiver(
                lastArchived: archived,
                lastFailed: failed,
                failedSegment: "x",
                waiting: waiting,
                waitingSince: since
            )
        }
        #expect(archiver(archived: 100, failed: 200, waiting: 1, since: 90).standstill(now: 300) != nil)
        #expect(archiver(archived: 300, failed: 200, waiting: 1, since: 290).standstill(now: 300) == nil)
        #expect(archiver(archived: 100, failed: 200, waiting: 0, since: nil).standstill(now: 300) == nil)
        #expect(archiver(archived: 100, failed: nil, waiting: 9, since: 100).standstill(now: 5000) != nil)
    }
}
