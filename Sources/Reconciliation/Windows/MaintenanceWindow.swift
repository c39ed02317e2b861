package import Resources
import SpecSchema

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A time of each week, or of each day, in which disruptive work may be begun.
///
/// Work that was begun in a window is finished, also when the window is over; nothing is begun after its end.
package struct MaintenanceWindow: Sendable, Hashable {
    /// 0 is Sunday; nil for every day.
    package var weekday: Int?
    /// Minutes of the day; an end that is not after the beginning is on the next day.
    package var from: Int
    package var to: Int
    package var zone: String

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]

    /// Reads `Sun 02:00-04:00 Asia/Shanghai`; nil when it is none.
    package init?(_ text: String) {
        let parts = text.split(separator: " ")
        guard parts.count == 3 else { return nil }
        let times = parts[1].split(separator: "-").map(Self.minutes)
        guard times.count == 2, let from = times[0], let to = times[1] else { return nil }
        if parts[0] != "daily" {
            guard let day = Self.weekdays.firstIndex(of: String(parts[0])) else { return nil }
            weekday = day
        }
        (self.from, self.to, zone) = (from, to, String(parts[2]))
    }

    private static func minutes(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":").compactMap { Int($0) }
        guard parts.count == 2, (0..<24).contains(parts[0]), (0..<60).contains(parts[1]) else { return nil }
        return parts[0] * 60 + parts[1]
    }

    /// Returns the window that is open at a time, or the next one: seconds since 1970, the end exclusive.
    package func next(at time: Int, in rules: ZoneRules) -> Range<Int> {
        let today = (time + rules.offset(at: time)).floorDivided(by: 86_400)
        // One that began yesterday may still be open.
        for day in (today - 1)... {
            guard weekday == nil || CivilDate.weekday(of: day) == weekday else { continue }
            let (beginning, ending) = (day * 86_400 + from * 60, (to > from ? day : day + 1) * 86_400 + to * 60)
            let range = range(from: beginning, to: ending, in: rules)
            if range.upperBound > time, !range.isEmpty { return range }
        }
        return time..<time
    }

    /// Returns the moments between two local times. A beginning that clocks go forward over is the moment at which they do,
    /// and what begins then lasts as long as always.
    private func range(from beginning: Int, to ending: Int, in rules: ZoneRules) -> Range<Int> {
        if let change = rules.change(over: beginning) { return change..<(change + ending - beginning) }
        let start = rules.moment(of: beginning)
        return start..<max(start, rules.moment(of: ending))
    }
}

/// What the maintenance windows of an instance say at one moment.
package enum WindowState: Sendable, Hashable {
    /// It has none, so work may be begun at any time; or one of them is open.
    case open
    /// The next one opens at a time, in seconds since 1970; with its text.
    case closed(until: Int, window: String)
    /// No window can be told, because its time zone is not known here: nothing disruptive is begun.
    case unknown(String)

    /// - Parameter rules: Returns the rules of a time zone; nil for one that is not known.
    package static func of(_ windows: [String], at time: Int, rules: (String) -> ZoneRules?) -> WindowState {
        if windows.isEmpty { return .open }
        var next: (start: Int, text: String)?
        var unknown: String?
        for text in windows {
            guard let window = MaintenanceWindow(text), let rules = rules(window.zone) else {
                unknown = text
                continue
            }
            let range = window.next(at: time, in: rules)
            if range.contains(time) { return .open }
            if next.map({ range.lowerBound < $0.start }) ?? true { next = (range.lowerBound, text) }
        }
        if let next { return .closed(until: next.start, window: next.text) }
        return .unknown(unknown ?? "")
    }
}

/// What keeps the maintenance windows of an instance closed.
package enum ClosedWindow {
    /// As the end of a sentence; nil while a window is open, or where there is none.
    package static func now(_ instance: Instance) -> String? { now(instance.maintenanceWindows) }

    /// The same of windows that are written like this.
    package static func now(_ windows: [String]) -> String? {
        switch WindowState.of(windows, at: Int(Date.now.timeIntervalSince1970), rules: ZoneFiles.rules) {
        case .open: return nil
        case .closed(let until, let window):
            let time = Date(timeIntervalSince1970: Double(until)).formatted(.iso8601)
            return "its window \(window) opens at \(time)"
        case .unknown(let window): return "this host does not know the time zone of its window \(window)"
        }
    }
}
