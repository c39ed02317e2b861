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

    private func choice(_ text: String) throws(Refusal) -> String {
        if let spelled = choices.first(where: { $0.lowercased() == text.lowercased() }) { return spelled }
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
        let trimmed = text.trimmingSpaces
        let isHexadecimal = trimmed.hasPrefix("0x") || trimmed.hasPrefix("0X")
        let digits =
            isHexadecimal
            ? trimmed.prefix { $0.isHexDigit || $0 == "x" || $0 == "X" }
            : Self.decimalPrefix(of: trimmed)
        let written = String(trimmed.dropFirst(digits.count)).trimmingSpaces
        let number = isHexadecimal ? Int(digits.dropFirst(2), radix: 16).map(Double.init) : Double(digits)
        guard let number else {
            throw Refusal(
                detail: "\(name) is a number\(unit.map { " of \($0)" } ?? ""), not \"\(text)\".",
                help: unitHelp
            )
        }
        guard !written.isEmpty else { return number }
        guard let unit else { throw Refusal(detail: "\(name) is a number without a unit; \"\(text)\" has one.") }
        guard let factor = ParameterUnit.factor(from: written, to: unit) else {
            let spelled = ParameterUnit.names(for: unit).first { $0.lowercased() == written.lowercased() }
            throw Refusal(
                detail: "\"\(written)\" is no unit of \(name).",
                help: spelled.map { "write \(digits)\($0); the case of units counts" } ?? unitHelp
            )
        }
        return number * factor
    }

    private static func decimalPrefix(of text: String) -> Substring {
        var end = text.startIndex
        var previous: Character = " "
        for character in text {
            let isSign =
                (character == "-" || character == "+") && (previous == " " || previous == "e" || previous == "E")
            let isExponent = (character == "e" || character == "E") && previous.isNumber
            guard character.isASCII, character.isNumber || character == "." || isSign || isExponent else { break }
            end = text.index(after: end)
            previous = character
        }
        return text[..<end]
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

extension String {
    fileprivate var trimmingSpaces: String {
        var view = self[...]
        while view.first == " " || view.first == "\t" { view = view.dropFirst() }
        while view.last == " " || view.last == "\t" { view = view.dropLast() }
        return String(view)
    }
}
