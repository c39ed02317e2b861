/// What the lines of a log start with: `log_line_prefix` (PostgreSQL manual, section 20.8.3).
package struct LogLinePrefix: Hashable, Sendable {
    /// What pgsteer sets up: time, process, and for sessions user, database and application.
    package static let usual = LogLinePrefix("%m [%p] %q%u@%d/%a ")

    private enum Part: Hashable, Sendable {
        case literal([UInt8])
        /// The letter behind the percent sign.
        case field(Character)
    }

    /// What a line of a prefix tells; values are empty where nothing was known.
    struct Fields {
        var values: [Character: Substring] = [:]

        func value(_ letters: Character...) -> Substring? {
            letters.lazy.compactMap { values[$0] }.first { !$0.isEmpty }
        }
    }

    private let always: [Part]
    /// What only sessions have: behind `%q`.
    private let ofSessions: [Part]

    package init(_ text: String) {
        var parts: [[Part]] = [[]]
        var rest = Substring(text)
        while let character = rest.popFirst() {
            guard character == "%" else {
                Self.append(String(character), to: &parts[parts.count - 1])
                continue
            }
            // A number behind the sign pads the value with spaces.
            rest = rest.drop { $0 == "-" || $0.isNumber }
            switch rest.popFirst() {
            case "%": Self.append("%", to: &parts[parts.count - 1])
            case "q": parts.append([])
            case let letter?: parts[parts.count - 1].append(.field(letter))
            case nil: break
            }
        }
        always = parts[0]
        ofSessions = parts.dropFirst().flatMap(\.self)
    }

    private static func append(_ text: String, to parts: inout [Part]) {
        if case .literal(let bytes) = parts.last {
            parts[parts.count - 1] = .literal(bytes + Array(text.utf8))
        } else {
            parts.append(.literal(Array(text.utf8)))
        }
    }

    /// Returns what a text says that is a prefix of this form and nothing else; nil when it is none.
    func fields(in text: ArraySlice<UInt8>) -> Fields? {
        match(always + ofSessions, text) ?? (ofSessions.isEmpty ? nil : match(always, text))
    }

    private func match(_ parts: [Part], _ text: ArraySlice<UInt8>) -> Fields? {
        var fields = Fields()
        var rest = text
        for (index, part) in parts.enumerated() {
            switch part {
            case .literal(let bytes):
                guard rest.starts(with: bytes) else { return nil }
                rest = rest.dropFirst(bytes.count)
            case .field(let letter):
                guard let length = length(ofFieldAt: index, letter, parts, rest) else { return nil }
                fields.values[letter] = Substring(String(decoding: rest.prefix(length), as: UTF8.self))
                rest = rest.dropFirst(length)
            }
        }
        return rest.isEmpty ? fields : nil
    }

    /// A value goes to the next literal; the last one to the literal at the end, so that an application may have spaces
    /// in its name. A time has spaces of its own.
    private func length(ofFieldAt index: Int, _ letter: Character, _ parts: [Part], _ rest: ArraySlice<UInt8>) -> Int? {
        guard index + 1 < parts.count else { return rest.count }
        guard case .literal(let next) = parts[index + 1] else {
            // Two values side by side: the first has no spaces in it.
            return rest.prefix { $0 != UInt8(ascii: " ") }.count
        }
        if index + 2 == parts.count {
            return rest.suffix(next.count).elementsEqual(next) ? rest.count - next.count : nil
        }
        var start = rest.startIndex
        if "mts".contains(letter) { start = end(ofWords: 2, rest) }
        while start + next.count <= rest.endIndex {
            if rest[start..<(start + next.count)].elementsEqual(next) { return start - rest.startIndex }
            start += 1
        }
        return nil
    }

    private func end(ofWords count: Int, _ text: ArraySlice<UInt8>) -> Int {
        var index = text.startIndex
        for _ in 0..<count {
            guard let space = text[index...].firstIndex(of: UInt8(ascii: " ")) else { return text.endIndex }
            index = space + 1
        }
        return index
    }
}
