import FleetModel
import Resources

/// Figures as people read them.
enum FigureText {
    static func bytes(_ count: Int) -> String { ByteCount(bytes: count).rounded }

    static func bytes(_ count: Double) -> String { bytes(Int(count)) }

    static func share(_ value: Double?) -> String { value.map { "\(Int(($0 * 100).rounded(.down))) %" } ?? "-" }

    static func number(_ value: Double) -> String { String((value * 10).rounded() / 10) }

    /// `1 table`, `2 tables`
    static func count(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    /// `45s`, `12m 5s`, `3h 4m`, `2d 3h`.
    static func duration(_ seconds: Double) -> String {
        let whole = Int(seconds)
        return switch whole {
        case ..<60: "\(number(seconds))s"
        case ..<3600: "\(whole / 60)m \(whole % 60)s"
        case ..<86_400: "\(whole / 3600)h \(whole % 3600 / 60)m"
        default: "\(whole / 86_400)d \(whole % 86_400 / 3600)h"
        }
    }
}

extension ServerFigures.Storage {
    /// `18.2 GiB of 20.0 GiB (91 %)`
    var shown: String {
        let used = FigureText.bytes(usedBytes)
        return allowedBytes.map { "\(used) of \(FigureText.bytes($0)) (\(FigureText.share(share)))" } ?? used
    }
}
