/// What a server or libpq said when something failed; never holds a password or a bound value.
package struct PostgresError: Error, Hashable, Sendable {
    /// The five characters of PostgreSQL's appendix A; nil when the failure is the connection's.
    package var sqlState: String?
    package var message: String
    package var detail: String?
    package var hint: String?
    /// The statement as it may be shown.
    package var statement: String?

    package init(
        sqlState: String? = nil,
        message: String,
        detail: String? = nil,
        hint: String? = nil,
        statement: String? = nil
    ) {
        self.sqlState = sqlState
        self.message = message
        self.detail = detail
        self.hint = hint
        self.statement = statement
    }

    /// Whether another session changed the same rows at the same time, so that the same statements may work now.
    ///
    /// PostgreSQL says so with a code of its own (serialization failure, deadlock), and for rows of its catalogues with
    /// the internal error "tuple concurrently updated".
    package var isConflict: Bool {
        switch sqlState {
        case "40001", "40P01": true
        // Made since it was looked for: duplicate object, key, schema, database.
        case "42710", "23505", "42P06", "42P04": true
        case "XX000": message.contains("tuple concurrently")
        // A REVOKE or GRANT without effect: somebody else may have done it since it was looked for.
        case Self.noEffect: true
        default: isMissingObject
        }
    }

    /// `SQLSTATE` of a warning; see ``PostgresConnection/execute(_:)``.
    static let noEffect = "01000"

    /// Whether the statement had no effect.
    package var hadNoEffect: Bool { sqlState == Self.noEffect }

    /// Whether a table or function is not there: gone since it was looked for, or never made.
    package var isMissingObject: Bool { sqlState == "42P01" || sqlState == "42883" }

    /// Whether there is no usable connection (any more), as opposed to a statement that was refused.
    package var isConnectionFailure: Bool {
        guard let sqlState else { return true }
        return sqlState.hasPrefix("08") || sqlState.hasPrefix("57P")
    }
}

extension PostgresError: CustomStringConvertible {
    package var description: String {
        var text = message
        if let sqlState { text += " (SQLSTATE \(sqlState))" }
        if let detail { text += "; \(detail)" }
        if let hint { text += "; hint: \(hint)" }
        if let statement { text += "; in: \(statement)" }
        return text
    }
}
