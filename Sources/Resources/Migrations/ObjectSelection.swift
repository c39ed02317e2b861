/// Which schemas and tables of a database are meant.
///
/// A table is meant when its schema or itself is chosen and neither is excluded; with nothing chosen, all are.
package struct ObjectSelection: Hashable, Sendable, Codable {
    package var schemas: [NamePattern] = []
    package var tables: [TablePattern] = []
    package var excludedSchemas: [NamePattern] = []
    package var excludedTables: [TablePattern] = []

    package init() {}

    /// Everything there is.
    package static let all = ObjectSelection()

    /// Whether the whole database is meant.
    package var isEverything: Bool {
        schemas.isEmpty && tables.isEmpty && excludedSchemas.isEmpty && excludedTables.isEmpty
    }

    /// Whether a schema is meant as a whole, tables that are excluded by name aside.
    package func includes(schema: String) -> Bool {
        guard !excludedSchemas.contains(where: { $0.matches(schema) }) else { return false }
        if schemas.isEmpty, tables.isEmpty { return true }
        return schemas.contains { $0.matches(schema) }
    }

    /// Whether a table, view or sequence is meant.
    package func includes(schema: String, table: String) -> Bool {
        if excludedSchemas.contains(where: { $0.matches(schema) }) { return false }
        if excludedTables.contains(where: { $0.matches(schema: schema, table: table) }) { return false }
        return includes(schema: schema) || tables.contains { $0.matches(schema: schema, table: table) }
    }
}

/// A name in which `*` stands for any characters and `?` for one; in double quotes it is the name itself.
package struct NamePattern: Hashable, Sendable, Codable {
    package let text: String
    /// Nil for a pattern, the name for a quoted one.
    private let name: String?

    package init(_ text: String) {
        self.text = text
        let isQuoted = text.count > 1 && text.hasPrefix("\"") && text.hasSuffix("\"")
        name = isQuoted ? String(text.dropFirst().dropLast()).replacing("\"\"", with: "\"") : nil
    }

    /// Compares as PostgreSQL does: letter for letter, case included.
    package func matches(_ candidate: String) -> Bool {
        if let name { return name == candidate }
        return Self.matches(Array(text.unicodeScalars), Array(candidate.unicodeScalars))
    }

    /// Goes back to the last star only, so that no pattern takes longer than pattern times name.
    private static func matches(_ pattern: [Unicode.Scalar], _ text: [Unicode.Scalar]) -> Bool {
        var (place, position) = (0, 0)
        var star: (place: Int, position: Int)?
        while position < text.count {
            if place < pattern.count, pattern[place] == "*" {
                star = (place, position)
                place += 1
            } else if place < pattern.count, pattern[place] == "?" || pattern[place] == text[position] {
                place += 1
                position += 1
            } else if let last = star {
                place = last.place + 1
                position = last.position + 1
                star = (last.place, position)
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == "*" }
    }
}

/// `schema.table`, each a name pattern.
package struct TablePattern: Hashable, Sendable, Codable {
    package let schema: NamePattern
    package let table: NamePattern

    /// Reads `schema.table`; nil when it is none. A dot inside double quotes belongs to the name.
    package init?(_ text: String) {
        var isQuoted = false
        guard
            let dot = text.firstIndex(where: { character in
                if character == "\"" { isQuoted.toggle() }
                return character == "." && !isQuoted
            })
        else { return nil }
        let (schema, table) = (String(text[..<dot]), String(text[text.index(after: dot)...]))
        guard !schema.isEmpty, !table.isEmpty else { return nil }
        self.schema = NamePattern(schema)
        self.table = NamePattern(table)
    }

    package func matches(schema: String, table: String) -> Bool {
        self.schema.matches(schema) && self.table.matches(table)
    }
}

extension TablePattern: CustomStringConvertible {
    package var description: String { "\(schema.text).\(table.text)" }
}
