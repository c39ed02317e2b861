import SQL

extension ParameterDefinition {
    /// Why a value is not one for this parameter.
    package struct Refusal: Error, Hashable, Sendable {
        package var detail: String
        package var help: String?
    }

    /// Returns the value in the one form that equal values share, which is how `pg_settings` spells it.
    ///
    /// Numbers count base units, truth values are `on` and `off`, choices are spelled as the server spells them;
    /// texts stay as they are. So `8MB`, `8192kB` and 1024 pages of 8 kB are the same value of `work_mem`'s kind.
    package func normalise(_ text: String) throws(Refusal) -> String {
        switch kind {
        case .bool: try boolean(text)
        case .integer: try integer(text)
        case .real: try real(text)
        case .enum: try choice(text)
        case .string: try list(text)
        }
    }

    /// Returns an observed value as a person would write it, with its unit.
    package func shown(_ setting: String) -> String {
        guard kind == .integer, let unit, let number = Int(setting) else { return setting }
        return ParameterUnit.shown(number, base: unit)
    }

    /// `parse_bool` of PostgreSQL: unambiguous beginnings of true, false, yes, no, on, off, and 1, 0.
    private func boolean(_ text: String) throws(Refusal) -> String {
        let word = text.lowercased()
        if !word.isEmpty {
            if "true".hasPrefix(word) || "yes".hasPrefix(word) || word == "on" || word == "1" { return "on" }
            if "false".hasPrefix(word) || "no".hasPrefix(word) || ["of", "off", "0"].contains(word) { return "off" }
        }
        throw Refusal(detail: "\(name) is on or off, not \"\(text)\".")
    }

    /// Texts stay as they are; those that are lists of names must be ones that the server can read, since it would not
    /// start again with another one.
    private func list(_ text: String) throws(Refusal) -> String {
        guard ParameterList.isList(name), ParameterList.elements(of: text, for: name) == nil else { return text }
        throw Refusal(
            detail: "\(name) is a list of names with commas between them, which \"\(text)\" is not.",
            help: "put a name with spaces or commas in double quotes"
        )
    }

    /// Levels of messages that the server takes and `pg_settings` does not list (`server_message_level_options` of its source).
    private static let hiddenLevels = ["debug": "debug2", "info": "info"]

    private func choice(_ text: String) throws(Refusal) -> String {
        if let spelled = choices.first(where: { $0.lowercased() == text.lowercased() }) { return spelled }
        if let meant = Self.hiddenLevels[text.lowercased()], choices.contains("debug2") { return meant }
        // Every choice list with on and off also takes the other words for them, which pg_settings does not list.
        if choices.contains("on"), let value = try? boolean(text), choices.contains(value) { return value }
        throw Refusal(detail: "\(name) cannot be \"\(text)\".", help: "it is one of \(choices.joined(separator: ", "))")
    }

    private func integer(_ text: String) throws(Refusal) -> String {
        let number = try quantity(text).rounded(.toNearestOrEven)
        try check(number, written: text)
        return String(Int(number))
    }

    private func real(_ text: String) throws(Refusal) -> String {
        let number = try quantity(text)
        try check(number, written: text)
        return Self.realText(number)
    }

    /// A number as PostgreSQL's `%g` prints the short ones: no trailing `.0`.
    private static func realText(_ number: Double) -> String {
        number == number.rounded() && abs(number) < 1e15 ? String(Int(number)) : "\(number)"
    }

    /// Reads a number with an optional unit, in base units.
    private func quantity(_ text: String) throws(Refusal) -> Double {
        let trimmed = text[...].trimmingSpaces
        let isHexadecimal =
            trimmed.utf8.first == UInt8(ascii: "0") && (trimmed.hasPrefix("0x") || trimmed.hasPrefix("0X"))
        let digits =
            isHexadecimal
            ? trimmed.prefix { $0.isHexDigit || $0 == "x" || $0 == "X" }
            : Self.decimalPrefix(of: trimmed)
        let written = String(trimmed[digits.endIndex...].trimmingSpaces)
        let number = isHexadecimal ? Int(digits.dropFirst(2), radix: 16).map(Double.init) : Double(digits)
        guard let number else {
            throw Refusal(
                detail: "\(name) is a number\(unit.map { " of \($0)" } ?? ""), not \"\(text)\".",
                help: unitHelp
            )
        }
        guard !written.isEmpty else { return number }
        guard let unit else { throw unitRefusal(text) }
        guard let factor = ParameterUnit.factor(from: written, to: unit) else {
            let meant = ParameterUnit.meant(by: written, for: unit)
            let isCase = meant?.lowercased() == written.lowercased()
            throw Refusal(
                detail: "\"\(written)\" is no unit of \(name).",
                help: meant.map { "write \(digits)\($0)\(isCase ? "; the case of units counts" : "")" } ?? unitHelp
            )
        }
        return number * factor
    }

    /// Something follows the number of a parameter that has no unit: a decimal comma, or a unit.
    private func unitRefusal(_ text: String) -> Refusal {
        let pointed = text.replacing(",", with: ".")
        if pointed != text, Double(pointed) != nil {
            return Refusal(detail: "\(name) is a number, not \"\(text)\".", help: "write \(pointed), with a point")
        }
        return Refusal(detail: "\(name) is a number without a unit; \"\(text)\" has one.")
    }

    /// The number that a text begins with: signs at its start and that of its exponent, digits, points.
    private static func decimalPrefix(of text: Substring) -> Substring {
        func isExponent(_ byte: UInt8?) -> Bool { byte.map { $0 | 0x20 == UInt8(ascii: "e") } ?? false }
        func isDigit(_ byte: UInt8?) -> Bool {
            byte.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false
        }
        var previous: UInt8?
        let end = text.utf8.firstIndex { byte in
            defer { previous = byte }
            if byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") {
                return previous != nil && !isExponent(previous)
            }
            return !isDigit(byte) && byte != UInt8(ascii: ".") && !(isExponent(byte) && isDigit(previous))
        }
        return text[..<(end ?? text.endIndex)]
    }

    private var unitHelp: String? {
        unit.map {
            "a number without a unit counts \($0); the units are \(ParameterUnit.names(for: $0).joined(separator: ", ")) "
                + "and their case counts"
        }
    }

    private func check(_ number: Double, written: String) throws(Refusal) {
        guard let minimum, let maximum, !(minimum...maximum).contains(number) else { return }
        func limit(_ value: Double) -> String { shown(Self.realText(value)) }
        throw Refusal(detail: "\(name) must be \(limit(minimum)) to \(limit(maximum)); \"\(written)\" is outside.")
    }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring {
        func isSpace(_ byte: UInt8?) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        var view = utf8
        while isSpace(view.first) { view.removeFirst() }
        while isSpace(view.last) { view.removeLast() }
        return Substring(view)
    }
}
