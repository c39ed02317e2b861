/// When a time zone changes its distance from UTC: what a file of the system's tzdata says (RFC 9636).
package struct ZoneRules: Sendable {
    private struct Transition: Sendable {
        var time: Int
        var offset: Int
    }

    private var transitions: [Transition] = []
    private var firstOffset = 0
    private var rest: YearlyRules?

    /// Universal time, which never changes.
    package static let utc = ZoneRules()

    private init() {}

    /// Seconds to add to UTC, at a time in seconds since 1970-01-01T00:00:00Z.
    package func offset(at time: Int) -> Int {
        guard let last = transitions.last, time >= transitions[0].time else {
            return transitions.isEmpty ? rest?.offset(at: time) ?? firstOffset : firstOffset
        }
        if time >= last.time { return rest?.offset(at: time) ?? last.offset }
        var (low, high) = (0, transitions.count - 1)
        while high - low > 1 {
            let middle = (low + high) / 2
            if transitions[middle].time <= time { low = middle } else { high = middle }
        }
        return transitions[low].offset
    }

    /// Returns the moment at which clocks show a local time for the first time.
    ///
    /// A time that is passed over when clocks go forward is the moment that it would have been without that; so what ends
    /// then lasts as long as always.
    ///
    /// - Parameter local: Seconds from 1970-01-01T00:00:00 to the local time, as if both were UTC.
    package func moment(of local: Int) -> Int {
        // The two offsets around the time; where they differ, clocks are changed near it.
        let (before, after) = (offset(at: local - 86_400), offset(at: local + 86_400))
        let candidates = [local - max(before, after), local - min(before, after)]
        if let first = candidates.first(where: { $0 + offset(at: $0) == local }) { return first }
        return local - before
    }

    /// Returns the moment at which clocks go forward over a local time; nil for a time that they show.
    func change(over local: Int) -> Int? {
        let moment = moment(of: local)
        guard moment + offset(at: moment) != local else { return nil }
        let (before, after) = (offset(at: local - 86_400), offset(at: local + 86_400))
        // Clocks show less than the time at the one, and more at the other.
        var (low, high) = (local - max(before, after), local - min(before, after))
        while high - low > 1 {
            let middle = (low + high) / 2
            if middle + offset(at: middle) < local { low = middle } else { high = middle }
        }
        return high
    }
}

extension ZoneRules {
    /// Reads a file of tzdata, version 2 and later; nil when it is none.
    package init?(_ bytes: [UInt8]) {
        guard var reader = Header(bytes, at: 0), reader.version >= UInt8(ascii: "2") else { return nil }
        // The first part, with times of four bytes, is for programs that know no other.
        guard let second = Header(bytes, at: reader.end(timeSize: 4)) else { return nil }
        reader = second
        let times = reader.start + 44
        let kinds = times + reader.timeCount * 8
        let types = kinds + reader.timeCount
        guard reader.end(timeSize: 8) <= bytes.count, reader.typeCount > 0 else { return nil }
        func offset(ofType index: Int) -> Int {
            Int(Int32(truncatingIfNeeded: Self.number(bytes, at: types + index * 6, size: 4)))
        }
        for index in 0..<reader.timeCount {
            let type = Int(bytes[kinds + index])
            guard type < reader.typeCount else { return nil }
            let time = Int(truncatingIfNeeded: Self.number(bytes, at: times + index * 8, size: 8))
            transitions.append(Transition(time: time, offset: offset(ofType: type)))
        }
        firstOffset = offset(ofType: 0)
        let footer = bytes[reader.end(timeSize: 8)...].drop { $0 == UInt8(ascii: "\n") }
            .prefix { $0 != UInt8(ascii: "\n") }
        rest = YearlyRules(String(decoding: footer, as: UTF8.self))
    }

    private static func number(_ bytes: [UInt8], at place: Int, size: Int) -> UInt64 {
        bytes[place..<(place + size)].reduce(0) { $0 << 8 | UInt64($1) }
    }

    private struct Header {
        var start: Int
        var version: UInt8
        var isUTCount: Int
        var isStandardCount: Int
        var leapCount: Int
        var timeCount: Int
        var typeCount: Int
        var letterCount: Int

        init?(_ bytes: [UInt8], at start: Int) {
            guard bytes.count >= start + 44, bytes[start..<(start + 4)].elementsEqual("TZif".utf8) else { return nil }
            self.start = start
            version = bytes[start + 4]
            let counts = (0..<6).map { Int(ZoneRules.number(bytes, at: start + 20 + $0 * 4, size: 4)) }
            (isUTCount, isStandardCount, leapCount) = (counts[0], counts[1], counts[2])
            (timeCount, typeCount, letterCount) = (counts[3], counts[4], counts[5])
        }

        /// Where the data after the header ends.
        func end(timeSize: Int) -> Int {
            start + 44 + timeCount * (timeSize + 1) + typeCount * 6 + letterCount + leapCount * (timeSize + 4)
                + isStandardCount + isUTCount
        }
    }
}
