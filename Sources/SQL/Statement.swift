/// One SQL statement with its bound parameters, and the form of it that may be shown.
///
/// Written as a string literal whose interpolations say how a value is quoted, so that no value gets in unquoted:
///
///     let statement: Statement = "ALTER ROLE \(identifier: name) PASSWORD \(secret: verifier)"
package struct Statement: Hashable, Sendable {
    /// What is sent to the server.
    package private(set) var text: String
    /// What may be printed and logged: like `text`, but every secret is `****`.
    package private(set) var shown: String
    /// Values for `$1`, `$2`, ... in text format; nil is NULL.
    package private(set) var parameters: [String?]
}

extension Statement: ExpressibleByStringInterpolation {
    package init(stringLiteral value: String) {
        self.init(text: value, shown: value, parameters: [])
    }

    package init(stringInterpolation: StringInterpolation) {
        self.init(
            text: stringInterpolation.text,
            shown: stringInterpolation.shown,
            parameters: stringInterpolation.parameters
        )
    }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""
        fileprivate var shown = ""
        fileprivate var parameters: [String?] = []

        package init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + interpolationCount * 16)
        }

        package mutating func appendLiteral(_ literal: String) { append(literal) }

        /// Adds a quoted identifier.
        package mutating func appendInterpolation(identifier: String) { append(Quoting.identifier(identifier)) }

        /// Adds a parameter's name; the parts of a name with dots are quoted one by one.
        package mutating func appendInterpolation(parameter name: String) {
            let parts = name.split(separator: ".", omittingEmptySubsequences: false)
            append(parts.map { Quoting.identifier(String($0)) }.joined(separator: "."))
        }

        /// Adds a quoted string literal, for commands that take no bound parameters.
        package mutating func appendInterpolation(literal: String) { append(Quoting.literal(literal)) }

        /// Adds a string literal that is shown as `****`.
        package mutating func appendInterpolation(secret: String) {
            text += Quoting.literal(secret)
            shown += "'****'"
        }

        /// Adds a number.
        package mutating func appendInterpolation(_ number: Int) { append(String(number)) }

        /// Adds a bound parameter.
        package mutating func appendInterpolation(bind value: String?) {
            parameters.append(value)
            append("$\(parameters.count)")
        }

        /// Adds fixed SQL that this program wrote itself; never anything from a specification or a server.
        package mutating func appendInterpolation(keywords: String) { append(keywords) }

        /// Adds SQL as somebody else made it, who has quoted what is in it: definitions of pg_dump, signatures as the server
        /// prints them or as they were read and checked. Never a text that a person may write freely.
        package mutating func appendInterpolation(made sql: String) { append(sql) }

        /// Adds another statement; it must have no bound parameters.
        package mutating func appendInterpolation(_ part: Statement) {
            precondition(part.parameters.isEmpty, "a statement with bound parameters cannot be part of another one")
            text += part.text
            shown += part.shown
        }

        private mutating func append(_ part: String) {
            text += part
            shown += part
        }
    }
}

extension Statement: CustomStringConvertible {
    package var description: String { shown }
}

extension Statement {
    /// Returns the statements joined into one, for a list of options.
    package static func joined(_ parts: [Statement], separator: String = " ") -> Statement {
        var result: Statement = ""
        for (index, part) in parts.enumerated() {
            result = index == 0 ? part : "\(result)\(keywords: separator)\(part)"
        }
        return result
    }
}
