#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Moments as texts: `2026-11-22T03:00:00Z`.
package enum Moment {
    /// - Parameter seconds: Since 1970-01-01T00:00:00Z.
    package static func text(_ seconds: Int) -> String {
        Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
    }

    /// Reads a moment with its zone, as seconds since 1970-01-01T00:00:00Z; nil when it is none.
    package static func seconds(_ text: String) -> Int? {
        guard isOnCalendar(text) else { return nil }
        return (try? Date(text, strategy: .iso8601)).map { Int($0.timeIntervalSince1970.rounded(.down)) }
    }

    /// Whether there are such a day and such a time: a reader of dates takes February 30 for a day in March.
    private static func isOnCalendar(_ text: String) -> Bool {
        let form = #/(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|[+-]\d\d:?\d\d)/#
        guard let match = text.wholeMatch(of: form), let year = Int(match.1), let month = Int(match.2),
            let day = Int(match.3), let hour = Int(match.4), let minute = Int(match.5), let second = Int(match.6)
        else { return false }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard days.indices.contains(month - 1) else { return false }
        return (1...days[month - 1]).contains(day) && hour < 24 && minute < 60 && second < 60
    }
}
