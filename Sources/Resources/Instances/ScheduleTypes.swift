import SpecSchema

extension ValueType where Value == String {
    /// The five fields of a cron line.
    static var cronSchedule: ValueType {
        .text(named: "cron schedule") { text in
            let fields = text.split(separator: " ")
            guard fields.count == 5 else { return "A schedule has five fields; \"\(text)\" has \(fields.count)." }
            let bounds = [0...59, 0...23, 1...31, 1...12, 0...7]
            for (field, bounds) in zip(fields, bounds) where !isCronField(field, bounds) {
                return "\"\(field)\" is no field of a schedule from \(bounds.lowerBound) to \(bounds.upperBound)."
            }
            return nil
        }
    }

    private static func isCronField(_ field: Substring, _ bounds: ClosedRange<Int>) -> Bool {
        field.split(separator: ",", omittingEmptySubsequences: false)
            .allSatisfy { part in
                let pieces = part.split(separator: "/", omittingEmptySubsequences: false)
                guard let base = pieces.first, pieces.count <= 2 else { return false }
                if pieces.count == 2, Int(pieces[1]).map({ $0 < 1 }) ?? true { return false }
                if base == "*" { return true }
                let ends = base.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
                guard ends.count <= 2, let first = ends.first ?? nil, let last = ends.last ?? nil else { return false }
                return bounds.contains(first) && bounds.contains(last) && first <= last
            }
    }

    /// `7d`, `4w`, `48h`.
    static var retention: ValueType {
        .text(named: "duration", pattern: "^[1-9][0-9]*[hdw]$") { text in
            guard text.last.map({ "hdw".contains($0) }) ?? false, let number = Int(text.dropLast()), number > 0 else {
                return "\"\(text)\" is no duration; write a number and h, d or w, such as 7d."
            }
            return nil
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
