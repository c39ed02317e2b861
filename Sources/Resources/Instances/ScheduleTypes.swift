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
            let form =
                /(Mon|Tue|Wed|Thu|Fri|Sat|Sun|daily) ([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d [A-Za-z_]+(\/[A-Za-z_+\-0-9]+)*/
            return text.wholeMatch(of: form) == nil
                ? "\"\(text)\" is no maintenance window; write one as \"Sun 02:00-04:00 Asia/Shanghai\"." : nil
        }
    }
}
