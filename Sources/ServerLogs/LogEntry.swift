#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// One entry of a server's log: what stands behind one time and process, on however many lines.
package struct LogEntry: Codable, Hashable, Sendable {
    /// PostgreSQL manual, table 20.2, in the words of the log.
    package enum Severity: String, Codable, Sendable, CaseIterable {
        case debug
        case info
        case notice
        case warning
        case error
        case log
        case fatal
        case panic
        /// No entry of the server's own: what a program or library of it printed.
        case output

        /// Whether something failed.
        package var isFailure: Bool { [.error, .fatal, .panic].contains(self) }
    }

    /// Nil where the line does not tell it, or tells it in a time zone of which only the name is known.
    package var time: Date?
    package var processID: Int?
    package var user: String?
    package var database: String?
    package var application: String?
    package var severity: Severity
    package var message: String
    package var detail: String?
    package var hint: String?
    package var context: String?
    /// The statement that was being performed.
    package var statement: String?
    /// How long a statement took; nil for what is no statement that was timed.
    package var milliseconds: Double?

    package init(severity: Severity, message: String, time: Date? = nil) {
        self.severity = severity
        self.message = message
        self.time = time
    }
}

extension LogEntry {
    /// Moves the statement and its duration out of the message of a timed statement.
    ///
    /// `duration: 12.345 ms  statement: SELECT 1`, and for the extended protocol `execute <unnamed>: SELECT 1`; where the
    /// statement has been logged before (`log_duration`), the duration stands alone.
    mutating func readDuration() {
        guard severity == .log, message.hasPrefix("duration: ") else { return }
        let rest = message.dropFirst("duration: ".count)
        let number = rest.prefix { $0.isNumber || $0 == "." }
        guard let milliseconds = Double(number), rest.dropFirst(number.count).hasPrefix(" ms") else { return }
        self.milliseconds = milliseconds
        let text = rest.dropFirst(number.count + 3).drop { $0 == " " }
        guard let colon = text.firstIndex(of: ":") else { return }
        let kind = text[..<colon]
        guard kind == "statement" || ["execute", "parse", "bind"].contains(kind.prefix { $0 != " " }) else { return }
        statement = String(text[text.index(after: colon)...].drop { $0 == " " })
        message = "duration: \(number) ms" + (kind == "statement" || kind.hasPrefix("execute") ? "" : " (\(kind))")
    }

    /// The statement that an entry of `log_statement` tells; nil for any other.
    var loggedStatement: String? {
        guard severity == .log else { return nil }
        if message.hasPrefix("statement: ") { return String(message.dropFirst("statement: ".count)) }
        guard message.hasPrefix("execute "), let colon = message.firstRange(of: ": ") else { return nil }
        return String(message[colon.upperBound...])
    }

    /// The entry with every password in it replaced by stars.
    package var masked: LogEntry {
        var entry = self
        let mentionsSecret = [message, statement ?? ""].contains(where: LogMask.mentionsSecret)
        entry.message = LogMask.apply(to: message)
        // `syntax error at or near "'secret'"`
        if mentionsSecret, message.contains("at or near \"'") { entry.message = "syntax error at or near \"****\"" }
        entry.statement = statement.map(LogMask.apply)
        entry.context = context.map(LogMask.apply)
        entry.hint = hint.map(LogMask.apply)
        // The values that were bound to the statement stand in the detail.
        let hasValues = detail?.lowercased().hasPrefix("parameters: ") ?? false
        entry.detail = mentionsSecret && hasValues ? "parameters: ****" : detail.map(LogMask.apply)
        return entry
    }
}
