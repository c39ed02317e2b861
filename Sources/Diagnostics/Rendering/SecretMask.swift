/// Hides what looks like a secret in a line that is about to be shown.
///
/// No secret belongs into a specification, but the line that puts one there by mistake is just the line a diagnostic
/// shows. Every hidden character becomes a star, so that columns stay where they are. One walk over the line: a
/// hostile line is long.
struct SecretMask {
    /// Parts of keys that hold secrets, also mistyped.
    private static let words = ["passw", "pasw", "pwd", "secret", "token"]
    /// Parts of keys that only refer to one, such as `passwordFrom`, where somebody may write the secret itself.
    private static let references = words + ["key", "url"]
    /// Keys are short; looking further back for one would be looking at something else.
    private static let longestKey = 64

    private var scalars: [Unicode.Scalar]

    static func apply(to line: Substring) -> [Unicode.Scalar] {
        var mask = SecretMask(scalars: Array(line.unicodeScalars))
        for index in mask.scalars.indices where mask.scalars[index] == ":" {
            if mask.isURI(at: index) { mask.hidePassword(inURIAt: index + 3) }
            let key = mask.key(before: index)
            if holdsSecret(key) || refersToSecret(key) { mask.hideValue(after: index + 1) }
        }
        for index in mask.scalars.indices where mask.scalars[index] == "=" {
            if holdsSecret(mask.key(before: index)) { mask.hideWord(after: index + 1) }
        }
        return mask.scalars
    }

    private func isURI(at colon: Int) -> Bool {
        colon + 2 < scalars.count && scalars[colon + 1] == "/" && scalars[colon + 2] == "/"
    }

    /// In lower case and without quotes.
    private func key(before colon: Int) -> String {
        let start = scalars[max(0, colon - Self.longestKey)..<colon].lastIndex { !Self.isKey($0) }.map { $0 + 1 }
        var key = ""
        key.unicodeScalars.append(contentsOf: scalars[(start ?? max(0, colon - Self.longestKey))..<colon])
        return key.lowercased().filter { $0 != "\"" && $0 != "'" }
    }

    private static func holdsSecret(_ key: String) -> Bool {
        words.contains { key.contains($0) } && !key.hasSuffix("from")
    }

    private static func refersToSecret(_ key: String) -> Bool {
        key.hasSuffix("from") && references.contains { key.contains($0) }
    }

    private static func isKey(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "_-\"'".unicodeScalars.contains(scalar)
    }

    private mutating func hideValue(after colon: Int) {
        guard let start = scalars[colon...].firstIndex(where: { $0 != " " && $0 != "\t" }) else { return }
        let quote = scalars[start]
        let isQuoted = quote == "\"" || quote == "'"
        // A mapping, a list or an alias is no value yet.
        if "{[*&".unicodeScalars.contains(quote) { return }
        let first = isQuoted ? start + 1 : start
        let end = scalars[first...].firstIndex { isQuoted ? $0 == quote : $0 == "," || $0 == "}" || $0 == "]" }
        let value = scalars[first..<(end ?? scalars.count)]
        if !Self.isVariable(value) { hide(value.indices) }
    }

    /// Whether a value is `$NAME` or `${NAME}`, as a shell writes a variable: no password of ours has capitals only.
    private static func isVariable(_ value: ArraySlice<Unicode.Scalar>) -> Bool {
        value.first == "$"
            && value.dropFirst()
                .allSatisfy {
                    ("A"..."Z").contains($0) || ("0"..."9").contains($0) || "_{} ".unicodeScalars.contains($0)
                }
    }

    /// `password=value`, as in a connection string.
    private mutating func hideWord(after equals: Int) {
        guard let start = scalars[equals...].firstIndex(where: { $0 != " " }) else { return }
        hide(start..<(scalars[start...].firstIndex { " &\"'".unicodeScalars.contains($0) } ?? scalars.count))
    }

    /// `//user:password@host`
    private mutating func hidePassword(inURIAt start: Int) {
        let authority = scalars[start...].prefix { $0 != "/" && $0 != " " && $0 != "\"" && $0 != "'" }
        guard let at = authority.lastIndex(of: "@"), let colon = authority[..<at].firstIndex(of: ":") else { return }
        hide((colon + 1)..<at)
    }

    private mutating func hide(_ range: Range<Int>) {
        for index in range { scalars[index] = "*" }
    }
}
