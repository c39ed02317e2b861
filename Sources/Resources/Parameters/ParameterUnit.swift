import FleetModel

/// The units of parameters, converted as PostgreSQL's `guc.c` does (PostgreSQL manual, section 20.1.1).
enum ParameterUnit {
    /// Bytes of one memory unit. `B` is the base; letters are case-sensitive, as on the server.
    private static let memory: [(name: String, factor: Double)] = [
        ("TB", 1_099_511_627_776), ("GB", 1_073_741_824), ("MB", 1_048_576), ("kB", 1024), ("B", 1),
    ]

    /// Microseconds of one time unit.
    private static let time: [(name: String, factor: Double)] = [
        ("d", 86_400_000_000), ("h", 3_600_000_000), ("min", 60_000_000), ("s", 1_000_000), ("ms", 1000), ("us", 1),
    ]

    /// Returns how many base units one written unit is, or nil when the two measure different things.
    static func factor(from written: String, to base: String) -> Double? {
        for family in [memory, time] {
            guard let target = size(of: base, in: family) else { continue }
            return family.first { $0.name == written }.map { $0.factor / target }
        }
        return nil
    }

    /// The written units that a parameter with this base unit takes.
    static func names(for base: String) -> [String] {
        [memory, time].first { size(of: base, in: $0) != nil }?.map(\.name).reversed() ?? []
    }

    /// What people write elsewhere, in small letters, and what the server calls it.
    private static let others: [String: [String]] = [
        "k": ["kB"], "kib": ["kB"], "mib": ["MB"], "g": ["GB"], "gib": ["GB"], "t": ["TB"], "tib": ["TB"],
        "m": ["MB", "min"], "mins": ["min"], "minute": ["min"], "minutes": ["min"], "sec": ["s"], "secs": ["s"],
        "second": ["s"], "seconds": ["s"], "hour": ["h"], "hours": ["h"], "day": ["d"], "days": ["d"], "msec": ["ms"],
    ]

    /// Returns the unit that was most likely meant by one which the server does not know; nil for none.
    static func meant(by written: String, for base: String) -> String? {
        let (names, small) = (names(for: base), written.lowercased())
        return names.first { $0.lowercased() == small } ?? others[small]?.first(where: names.contains)
    }

    /// Returns a number of base units in the largest unit that keeps it whole: 16384 of `8kB` is `128MB`.
    static func shown(_ number: Int, base: String) -> String {
        guard
            number > 0,
            let family = [memory, time].first(where: { size(of: base, in: $0) != nil }),
            let target = size(of: base, in: family)
        else { return String(number) }
        let total = Double(number) * target
        for unit in family where total >= unit.factor && total.remainder(dividingBy: unit.factor) == 0 {
            return "\(Int(total / unit.factor))\(unit.name)"
        }
        return String(number)
    }

    /// The size of a base unit, which may carry a number in front: `8kB`.
    private static func size(of base: String, in family: [(name: String, factor: Double)]) -> Double? {
        let digits = base.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        let name = base[digits.endIndex...]
        guard let unit = family.first(where: { $0.name == name }) else { return nil }
        return (Double(Substring(digits)) ?? 1) * unit.factor
    }
}
