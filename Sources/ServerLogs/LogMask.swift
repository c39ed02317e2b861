/// Hides passwords in what a server logs: statements hold them as they were sent.
///
/// What follows a word that speaks of a secret is hidden: a literal (`PASSWORD 'x'`, `password => $$x$$`), or behind `=` or
/// `:` a bare value (`password=x` in a connection string); and the password of a URI. Hiding too much is no harm here.
package enum LogMask {
    /// Parts of words that announce a secret, also mistyped: a statement that failed for its spelling is logged, too.
    private static let words = ["passw", "pasw", "passphrase", "pwd", "secret", "token"].map { Array($0.utf8) }
    private static let stars = Array("****".utf8)

    /// Whether a text speaks of a secret at all.
    package static func mentionsSecret(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return bytes.indices.contains { isSecretWord(bytes, at: $0) }
    }

    /// Returns the text with stars in the place of passwords.
    package static func apply(to text: String) -> String {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var copied = 0
        var index = 0
        while index < bytes.count {
            guard let hidden = secret(in: bytes, at: index) else {
                index += 1
                continue
            }
            result += bytes[copied..<hidden.lowerBound] + stars
            (copied, index) = (hidden.upperBound, hidden.upperBound)
        }
        if copied == 0 { return text }
        return String(decoding: result + bytes[copied...], as: UTF8.self)
    }

    /// The place of the secret that is announced at an index; nil when none is.
    private static func secret(in bytes: [UInt8], at index: Int) -> Range<Int>? {
        if bytes[index] == UInt8(ascii: ":") { return passwordOfURI(bytes, colon: index) }
        guard isSecretWord(bytes, at: index) else { return nil }
        var next = index
        while next < bytes.count, isWord(bytes[next]) || bytes[next] == UInt8(ascii: "\"") { next += 1 }
        next = skipSpace(bytes, next)
        var isAssigned = false
        while next < bytes.count, "=:>".utf8.contains(bytes[next]) {
            isAssigned = true
            next = skipSpace(bytes, next + 1)
        }
        // `password authentication failed` and `PASSWORD NULL` announce none.
        guard next < bytes.count else { return nil }
        return literal(bytes, next) ?? (isAssigned ? bareValue(bytes, next) : nil)
    }

    private static func isSecretWord(_ bytes: [UInt8], at index: Int) -> Bool {
        words.contains { word in
            index + word.count <= bytes.count
                && word.indices.allSatisfy { bytes[index + $0] | 0x20 == word[$0] }
        }
    }

    /// A literal in quotes or dollars with all that PostgreSQL joins to it; one that does not end is hidden to the end.
    private static func literal(_ bytes: [UInt8], _ start: Int) -> Range<Int>? {
        let quote = UInt8(ascii: "'")
        var index = start
        if bytes[index] == UInt8(ascii: "$") { return dollarLiteral(bytes, start) }
        var hasEscapes = false
        if index + 1 < bytes.count, "eEuUnN".utf8.contains(bytes[index]) {
            hasEscapes = bytes[index] | 0x20 == UInt8(ascii: "e")
            let skipped = index + 1 < bytes.count && bytes[index + 1] == UInt8(ascii: "&") ? 2 : 1
            if index + skipped < bytes.count, bytes[index + skipped] == quote { index += skipped }
        }
        guard bytes[index] == quote else { return nil }
        index += 1
        // Inside another literal, as in a connection string, quotes are doubled.
        if index < bytes.count, bytes[index] == quote, index + 1 < bytes.count, isValue(bytes[index + 1]) {
            var end = index + 1
            while end + 1 < bytes.count, !(bytes[end] == quote && bytes[end + 1] == quote) { end += 1 }
            return start..<min(bytes.count, end + 2)
        }
        while index < bytes.count {
            if hasEscapes, bytes[index] == UInt8(ascii: "\\") {
                index += 2
            } else if bytes[index] != quote {
                index += 1
            } else if index + 1 < bytes.count, bytes[index + 1] == quote {
                index += 2
            } else {
                // Literals that only space with a line break parts are one (PostgreSQL manual, section 4.1.2.1).
                let next = skipSpace(bytes, index + 1)
                let isJoined =
                    next < bytes.count && bytes[next] == quote && bytes[index..<next].contains(UInt8(ascii: "\n"))
                if !isJoined { return start..<(index + 1) }
                index = next + 1
            }
        }
        return start..<bytes.count
    }

    /// `$tag$...$tag$`; nil for `$1`.
    private static func dollarLiteral(_ bytes: [UInt8], _ start: Int) -> Range<Int>? {
        var end = start + 1
        while end < bytes.count, isWord(bytes[end]) { end += 1 }
        guard end < bytes.count, bytes[end] == UInt8(ascii: "$") else { return nil }
        let tag = bytes[start...end]
        var index = end + 1
        while index + tag.count <= bytes.count {
            if bytes[index..<(index + tag.count)].elementsEqual(tag) { return start..<(index + tag.count) }
            index += 1
        }
        return start..<bytes.count
    }

    private static func bareValue(_ bytes: [UInt8], _ start: Int) -> Range<Int>? {
        var end = start
        while end < bytes.count, isValue(bytes[end]) { end += 1 }
        // A parameter's place is no value.
        return end == start || bytes[start] == UInt8(ascii: "$") ? nil : start..<end
    }

    /// `//user:password@host`
    private static func passwordOfURI(_ bytes: [UInt8], colon: Int) -> Range<Int>? {
        var start = colon
        while start > 0, isValue(bytes[start - 1]), bytes[start - 1] != UInt8(ascii: "/") { start -= 1 }
        guard start > 1, bytes[start - 1] == UInt8(ascii: "/"), bytes[start - 2] == UInt8(ascii: "/") else {
            return nil
        }
        var end = colon + 1
        while end < bytes.count, isValue(bytes[end]), bytes[end] != UInt8(ascii: "/") { end += 1 }
        guard let at = bytes[(colon + 1)..<end].lastIndex(of: UInt8(ascii: "@")) else { return nil }
        return (colon + 1)..<at
    }

    private static func skipSpace(_ bytes: [UInt8], _ start: Int) -> Int {
        var index = start
        while index < bytes.count, " \t\n\r".utf8.contains(bytes[index]) { index += 1 }
        return index
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte > 0x7F
    }

    private static func isValue(_ byte: UInt8) -> Bool { byte > 0x20 && !"'\",;()".utf8.contains(byte) }
}
