import FleetModel

/// One file of the write-ahead log, of 16 MiB as `initdb` makes them (PostgreSQL manual, section 30.6).
package struct LogSegment: Hashable, Sendable {
    package static let size = 16 << 20
    private static let perLog = UInt64(1 << 32) / UInt64(size)

    /// The branch of history that it belongs to: each takeover and each restore begins another one.
    package var timeline: UInt32
    /// Counted from the beginning of the log.
    package var number: UInt64

    package init(timeline: UInt32, number: UInt64) {
        self.timeline = timeline
        self.number = number
    }

    /// Reads a file's name: eight hexadecimal digits of the timeline, sixteen of the place.
    package init?(_ name: String) {
        guard name.utf8.count == 24, name.utf8.allSatisfy({ Self.isHexadecimal($0) }) else { return nil }
        let middle = name.index(name.startIndex, offsetBy: 8)
        let last = name.index(middle, offsetBy: 8)
        guard let timeline = UInt32(name[..<middle], radix: 16), let log = UInt64(name[middle..<last], radix: 16),
            let part = UInt64(name[last...], radix: 16), part < Self.perLog
        else { return nil }
        self.init(timeline: timeline, number: log * Self.perLog + part)
    }

    /// The file that holds the byte before a place; nil when that is no place.
    package init?(timeline: UInt32, position: String) {
        guard let position = LogPosition(position) else { return nil }
        self.init(timeline: timeline, number: (max(1, position.bytes) - 1) / UInt64(Self.size))
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(byte)
    }

    private static func digits(_ number: UInt64) -> String {
        let text = String(number, radix: 16, uppercase: true)
        return String(repeating: "0", count: 8 - text.count) + text
    }
}

extension LogSegment: CustomStringConvertible {
    package var description: String {
        Self.digits(UInt64(timeline)) + Self.digits(number / Self.perLog) + Self.digits(number % Self.perLog)
    }
}

extension LogSegment: Comparable {
    package static func < (left: LogSegment, right: LogSegment) -> Bool {
        (left.timeline, left.number) < (right.timeline, right.number)
    }
}
