package import SpecSchema

/// Rules for names and texts that more than one kind obeys; each says where it comes from.
package enum Rules {
    /// The name of an instance: 1-60 of letters, digits, `_`, `-` (product document, "Instance Name").
    ///
    /// Letters are ASCII letters, because the name is also a folder's, and a hyphen does not come first, because it is
    /// also an argument of commands.
    package static let instanceName = documentName("An instance name")

    /// A name of any document that is not an instance: the same letters.
    package static let documentName = documentName("A name")

    private static func documentName(_ noun: String) -> ValueType<String> {
        .text(
            named: "name",
            pattern: "^[A-Za-z0-9_][A-Za-z0-9_-]{0,59}$",
            minimumLength: 1,
            maximumLength: 60
        ) { name in
            if name.isEmpty || name.count > 60 {
                return "\(noun) has 1 to 60 characters; this one has \(name.count)."
            }
            if !name.utf8.allSatisfy({ isLetterOrDigit($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }) {
                return "\(noun) has only letters, digits, \"_\" and \"-\"; \"\(name)\" has something else."
            }
            return name.hasPrefix("-") ? "\(noun) does not start with \"-\"." : nil
        }
    }

    /// The name of an account, as far as PostgreSQL goes; which other rules it obeys depends on its instance.
    package static let accountName = identifier(named: "account name")

    /// Returns which rule of the product an account's name breaks (product document, "Username"): 1-16 of letters,
    /// digits, `_`; neither `postgres` nor starting with a digit or `pg_`. The case of letters is not significant, so the
    /// role's name is lower case.
    package static func accountNameProblem(_ name: String) -> String? {
        if name.isEmpty || name.count > 16 {
            return "An account name has 1 to 16 characters; \"\(name)\" has \(name.count)."
        }
        if !name.utf8.allSatisfy({ isLetterOrDigit($0) || $0 == UInt8(ascii: "_") }) {
            return "An account name has only letters, digits and \"_\"; \"\(name)\" has something else."
        }
        let lower = name.lowercased()
        if lower == "postgres" { return "The account postgres belongs to the service itself." }
        if let problem = reservedRoleProblem(lower) { return problem }
        if lower.utf8.first.map({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) ?? false {
            return "An account name does not start with a digit."
        }
        return nil
    }

    /// The names that no role can have (PostgreSQL manual, CREATE ROLE); nil for any other.
    package static func reservedRoleProblem(_ name: String) -> String? {
        if name.hasPrefix("pg_") { return "Names that start with \"pg_\" belong to PostgreSQL itself." }
        return ["public", "none"].contains(name) ? "The name \(name) means something else to PostgreSQL." : nil
    }

    /// The name of a role that accounts may be members of: any name that PostgreSQL allows.
    package static let roleName = identifier(named: "role name")

    /// The name of a database: any name that PostgreSQL allows but the templates'.
    package static let databaseName = ValueType<String>
        .text(named: "database name", minimumLength: 1, maximumLength: 63) {
            name in
            if ["template0", "template1"].contains(name) {
                return "The database \(name) is PostgreSQL's own template."
            }
            return identifierProblem(name, named: "database name")
        }

    /// The name of a schema: any name that PostgreSQL allows but its own.
    package static let schemaName = ValueType<String>
        .text(named: "schema name", minimumLength: 1, maximumLength: 63) { name in
            if name.hasPrefix("pg_") || name == "information_schema" {
                return "The schema \(name) belongs to PostgreSQL itself."
            }
            return identifierProblem(name, named: "schema name")
        }

    /// The name of an extension: any name that PostgreSQL allows.
    package static let extensionName = identifier(named: "extension name")

    /// A comment: any text of one to 1000 characters.
    package static let remark = ValueType<String>
        .text(named: "text", maximumLength: 1000) { text in
            if text.unicodeScalars.contains("\0") { return "A remark cannot contain the character NUL." }
            return text.count > 1000 ? "A remark has at most 1000 characters; this one has \(text.count)." : nil
        }

    /// Any name that PostgreSQL allows.
    package static func identifier(named name: String) -> ValueType<String> {
        .text(named: name, minimumLength: 1, maximumLength: 63) { identifierProblem($0, named: name) }
    }

    /// PostgreSQL manual, section 4.1.1: at most 63 bytes (longer names are cut silently), no NUL.
    private static func identifierProblem(_ name: String, named kind: String) -> String? {
        if name.isEmpty || name.utf8.count > 63 {
            return "A \(kind) has 1 to 63 bytes; this one has \(name.utf8.count)."
        }
        return name.hasControlCharacter ? "A \(kind) cannot contain control characters." : nil
    }

    static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}

extension String {
    /// Whether it has a character of Unicode's category Cc: those below the space, and U+007F to U+009F.
    ///
    /// Unicode keeps that category as it is for ever (its stability policy), so nothing has to be looked up.
    var hasControlCharacter: Bool {
        unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }
    }
}
