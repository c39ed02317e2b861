/// Quotes names and values for SQL text (PostgreSQL manual, section 4.1 "Lexical Structure").
package enum Quoting {
    /// Returns the name in double quotes; always quoted, so that no keyword list is needed.
    package static func identifier(_ name: String) -> String {
        "\"" + doubled("\"", in: name) + "\""
    }

    /// Returns the value as a string literal that means the same whatever `standard_conforming_strings` says.
    package static func literal(_ value: String) -> String {
        let quoted = doubled("'", in: value)
        guard quoted.unicodeScalars.contains("\\") else { return "'\(quoted)'" }
        return "E'" + doubled("\\", in: quoted) + "'"
    }

    /// Looks at scalars, as the server does: a quote with an accent over it is one Character, and still a quote.
    private static func doubled(_ mark: Unicode.Scalar, in text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar == mark { result.append(mark) }
            result.append(scalar)
        }
        return String(result)
    }
}
