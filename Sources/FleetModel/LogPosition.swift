/// A place in the write-ahead log: `0/3000060` (PostgreSQL manual, section 8.20).
package struct LogPosition: Hashable, Sendable, Comparable {
    package var bytes: UInt64

    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { UInt64($0, radix: 16) }
        guard parts.count == 2, let high = parts[0], let low = parts[1], high < 1 << 32, low < 1 << 32 else {
            return nil
        }
        bytes = high << 32 | low
    }

    package static func < (left: LogPosition, right: LogPosition) -> Bool { left.bytes < right.bytes }

    /// How far this place is behind another one; 0 when it is not.
    package func distance(behind other: LogPosition) -> Int { other < self ? 0 : Int(clamping: other.bytes - bytes) }
}
