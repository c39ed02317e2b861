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
