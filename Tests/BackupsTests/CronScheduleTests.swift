import Backups
import Testing

@Suite struct CronScheduleTests {
    /// Seconds since 1970 of a moment in UTC.
    @Test(arguments: [
        ("2028-02-29T00:00:00Z", true), ("2027-02-29T00:00:00Z", false), ("2026-04-31T00:00:00Z", false),
        ("2026-11-22T24:00:00Z", false), ("2026-11-22T03:00:00.250Z", true), ("2026-11-22T11:00:00+08:00", true),
        ("2026-13-01T00:00:00Z", false), ("2026-11-22", false),
    ])
    func `a moment is one that the calendar has`(text: String, isOne: Bool) {
        #expect((Moment.seconds(text) != nil) == isOne)
    }

    private func moment(_ text: String) throws -> Int { try #require(Moment.seconds(text + ":00Z")) }

    @Test(
        arguments: [
            ("0 3 * * *", "2026-11-22T03:00", "2026-11-22T03:00", "2026-11-23T03:00"),
            ("0 3 * * *", "2026-11-22T02:59", "2026-11-21T03:00", "2026-11-22T03:00"),
            ("*/15 * * * *", "2026-11-22T10:07", "2026-11-22T10:00", "2026-11-22T10:15"),
            ("5/20 8-9 * * *", "2026-11-22T09:30", "2026-11-22T09:25", "2026-11-22T09:45"),
            ("30 4 1,15 * *", "2026-11-10T00:00", "2026-11-01T04:30", "2026-11-15T04:30"),
            // 2026-11-22 is a Sunday.
            ("0 5 * * 0", "2026-11-24T00:00", "2026-11-22T05:00", "2026-11-29T05:00"),
            ("0 5 * * 7", "2026-11-24T00:00", "2026-11-22T05:00", "2026-11-29T05:00"),
            ("0 0 13 * 5", "2026-11-13T12:00", "2026-11-13T00:00", "2026-11-20T00:00"),
            ("0 0 29 2 *", "2026-11-22T00:00", "2024-02-29T00:00", "2028-02-29T00:00"),
            ("59 23 31 12 *", "2027-01-01T00:00", "2026-12-31T23:59", "2027-12-31T23:59"),
        ]
    )
    func `a schedule has a last and a next moment`(text: String, now: String, last: String, next: String) throws {
        let schedule = try #require(CronSchedule(text))
        #expect(schedule.last(notAfter: try moment(now)).map(Moment.text) == last + ":00Z")
        #expect(schedule.next(after: try moment(now)).map(Moment.text) == next + ":00Z")
    }

    @Test(arguments: [
        "", "* * * *", "60 * * * *", "* 24 * * *", "*/0 * * * *", "5-1 * * * *", "a * * * *", "* * 0 * *",
    ])
    func `what is no schedule is none`(text: String) { #expect(CronSchedule(text) == nil) }

    @Test func `a day that never comes has no moment`() throws {
        let schedule = try #require(CronSchedule("0 0 31 2 *"))
        #expect(schedule.next(after: 0) == nil)
        #expect(schedule.longestPause() == nil)
    }

    @Test(arguments: [("0 3 * * *", 86_400), ("*/15 * * * *", 900), ("0 8,20 * * *", 43_200), ("0 3 * * 1-5", 259_200)])
    func `the longest pause of a schedule is found`(text: String, seconds: Int) throws {
        #expect(try #require(CronSchedule(text)).longestPause() == seconds)
    }

    @Test func `a backup is due when the schedule has passed since the last one began`() throws {
        let schedule = CronSchedule("0 3 * * *")
        let now = try moment("2026-11-22T04:00")
        let due = try moment("2026-11-22T03:00")
        #expect(BackupNeed.decide(schedule: schedule, starts: [], now: now) == .first)
        #expect(BackupNeed.decide(schedule: schedule, starts: [due - 60], now: now) == .scheduled(due))
        #expect(BackupNeed.decide(schedule: schedule, starts: [due + 1], now: now) == nil)
        #expect(BackupNeed.decide(schedule: nil, starts: [], now: now) == nil)
    }
}
