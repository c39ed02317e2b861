/// The name and argument types of a routine as written: `add(int, "My Type"[])`.
struct RoutineSignature {
    var name: String
    /// As `format_type` spells them.
    var types: [String]

    /// Nil for a text without a name and arguments in parentheses, or with something in them that is no type.
    ///
    /// The name may have parentheses, too, so each that opens is tried. At most one is right: where a list of types has an
    /// opening one, it stands in quotes, and what follows it has a quote too many to be a list itself.
    init?(_ text: String) {
        let scalars = text.unicodeScalars
        guard scalars.last == ")", let first = scalars.indices.first else { return nil }
        let end = scalars.index(before: scalars.endIndex)
        for open in scalars.indices where scalars[open] == "(" && open > first {
            let list = String(scalars[scalars.index(after: open)..<end])
            guard Self.isTypes(list) else { continue }
            name = String(scalars[..<open])
            types = Self.types(list)
            if types.contains("") { return nil }
            return
        }
        return nil
    }

    /// Whether a text can be nothing but the names of types: words, dots, brackets and what is in double quotes. It
    /// becomes a part of a statement where the server does not list the routine.
    private static func isTypes(_ list: String) -> Bool {
        var isQuoted = false
        for scalar in list.unicodeScalars {
            if scalar == "\"" {
                isQuoted.toggle()
            } else if !isQuoted {
                let isWord = scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "_"
                guard isWord || " .,[]".unicodeScalars.contains(scalar) else { return false }
            }
        }
        return !isQuoted
    }

    /// Returns the types of an argument list, each in the one spelling that equal types share.
    static func types(_ list: String) -> [String] {
        var parts: [String] = []
        var part = ""
        var depth = 0
        var isQuoted = false
        for character in list {
            if character == "\"" { isQuoted.toggle() }
            if !isQuoted {
                if character == "(" { depth += 1 }
                if character == ")" { depth -= 1 }
                if character == ",", depth == 0 {
                    parts.append(part)
                    part = ""
                    continue
                }
            }
            part.append(character)
        }
        if !parts.isEmpty || part.contains(where: { !$0.isWhitespace }) { parts.append(part) }
        return parts.map(canonical)
    }

    /// Unquoted words are not case-sensitive, and some types have short names (PostgreSQL manual, table 8.1).
    private static func canonical(_ type: String) -> String {
        var text = type.split(separator: " ").joined(separator: " ")
        guard !text.contains("\"") else { return text }
        text = text.lowercased()
        if text.hasPrefix("pg_catalog.") { text = String(text.dropFirst("pg_catalog.".count)) }
        let dimensions = text.hasSuffix("[]") ? "[]" : ""
        let base = String(text.dropLast(dimensions.count))
        return (aliases[base] ?? base) + dimensions
    }

    private static let aliases: [String: String] = [
        "int": "integer", "int4": "integer", "int8": "bigint", "int2": "smallint", "bool": "boolean",
        "varchar": "character varying", "char": "character", "bpchar": "character", "decimal": "numeric",
        "float": "double precision", "float8": "double precision", "float4": "real", "varbit": "bit varying",
        "timestamp": "timestamp without time zone", "timestamptz": "timestamp with time zone",
        "time": "time without time zone", "timetz": "time with time zone",
    ]
}
