/// A size in bytes.
package struct ByteCount: Hashable, Sendable, Comparable, Codable {
    package let bytes: Int

    package init(bytes: Int) {
        self.bytes = bytes
    }

    package static func mebibytes(_ count: Int) -> ByteCount { ByteCount(bytes: count << 20) }

    package static func < (left: ByteCount, right: ByteCount) -> Bool { left.bytes < right.bytes }

    private static let units: [(suffix: String, factor: Int)] = [
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10),
    ]

    /// The spellings that are read: binary units with and without the `i`, as PostgreSQL's own parameters mean them.
    private static let spellings: [String: Int] = [
        "": 1, "B": 1, "K": 1 << 10, "KB": 1 << 10, "M": 1 << 20, "MB": 1 << 20, "G": 1 << 30, "GB": 1 << 30,
        "T": 1 << 40, "TB": 1 << 40, "KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30, "TIB": 1 << 40,
    ]

    /// Reads `2GiB`, `512 MB` or a number of bytes; nil for anything else and for what does not fit 63 bits.
    package init?(_ text: String) {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }.uppercased()
        guard let number = Double(digits), let factor = Self.spellings[unit] else { return nil }
        let bytes = number * Double(factor)
        guard bytes < Double(Int.max) else { return nil }
        self.init(bytes: Int(bytes.rounded()))
    }
}

extension ByteCount: CustomStringConvertible {
    /// The size in the largest unit that keeps it whole: `2GiB`.
    package var description: String {
        for (suffix, factor) in Self.units where bytes >= factor && bytes.isMultiple(of: factor) {
            return "\(bytes / factor)\(suffix)"
        }
        return "\(bytes)B"
    }
}

extension ByteCount {
    /// The size for people, three digits at most: `18.2 GiB`; never read again.
    package var rounded: String {
        guard let unit = Self.units.first(where: { bytes >= $0.factor }) else { return "\(bytes) B" }
        let tenths = (Double(bytes) / Double(unit.factor) * 10).rounded() / 10
        return tenths >= 100 ? "\(Int(tenths.rounded())) \(unit.suffix)" : "\(tenths) \(unit.suffix)"
    }
}
