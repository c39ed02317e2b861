/// Parameters whose value is a list of names (PostgreSQL's `GUC_LIST_QUOTE`), such as `search_path`.
///
/// `SET search_path TO 'a, b'` means one schema called `a, b`; each name has to be a literal of its own.
package enum ParameterList {
    /// The names come from `variable_is_guc_list_quote` of pg_dump; no view tells them.
    private static let names: Set<String> = [
        "local_preload_libraries", "search_path", "session_preload_libraries", "shared_preload_libraries",
        "temp_tablespaces", "unix_socket_directories",
    ]

    package static func isList(_ name: String) -> Bool { names.contains(name.lowercased()) }

    /// Whether a value is an empty list of libraries, which no `SET` of ALTER SYSTEM, ALTER ROLE or ALTER DATABASE may have:
    /// PostgreSQL stores it as a list of one library without a name, and neither the server nor a session starts with that.
    package static func isWithoutLibraries(_ value: String, of name: String) -> Bool {
        name.lowercased().hasSuffix("_preload_libraries") && elements(of: value, for: name)?.isEmpty ?? false
    }

    /// The lists of names in the database, which are folded to lower case; libraries and folders are files, which are not.
    private static let folded: Set<String> = ["search_path", "temp_tablespaces"]

    /// Returns what stands behind `TO` in a statement that sets a parameter.
    package static func literals(of value: String, for name: String) -> Statement {
        guard isList(name), let elements = elements(of: value, for: name) else { return "\(literal: value)" }
        if elements.isEmpty { return "''" }
        return Statement.joined(elements.map { "\(literal: $0)" }, separator: ", ")
    }

    /// Reads a list as PostgreSQL does: names in double quotes stay as they are, others are folded to lower case; nil
    /// when the text is none. One empty name is how an empty list is stored.
    package static func elements(of text: String, for name: String) -> [String]? {
        let isFolded = folded.contains(name.lowercased())
        var elements: [String] = []
        var rest = text[...].drop(while: \.isWhitespace)
        while !rest.isEmpty {
            var element = ""
            if rest.first == "\"" {
                guard let (name, end) = quoted(rest.dropFirst()) else { return nil }
                element = name
                rest = end
            } else {
                let word = rest.prefix { $0 != "," && !$0.isWhitespace }
                if word.isEmpty { return nil }
                // ASCII letters alone: what else is lower case depends on the database (PostgreSQL manual, 4.1.1).
                element = isFolded ? String(word.map { $0.isASCII ? Character($0.lowercased()) : $0 }) : String(word)
                rest = rest.dropFirst(word.count)
            }
            elements.append(element)
            rest = rest.drop(while: \.isWhitespace)
            if rest.isEmpty { break }
            guard rest.first == "," else { return nil }
            rest = rest.dropFirst().drop(while: \.isWhitespace)
            if rest.isEmpty { return nil }
        }
        return elements == [""] ? [] : elements
    }

    /// The text up to the closing quote, doubled quotes undone, and what follows it.
    private static func quoted(_ text: Substring) -> (String, Substring)? {
        var name = ""
        var rest = text
        while let character = rest.first {
            rest = rest.dropFirst()
            guard character == "\"" else {
                name.append(character)
                continue
            }
            guard rest.first == "\"" else { return (name, rest) }
            name.append("\"")
            rest = rest.dropFirst()
        }
        return nil
    }
}
