import Backups
import FleetModel
import Testing

@Suite struct BackupDutyTests {
    private let policy = BackupFacts(schedule: "0 3 * * *", keep: "7d", drill: "0 5 * * 0")
    /// Sunday, 2026-11-22T03:00:00Z.
    private let due = 1_795_316_400

    private func archive(started: Int...) -> ObservedArchive {
        ObservedArchive(
            instance: "orders",
            instanceID: "pg-1",
            isRunning: true,
            backups: started.map { time in
                BackupRecord(
                    id: String(time),
                    major: 15,
                    charset: "UTF8",
                    started: time,
                    ended: time + 5,
                    timeline: 1,
                    start: "0/3000060",
                    end: "0/3000100",
                    snapshot: "",
                    dataBytes: 1,
                    bytes: 1,
                    compression: "gzip"
                )
            },
            log: ArchivedLog()
        )
    }

    @Test func `a backup that is due comes before a restore that is to be tried`() {
        func next(_ archive: ObservedArchive?, isRunning: Bool = true, at now: Int) -> BackupDuty? {
            BackupDuty.next(policy, archive, isRunning: isRunning, now: now)
        }
        #expect(next(nil, at: due) == .backup(.first))
        #expect(next(nil, isRunning: false, at: due) == nil)
        let day = archive(started: due - 86_400)
        #expect(next(day, at: due - 1) == nil)
        #expect(next(day, at: due + 60) == .backup(.scheduled(due)))
        // The drill of five o'clock needs no server that runs.
        #expect(next(day, isRunning: false, at: due + 7200) == .drill)
        #expect(next(archive(started: due - 86_400, due + 1), at: due + 7200) == .drill)
        var tried = archive(started: due - 86_400, due + 1)
        tried.drill = DrillResult(time: due + 7300, backup: "x", files: 0)
        #expect(next(tried, at: due + 7400) == nil)
    }

    @Test func `what failed is tried again later each time, and a clock that goes back lets nobody wait for ever`() {
        func failure(_ count: Int) -> BackupFailure { BackupFailure(time: due, count: count, problem: "no space") }
        #expect([1, 2, 3, 9, 40].map { failure($0).retry - due } == [15, 30, 60, 3600, 3600])
        var failed = archive(started: due - 86_400)
        failed.failure = failure(2)
        func next(at now: Int) -> BackupDuty? {
            BackupDuty.next(BackupFacts(schedule: "0 3 * * *"), failed, isRunning: true, now: now)
        }
        #expect(next(at: due + 29) == nil)
        #expect(next(at: due + 30) == .backup(.scheduled(due)))
        failed.failure = BackupFailure(time: due + 7200, count: 9, problem: "no space")
        #expect(next(at: due + 60) == .backup(.scheduled(due)))
    }

    @Test func `alarms say what is wrong, since when, and what to do`() throws {
        func alarms(_ archive: ObservedArchive?, _ archiver: ObservedArchiver? = nil, at now: Int) -> [BackupAlarm] {
            BackupAlarm.all(of: "orders", policy, archive, archiver, now: now)
        }
        #expect(alarms(archive(started: due + 1), at: due + 5000).isEmpty)
        #expect(alarms(archive(started: due - 86_400), at: due + 3601).map(\.kind) == [.overdue])
        #expect(alarms(archive(started: due - 86_400), at: due + 3599).isEmpty)
        // Missed yesterday, and due again for a moment.
        let old = alarms(archive(started: due - 172_800), at: due + 60)
        #expect(old.first?.message.contains("due at \(Moment.text(due - 86_400))") ?? false, "\(old)")

        var failed = archive(started: due - 86_400)
        failed.failure = BackupFailure(time: due + 3, count: 2, problem: "its primary was restarted")
        failed.drill = DrillResult(time: due, backup: "b", files: 1)
        failed.drill?.problem = "no rows"
        let found = alarms(failed, at: due + 10)
        #expect(found.map(\.kind) == [.failed, .drill])
        let first = try #require(found.first)
        #expect(first.message.contains("2 times in a row: its primary was restarted."))
        #expect(first.help.contains("from 2026-11-22T03:00:33Z on"))

        let archiver = ObservedArchiver(
            lastArchived: due,
            lastFailed: due + 3500,
            failedSegment: "000000010000000000000004",
            waiting: 12,
            waitingSince: due + 1
        )
        let standstill = try #require(alarms(archive(started: due + 1), archiver, at: due + 3601).first)
        #expect(standstill.kind == .standstill)
        #expect(standstill.message.contains("12 files wait (192MiB), the first since 2026-11-22T03:00:01Z (60 min)"))
    }
}
