import SpecSchema

/// Writes a JSON value as block YAML, keys in their usual order: envelope first, then the alphabet.
enum YAMLText {
    private static let first = ["apiVersion", "kind", "metadata", "spec", "name"]

    static func text(_ value: JSONValue) -> String { lines(value).map { $0 + "\n" }.joined() }

    private static func lines(_ value: JSONValue) -> [String] {
        switch value {
        case .object(let members): sorted(members).flatMap { entry($0.key, $0.value) }
        case .array(let items): items.flatMap(item)
        default: [scalar(value)]
        }
    }

    private static func entry(_ key: String, _ value: JSONValue) -> [String] {
        switch value {
        case .object(let members) where !members.isEmpty: ["\(quoted(key)):"] + lines(value).map { "  " + $0 }
        case .array(let items) where !items.isEmpty: ["\(quoted(key)):"] + lines(value).map { "  " + $0 }
        default: ["\(quoted(key)): \(scalar(value))"]
        }
    }

    private static func item(_ value: JSONValue) -> [String] {
        lines(value).enumerated().map { ($0 == 0 ? "- " : "  ") + $1 }
    }

    private static func sorted(_ members: [String: JSONValue]) -> [(key: String, value: JSONValue)] {
        members.sorted { left, right in
            let ranks = [left.key, right.key].map { first.firstIndex(of: $0) ?? first.count }
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

    /// A text stays plain only when every YAML reader takes it for that text.
    private static func quoted(_ text: String) -> String {
        let isPlain = text.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_.\/-]*/) != nil
        let isWord = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
        if isPlain, !isWord { return text }
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case _ where scalar.properties.generalCategory == .control:
                result += "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
