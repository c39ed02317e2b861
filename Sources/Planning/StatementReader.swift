/// One word of a statement, as PostgreSQL's scanner reads it (PostgreSQL manual, section 4.1).
enum StatementWord: Hashable, Sendable {
    /// A keyword, or a name without quotes in lower case, as the server takes it.
    case plain(String)
    /// A name in quotes, as it is called.
    case quoted(String)
    /// A text or a placeholder.
    case literal
    case mark(Unicode.Scalar)

    var name: String? {
        switch self {
        case .plain(let name), .quoted(let name): name
        case .literal, .mark: nil
        }
    }
}

/// Reads one statement from its beginning to its end.
struct StatementReader: Sendable {
    private(set) var words: ArraySlice<StatementWord>

    init(_ words: [StatementWord]) { self.words = words[...] }

    /// The statements of a text, which is what was sent at once.
    static func statements(of text: Substring) -> [StatementReader] {
        var scanner = StatementScanner(text)
        return scanner.words().split(separator: .mark(";")).map { StatementReader(Array($0)) }
    }

    /// Takes keywords that stand next, all of them or none.
    mutating func take(_ keywords: String...) -> Bool { take(phrase: keywords) }

    /// Takes one of several keywords.
    mutating func take(oneOf keywords: [String]) -> Bool {
        for keyword in keywords where take(phrase: [keyword]) { return true }
        return false
    }

    /// Takes keywords that stand next, all of them or none.
    mutating func take(phrase keywords: [String]) -> Bool {
        guard words.starts(with: keywords.map(StatementWord.plain)) else { return false }
        words = words.dropFirst(keywords.count)
        return true
    }

    /// Takes a mark that stands next.
    mutating func take(mark: Unicode.Scalar) -> Bool {
        guard words.first == .mark(mark) else { return false }
        words.removeFirst()
        return true
    }

    mutating func takeName() -> String? {
        guard let name = words.first?.name else { return nil }
        words.removeFirst()
        return name
    }

    /// Takes `web.orders` as its two names; empty when no name stands next.
    mutating func takeQualifiedName() -> [String] {
        var parts: [String] = []
        repeat {
            guard let part = takeName() else { break }
            parts.append(part)
        } while take(mark: ".")
        return parts
    }

    /// Takes `web.orders, web.f(int)`, without what stands in parentheses.
    mutating func takeNames() -> [[String]] {
        var names: [[String]] = []
        repeat {
            let name = takeQualifiedName()
            if name.isEmpty { break }
            names.append(name)
            skipParentheses()
        } while take(mark: ",")
        return names
    }

    private mutating func skipParentheses() {
        guard words.first == .mark("(") else { return }
        var depth = 0
        while let word = words.popFirst() {
            if word == .mark("(") { depth += 1 }
            if word == .mark(")") { depth -= 1 }
            if depth == 0 { return }
        }
    }

    /// Whether keywords stand side by side in what is left.
    func has(_ keywords: [String]) -> Bool {
        words.indices.contains { words[$0...].starts(with: keywords.map(StatementWord.plain)) }
    }
}

/// Takes a text apart into words; comments are none.
private struct StatementScanner {
    private var rest: ArraySlice<Unicode.Scalar>

    init(_ text: Substring) { rest = Array(text.unicodeScalars)[...] }

    mutating func words() -> [StatementWord] {
        var words: [StatementWord] = []
        while let word = next() { words.append(word) }
        return words
    }

    private mutating func next() -> StatementWord? {
        skipBlanks()
        guard let first = rest.first else { return nil }
        if first == "\"" { return .quoted(quoted(by: "\"", hasEscapes: false)) }
        if first == "'" { return literal(hasEscapes: false) }
        if first == "$" { return dollar() }
        guard Self.isLetter(first) else {
            rest.removeFirst()
            return .mark(first)
        }
        let word = prefix { Self.isLetter($0) || $0 == "$" }
        if rest.first == "'", ["e", "b", "x", "n"].contains(word) { return literal(hasEscapes: word == "e") }
        return .plain(word)
    }

    private mutating func literal(hasEscapes: Bool) -> StatementWord {
        _ = quoted(by: "'", hasEscapes: hasEscapes)
        return .literal
    }

    /// A quote inside is doubled. The end may be missing: what servers tell of long statements is cut off.
    private mutating func quoted(by quote: Unicode.Scalar, hasEscapes: Bool) -> String {
        var text = String.UnicodeScalarView()
        rest.removeFirst()
        while let scalar = rest.popFirst() {
            if scalar == quote {
                guard rest.first == quote else { break }
                rest.removeFirst()
            } else if hasEscapes, scalar == "\\" {
                _ = rest.popFirst()
            }
            text.append(scalar)
        }
        return String(text)
    }

    /// `$1`, or a text between `$$` or `$tag$` and the same again.
    private mutating func dollar() -> StatementWord {
        rest.removeFirst()
        let tag = Array(rest.prefix { Self.isLetter($0) }) + ["$"]
        guard rest.starts(with: tag) else {
            _ = prefix(Self.isLetter)
            return .literal
        }
        rest = rest.dropFirst(tag.count)
        let end = ["$"] + tag
        while !rest.isEmpty, !rest.starts(with: end) { rest.removeFirst() }
        rest = rest.dropFirst(end.count)
        return .literal
    }

    private mutating func skipBlanks() {
        while let first = rest.first {
            if first.properties.isWhitespace {
                rest.removeFirst()
            } else if rest.starts(with: ["-", "-"]) {
                rest = rest.drop { $0 != "\n" }
            } else if rest.starts(with: ["/", "*"]) {
                while !rest.isEmpty, !rest.starts(with: ["*", "/"]) { rest.removeFirst() }
                rest = rest.dropFirst(2)
            } else {
                return
            }
        }
    }

    /// In lower case as the server folds it: only the letters of ASCII, whatever the locale.
    private mutating func prefix(_ isPart: (Unicode.Scalar) -> Bool) -> String {
        let part = rest.prefix(while: isPart)
        rest = rest.dropFirst(part.count)
        var text = String.UnicodeScalarView()
        text.append(contentsOf: part.map { ("A"..."Z").contains($0) ? Unicode.Scalar(UInt8($0.value) + 32) : $0 })
        return String(text)
    }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
            || !scalar.isASCII && !scalar.properties.isWhitespace
    }
}
