/// Quotes names and values for SQL text (PostgreSQL manual, section 4.1 "Lexical Structure").
package enum Quoting {
    /// Returns the name in double quotes; always quoted, so that no keyword list is needed.
    package static func identifier(_ name: String) -> String {
        "\"" + name.replacing("\"", with: "\"\"") + "\""
    }

    /// Returns the value as a string literal that means the same whatever `standard_conforming_strings` says.
    package static func literal(_ value: String) -> String {
        let quoted = value.replacing("'", with: "''")
        guard quoted.contains("\\") else { return "'\(quoted)'" }
        return "E'" + quoted.replacing("\\", with: "\\\\") + "'"
    }
}
