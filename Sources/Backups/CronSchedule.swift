/// When something is due, as cron has it: minute, hour, day, month, weekday, in UTC.
///
/// `*`, numbers, ranges `a-b`, steps `*/n` and `a-b/n`, lists `a,b`; 0 and 7 are both Sunday. As in cron, a day fits when
/// the day of the month or the weekday fits, where both are restricted.
package struct CronSchedule: Hashable, Sendable {
    private var minutes: Set<Int>
    private var hours: Set<Int>
    private var days: Set<Int>
    private var months: Set<Int>
    private var weekdays: Set<Int>
    private var isDayRestricted: Bool
    private var isWeekdayRestricted: Bool

    private static let bounds = [0...59, 0...23, 1...31, 1...12, 0...7]

    /// Returns nil when the text is no schedule.
    package init?(_ text: String) {
        let fields = text.split(separator: " ")
        guard fields.count == 5 else { return nil }
        let sets = zip(fields, Self.bounds).compactMap { Self.values(of: $0, in: $1) }
        guard sets.count == 5 else { return nil }
        minutes = sets[0]
        hours = sets[1]
        days = sets[2]
        months = sets[3]
        weekdays = Set(sets[4].map { $0 % 7 })
        isDayRestricted = !fields[2].hasPrefix("*")
        isWeekdayRestricted = !fields[4].hasPrefix("*")
    }

    private static func values(of field: Substring, in bounds: ClosedRange<Int>) -> Set<Int>? {
        var result: Set<Int> = []
        for part in field.split(separator: ",", omittingEmptySubsequences: false) {
            let pieces = part.split(separator: "/", omittingEmptySubsequences: false)
            guard let base = pieces.first, pieces.count <= 2 else { return nil }
            let step = pieces.count == 2 ? Int(pieces[1]) ?? 0 : 1
            guard step > 0, let range = range(base, in: bounds) else { return nil }
            // A single number with a step means: from it on.
            let end = pieces.count == 2 && !base.contains("-") ? bounds.upperBound : range.upperBound
            result.formUnion(stride(from: range.lowerBound, through: end, by: step))
        }
        return result
    }

    private static func range(_ text: Substring, in bounds: ClosedRange<Int>) -> ClosedRange<Int>? {
        if text == "*" { return bounds }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard ends.count <= 2, let first = ends.first ?? nil, let last = ends.last ?? nil, first <= last,
            bounds.contains(first), bounds.contains(last)
        else { return nil }
        return first...last
    }

    // MARK: Moments, as seconds since 1970-01-01T00:00:00Z

    /// Returns the last moment at or before another one; nil when there is none in the five years before.
    package func last(notAfter time: Int) -> Int? {
        let today = time.floorDivided(by: 86_400)
        for day in stride(from: today, through: today - 5 * 366, by: -1) where fits(day: day) {
            let limit = day == today ? time - day * 86_400 : 86_399
            for hour in hours.sorted(by: >) {
                if let minute = minutes.filter({ hour * 3600 + $0 * 60 <= limit }).max() {
                    return day * 86_400 + hour * 3600 + minute * 60
                }
            }
        }
        return nil
    }

    /// Returns the first moment after another one; nil when there is none in the five years that follow.
    package func next(after time: Int) -> Int? {
        let today = time.floorDivided(by: 86_400)
        for day in today...(today + 5 * 366) where fits(day: day) {
            let limit = day == today ? time - day * 86_400 : -1
            for hour in hours.sorted() {
                if let minute = minutes.filter({ hour * 3600 + $0 * 60 > limit }).min() {
                    return day * 86_400 + hour * 3600 + minute * 60
                }
            }
        }
        return nil
    }

    /// The longest time between two moments, in seconds, among those of the year that follows a moment; nil when there
    /// are not two.
    package func longestPause(after time: Int = 0) -> Int? {
        var longest: Int?
        guard var previous = next(after: time) else { return nil }
        let end = previous + 366 * 86_400
        // Schedules repeat themselves from week to week at the least; a thousand moments show the longest pause of those
        // that come often, a year that of the others.
        for _ in 0..<1000 {
            guard previous < end, let following = next(after: previous) else { break }
            longest = max(longest ?? 0, following - previous)
            previous = following
        }
        return longest
    }

    private func fits(day: Int) -> Bool {
        let (month, dayOfMonth) = Self.date(ofDay: day)
        guard months.contains(month) else { return false }
        // 1970-01-01 was a Thursday.
        let isWeekday = weekdays.contains(((day + 4) % 7 + 7) % 7)
        let isDay = days.contains(dayOfMonth)
        return isDayRestricted && isWeekdayRestricted ? isDay || isWeekday : isDay && isWeekday
    }

    /// Month and day of a day counted from 1970-01-01, by the calendar's cycle of 400 years (146,097 days).
    private static func date(ofDay day: Int) -> (month: Int, day: Int) {
        let shifted = day + 719_468
        let era = shifted.floorDivided(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        return (shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}

extension Int {
    fileprivate func floorDivided(by divisor: Int) -> Int {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
