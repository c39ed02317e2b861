#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// Reads the times of a server's log, and those that people ask from.
package enum LogTime {
    /// Reads `2026-11-25 01:02:03.004 UTC`; nil for a zone whose name says nothing of its offset.
    static func date(_ text: Substring) -> Date? {
        let words = text.split(separator: " ", omittingEmptySubsequences: true)
        guard words.count == 3, let offset = offset(words[2]) else { return nil }
        let day = words[0].split(separator: "-").compactMap { Int($0) }
        let clock = words[1].split(separator: ":")
        guard day.count == 3, clock.count == 3, let hour = Int(clock[0]), let minute = Int(clock[1]),
            let second = Double(clock[2])
        else { return nil }
        let days = daysSince1970(day[0], day[1], day[2])
        return Date(timeIntervalSince1970: Double((days * 24 + hour) * 3600 + minute * 60 - offset) + second)
    }

    /// Seconds east of Greenwich: `UTC`, `+08`, `-0330`, `+05:30`.
    private static func offset(_ zone: Substring) -> Int? {
        if ["UTC", "GMT", "Z"].contains(zone) { return 0 }
        guard let sign = zone.first, sign == "+" || sign == "-" else { return nil }
        let digits = zone.dropFirst().filter(\.isNumber)
        guard digits.count == 2 || digits.count == 4, let hours = Int(digits.prefix(2)) else { return nil }
        let seconds = hours * 3600 + (Int(digits.dropFirst(2)) ?? 0) * 60
        return sign == "-" ? -seconds : seconds
    }

    /// Days of the Gregorian calendar, with years that begin in March, so that a leap day is the last one.
    private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return year * 365 + year / 4 - year / 100 + year / 400 + dayOfYear - 719_468
    }

    /// Reads what people ask from: `90s`, `15m`, `1h`, `2d` before now, a time with zone, or a day.
    package static func since(_ text: String, now: Date) -> Date? {
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
        if let factor = text.last.flatMap({ units[$0] }), let number = Double(text.dropLast()), number >= 0 {
            return now - number * factor
        }
        if let date = try? Date(text, strategy: .iso8601) { return date }
        if text.count == 10, let date = try? Date("\(text)T00:00:00Z", strategy: .iso8601) { return date }
        return date(Substring(text))
    }
}
