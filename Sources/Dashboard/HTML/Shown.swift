#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Numbers and times as people read them.
enum Shown {
    /// `12 B`, `3.4 MiB`
    static func bytes(_ count: Int) -> String {
        let units = ["KiB", "MiB", "GiB", "TiB", "PiB"]
        guard abs(count) >= 1024 else { return "\(count) B" }
        var value = Double(count) / 1024
        var unit = 0
        while abs(value) >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return "\(decimal(value)) \(units[unit])"
    }

    /// At most three digits that count: `0.04`, `3.4`, `120`.
    static func decimal(_ value: Double) -> String {
        guard value.isFinite else { return "-" }
        let factor = abs(value) >= 100 ? 1.0 : abs(value) >= 10 ? 10.0 : 100.0
        let rounded = (value * factor).rounded() / factor
        return rounded == rounded.rounded() && abs(rounded) < 1e15 ? String(Int(rounded)) : String(rounded)
    }

    static func percent(_ share: Double) -> String { decimal(share * 100) + " %" }

    /// `2.5 s`, `3 min`, `4 h`, `5 d`
    static func duration(_ seconds: Double) -> String {
        switch seconds {
        case ..<120: "\(decimal(max(0, seconds))) s"
        case ..<7_200: "\(Int(seconds / 60)) min"
        case ..<172_800: "\(Int(seconds / 3_600)) h"
        default: "\(Int(seconds / 86_400)) d"
        }
    }

    /// The time of day in UTC; with its date when that is another day than now.
    static func time(_ date: Date, now: Date) -> Markup {
        let text = date.formatted(.iso8601)
        let day = text.prefix(10)
        let clock = text.dropFirst(11).prefix(8)
        let isToday = now.formatted(.iso8601).prefix(10) == day
        return "<time datetime=\"\(text)\">\(isToday ? "" : "\(day) ")\(String(clock))</time>"
    }
}
