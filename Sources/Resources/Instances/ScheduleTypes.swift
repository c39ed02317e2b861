import Backups
import SpecSchema

extension ValueType where Value == String {
    /// The five fields of a cron line.
    static var cronSchedule: ValueType {
        .text(named: "cron schedule") { text in
            if CronSchedule(text) != nil { return nil }
            let fields = text.split(separator: " ")
            guard fields.count == 5 else { return "A schedule has five fields; \"\(text)\" has \(fields.count)." }
            let bounds = [0...59, 0...23, 1...31, 1...12, 0...7]
            for (place, bounds) in bounds.enumerated() {
                var others = Array(repeating: "*", count: 5)
                others[place] = String(fields[place])
                if CronSchedule(others.joined(separator: " ")) != nil { continue }
                return
                    "\"\(fields[place])\" is no field of a schedule from \(bounds.lowerBound) to \(bounds.upperBound)."
            }
            return "\"\(text)\" is no schedule."
        }
    }

    /// `7d`, `4w`, `48h`.
    static var retention: ValueType {
        .text(named: "duration", pattern: "^[1-9][0-9]*[hdw]$") { text in
            Retention(text) == nil ? "\"\(text)\" is no duration; write a number and h, d or w, such as 7d." : nil
        }
    }

    /// `Sun 02:00-04:00 Asia/Shanghai`.
    static var maintenanceWindow: ValueType {
        .text(named: "maintenance window") { text in
            WindowForm.mistake(in: text).map { "\($0); write a window as \"Sun 02:00-04:00 Asia/Shanghai\"." }
        }
    }
}

/// How a maintenance window is written: a day, two times, a time zone.
private enum WindowForm {
    /// What is wrong with the first wrong part; nil when nothing is.
    static func mistake(in text: String) -> String? {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 3 else { return "A window has a day, two times and a time zone; \"\(text)\" has not" }
        if parts[0].wholeMatch(of: /Mon|Tue|Wed|Thu|Fri|Sat|Sun|daily/) == nil {
            return "\"\(parts[0])\" is no day: Mon, Tue, Wed, Thu, Fri, Sat, Sun or daily"
        }
        let times = parts[1].split(separator: "-", omittingEmptySubsequences: false)
        guard times.count == 2 else { return "\"\(parts[1])\" is no time from and to" }
        for time in times where time.wholeMatch(of: /([01]\d|2[0-3]):[0-5]\d/) == nil {
            return "\"\(time)\" is no time from 00:00 to 23:59"
        }
        let isZone = parts[2].wholeMatch(of: /[A-Za-z_][A-Za-z_+\-0-9]*(\/[A-Za-z_+\-0-9]+)*/) != nil
        return isZone ? nil : "\"\(parts[2])\" is no time zone of the tz database"
    }
}
