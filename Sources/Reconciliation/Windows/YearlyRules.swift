/// How a time zone goes on for ever: `CET-1CEST,M3.5.0,M10.5.0/3` (POSIX, environment variable TZ).
struct YearlyRules: Sendable, Hashable {
    /// A day of a year and a local time of it.
    enum Turn: Sendable, Hashable {
        /// Weekday (0 is Sunday) of a week (5 is the last) of a month.
        case weekday(month: Int, week: Int, day: Int, time: Int)
        /// Day of the year from 1 to 365; February 29th is not counted.
        case julian(day: Int, time: Int)
        /// Day of the year from 0 to 365.
        case day(Int, time: Int)
    }

    struct Summer: Sendable, Hashable {
        var offset: Int
        var start: Turn
        var end: Turn
    }

    /// Seconds to add to UTC.
    var standard: Int
    var summer: Summer?

    /// Reads the text; nil when it is none.
    init?(_ text: String) {
        var rest = Substring(text)
        guard Self.takeName(&rest), let offset = Self.takeTime(&rest) else { return nil }
        // POSIX counts westwards.
        standard = -offset
        if rest.isEmpty { return }
        guard Self.takeName(&rest) else { return nil }
        var summerOffset = standard + 3600
        if rest.first != "," {
            guard let offset = Self.takeTime(&rest) else { return nil }
            summerOffset = -offset
        }
        let turns = rest.split(separator: ",").map { Turn($0) }
        guard turns.count == 2, let start = turns[0], let end = turns[1] else { return nil }
        summer = Summer(offset: summerOffset, start: start, end: end)
    }

    func offset(at time: Int) -> Int {
        guard let summer else { return standard }
        let year = CivilDate(day: (time + standard).floorDivided(by: 86_400)).year
        let start = summer.start.seconds(in: year) - standard
        let end = summer.end.seconds(in: year) - summer.offset
        // South of the equator summer begins in one year and ends in the next.
        let isSummer = start < end ? (start..<end).contains(time) : !(end..<start).contains(time)
        return isSummer ? summer.offset : standard
    }

    private static func takeName(_ text: inout Substring) -> Bool {
        if text.first == "<" {
            guard let end = text.firstIndex(of: ">") else { return false }
            text = text[text.index(after: end)...]
            return true
        }
        let name = text.prefix { $0.isASCII && $0.isLetter }
        text = text.dropFirst(name.count)
        return name.count >= 3
    }

    /// Takes `[+-]h[h[h]][:mm[:ss]]` as seconds.
    fileprivate static func takeTime(_ text: inout Substring) -> Int? {
        let time = text.prefix { "+-:0123456789".contains($0) }
        text = text.dropFirst(time.count)
        let sign = time.first == "-" ? -1 : 1
        let parts = time.drop { $0 == "-" || $0 == "+" }.split(separator: ":").map { Int($0) }
        guard (1...3).contains(parts.count), !parts.contains(nil) else { return nil }
        let numbers = parts.compactMap(\.self) + [0, 0]
        return sign * (numbers[0] * 3600 + numbers[1] * 60 + numbers[2])
    }
}

extension YearlyRules.Turn {
    init?(_ text: Substring) {
        let parts = text.split(separator: "/", maxSplits: 1)
        var time = 7200
        if parts.count == 2 {
            var rest = parts[1]
            guard let found = YearlyRules.takeTime(&rest), rest.isEmpty else { return nil }
            time = found
        }
        guard let date = parts.first else { return nil }
        switch date.first {
        case "M":
            let numbers = date.dropFirst().split(separator: ".").compactMap { Int($0) }
            guard numbers.count == 3, (1...12).contains(numbers[0]), (1...5).contains(numbers[1]),
                (0...6).contains(numbers[2])
            else { return nil }
            self = .weekday(month: numbers[0], week: numbers[1], day: numbers[2], time: time)
        case "J":
            guard let day = Int(date.dropFirst()), (1...365).contains(day) else { return nil }
            self = .julian(day: day, time: time)
        default:
            guard let day = Int(date), (0...365).contains(day) else { return nil }
            self = .day(day, time: time)
        }
    }

    /// Seconds since 1970 of the turn, as if its local time were UTC.
    func seconds(in year: Int) -> Int {
        switch self {
        case .weekday(let month, let week, let day, let time):
            let first = CivilDate(year: year, month: month, day: 1).dayNumber
            var found = first + (day - CivilDate.weekday(of: first) + 7) % 7 + (week - 1) * 7
            let next =
                month == 12
                ? CivilDate(year: year + 1, month: 1, day: 1)
                : CivilDate(year: year, month: month + 1, day: 1)
            while found >= next.dayNumber { found -= 7 }
            return found * 86_400 + time
        case .julian(let day, let time):
            let start = CivilDate(year: year, month: 1, day: 1).dayNumber
            let isAfterFebruary = day >= 60
            let leap = CivilDate(year: year, month: 3, day: 1).dayNumber - start - 59
            return (start + day - 1 + (isAfterFebruary ? leap : 0)) * 86_400 + time
        case .day(let day, let time):
            return (CivilDate(year: year, month: 1, day: 1).dayNumber + day) * 86_400 + time
        }
    }
}

/// A day of the calendar, and its number since 1970-01-01.
struct CivilDate: Sendable, Hashable {
    var year: Int
    var month: Int
    var day: Int

    init(year: Int, month: Int, day: Int) {
        (self.year, self.month, self.day) = (year, month, day)
    }

    /// Years are counted from March, so that the day that comes and goes is the last of its year.
    init(day number: Int) {
        let shifted = number + 719_468
        let era = shifted.floorDivided(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    var dayNumber: Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear.floorDivided(by: 400)
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The weekday of a day by its number; 0 is Sunday.
    static func weekday(of dayNumber: Int) -> Int { ((dayNumber + 4) % 7 + 7) % 7 }
}

extension Int {
    func floorDivided(by other: Int) -> Int {
        let quotient = self / other
        return self % other < 0 ? quotient - 1 : quotient
    }
}
