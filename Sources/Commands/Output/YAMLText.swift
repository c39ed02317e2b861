import SpecSchema

/// Writes a JSON value as YAML: keys in their usual order, small lists and mappings on one line.
enum YAMLText {
    private static let order = [
        "apiVersion", "kind", "metadata", "spec", "instance", "to", "name", "role", "version", "connection", "size",
        "owner", "login", "passwordFrom", "database", "schema", "tables", "columns", "sequences", "routines", "types",
        "futureBy", "privileges", "withhold", "grantable",
    ]
    /// Values that are always laid out, however small: the frame of a document.
    private static let laidOut: Set<String> = ["spec", "parameters", "accounts", "databases", "grants", "items"]
    private static let longest = 100

    static func text(_ value: JSONValue) -> String { lines(value).map { $0 + "\n" }.joined() }

    private static func lines(_ value: JSONValue) -> [String] {
        switch value {
        case .object(let members): sorted(members).flatMap { entry($0.key, $0.value) }
        case .array(let items): items.flatMap(item)
        default: [scalar(value)]
        }
    }

    private static func entry(_ key: String, _ value: JSONValue) -> [String] {
        if !laidOut.contains(key) || isEmpty(value), let flow = flow(value), flow.count <= longest {
            return ["\(quoted(key)): \(flow)"]
        }
        return ["\(quoted(key)):"] + lines(value).map { "  " + $0 }
    }

    private static func item(_ value: JSONValue) -> [String] {
        if let flow = flow(value), flow.count <= longest { return ["- \(flow)"] }
        return lines(value).enumerated().map { ($0 == 0 ? "- " : "  ") + $1 }
    }

    /// The value on one line.
    private static func flow(_ value: JSONValue) -> String? {
        switch value {
        case .object(let members):
            if members.isEmpty { return "{}" }
            if members.keys.contains(where: laidOut.contains) { return nil }
            let parts = sorted(members).map { key, value in flow(value).map { "\(quoted(key)): \($0)" } }
            return parts.contains(nil) ? nil : "{ \(parts.compactMap(\.self).joined(separator: ", ")) }"
        case .array(let items):
            let parts = items.map(flow)
            return parts.contains(nil) ? nil : "[\(parts.compactMap(\.self).joined(separator: ", "))]"
        default: return scalar(value)
        }
    }

    private static func isEmpty(_ value: JSONValue) -> Bool {
        switch value {
        case .object(let members): members.isEmpty
        case .array(let items): items.isEmpty
        default: true
        }
    }

    private static func sorted(_ members: [String: JSONValue]) -> [(key: String, value: JSONValue)] {
        members.sorted { left, right in
            let ranks = [left.key, right.key].map { order.firstIndex(of: $0) ?? order.count }
            return ranks[0] == ranks[1] ? left.key < right.key : ranks[0] < ranks[1]
        }
    }

    private static func scalar(_ value: JSONValue) -> String {
        switch value {
        case .string(let text): quoted(text)
        case .integer(let number): String(number)
        case .number(let number): String(number)
        case .boolean(let truth): String(truth)
        case .null: "null"
        case .array: "[]"
        case .object: "{}"
        }
    }

    /// What YAML readers refuse, drop or take for a line break: control characters, separators, byte order marks.
    private static func isEscaped(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .control || (0x2028...0x2029).contains(scalar.value)
            || scalar.value == 0xFEFF || (0xFFFE...0xFFFF).contains(scalar.value)
    }

    /// Whether a text is words of letters, digits and `_./-`, one space apart, and begins with a letter or `_`.
    ///
    /// Without a regular expression: an import asks this of every text it writes.
    private static func isPlain(_ text: String) -> Bool {
        var isWordStart = true
        for (index, byte) in text.utf8.enumerated() {
            let isSpace = byte == UInt8(ascii: " ")
            if isSpace ? isWordStart : !isWordByte(byte, first: index == 0) { return false }
            isWordStart = isSpace
        }
        return !isWordStart
    }

    private static func isWordByte(_ byte: UInt8, first: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
        case UInt8(ascii: "-")...UInt8(ascii: "9"): !first
        default: false
        }
    }

    /// A text stays plain only when every YAML reader takes it for that text.
    private static func quoted(_ text: String) -> String {
        let isWord = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
        if isPlain(text), !isWord { return text }
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case _ where isEscaped(scalar):
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
