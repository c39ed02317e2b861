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
        (try? Date(text, strategy: .iso8601)).map { Int($0.timeIntervalSince1970.rounded(.down)) }
    }
}
