#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Puts the lines of a server's log together to entries.
///
/// The server starts each line behind the first one of a message with a tab (`append_with_tabs` of elog.c), and what
/// belongs to a message (DETAIL, HINT, CONTEXT, STATEMENT) follows it with the same prefix. So an entry is known to be
/// complete only when the next one begins.
package struct LogParser: Sendable {
    private enum Section {
        case message
        case detail
        case hint
        case context
        case statement
        /// QUERY, LOCATION, BACKTRACE: left out.
        case other
    }

    private let prefixes: [LogLinePrefix]
    private var entry: LogEntry?
    private var section = Section.message
    private var lastTime: Date?
    /// What each process was logged to perform last: a statement that has been logged is timed without its text.
    private var lastStatements: [Int: String] = [:]

    /// - Parameter prefix: What `log_line_prefix` is; lines of the usual prefix are read as well, since a log may be older
    ///   than the parameter.
    package init(prefix: LogLinePrefix = .usual) {
        prefixes = prefix == .usual ? [.usual] : [prefix, .usual]
    }

    /// Takes the next line, without its line break; returns the entry before it, when that is complete now.
    package mutating func add(_ line: ArraySlice<UInt8>) -> LogEntry? {
        if line.first == UInt8(ascii: "\t") {
            append("\n" + String(decoding: line.dropFirst(), as: UTF8.self))
            return nil
        }
        guard let (fields, word, text) = read(line) else {
            let done = finish()
            if line.isEmpty { return done }
            entry = LogEntry(severity: .output, message: String(decoding: line, as: UTF8.self), time: lastTime)
            section = .message
            return done
        }
        if let part = Self.sections[word] {
            section = part
            append(text)
            return nil
        }
        let done = finish()
        begin(fields, word, text)
        return done
    }

    /// Returns the entry that has been begun, at the end of a log.
    package mutating func finish() -> LogEntry? {
        defer { entry = nil }
        guard var done = entry else { return nil }
        done.readDuration()
        guard let processID = done.processID else { return done }
        if let statement = done.loggedStatement {
            if lastStatements.count > 10_000 { lastStatements = [:] }
            lastStatements[processID] = statement
        } else if done.milliseconds != nil, done.statement == nil {
            done.statement = lastStatements[processID]
        }
        return done
    }

    private static let sections: [Substring: Section] = [
        "DETAIL": .detail, "HINT": .hint, "CONTEXT": .context, "STATEMENT": .statement, "QUERY": .other,
        "LOCATION": .other, "BACKTRACE": .other,
    ]

    private static let severities: [Substring: LogEntry.Severity] = [
        "DEBUG": .debug, "DEBUG1": .debug, "DEBUG2": .debug, "DEBUG3": .debug, "DEBUG4": .debug, "DEBUG5": .debug,
        "INFO": .info, "NOTICE": .notice, "WARNING": .warning, "ERROR": .error, "LOG": .log, "FATAL": .fatal,
        "PANIC": .panic,
    ]

    /// Finds the first word of the server's behind which stand a colon and two spaces, and reads the prefix before it.
    private func read(_ line: ArraySlice<UInt8>) -> (LogLinePrefix.Fields, word: Substring, text: String)? {
        var start = line.startIndex
        while let colon = line[start...].firstIndex(of: UInt8(ascii: ":")) {
            start = colon + 1
            guard line[start...].starts(with: [0x20, 0x20]) else { continue }
            let before = line[..<colon]
            let first = before.lastIndex { !((0x41...0x5A).contains($0) || (0x30...0x39).contains($0)) }
            let place = first.map { $0 + 1 } ?? line.startIndex
            let word = Substring(String(decoding: line[place..<colon], as: UTF8.self))
            guard Self.severities[word] != nil || Self.sections[word] != nil else { continue }
            for prefix in prefixes {
                if let fields = prefix.fields(in: line[..<place]) {
                    return (fields, word, String(decoding: line[(colon + 3)...], as: UTF8.self))
                }
            }
        }
        return nil
    }

    private mutating func begin(_ fields: LogLinePrefix.Fields, _ word: Substring, _ text: String) {
        var new = LogEntry(severity: Self.severities[word] ?? .log, message: text)
        new.time = fields.value("m", "t").flatMap(LogTime.date)
        if let epoch = fields.value("n").flatMap({ Double($0) }) { new.time = Date(timeIntervalSince1970: epoch) }
        lastTime = new.time ?? lastTime
        new.processID = fields.value("p").flatMap { Int($0) }
        new.user = known(fields.value("u"))
        new.database = known(fields.value("d"))
        new.application = known(fields.value("a"))
        entry = new
        section = .message
    }

    /// Before a session has said who it is, the server writes `[unknown]`.
    private func known(_ value: Substring?) -> String? { value.flatMap { $0 == "[unknown]" ? nil : String($0) } }

    private mutating func append(_ text: String) {
        guard var entry else { return }
        switch section {
        case .message: entry.message += text
        case .detail: entry.detail = (entry.detail ?? "") + text
        case .hint: entry.hint = (entry.hint ?? "") + text
        case .context: entry.context = (entry.context ?? "") + text
        case .statement: entry.statement = (entry.statement ?? "") + text
        case .other: break
        }
        self.entry = entry
    }
}

extension LogParser {
    /// Returns the entries of a whole text.
    package static func entries(of text: String, prefix: LogLinePrefix = .usual) -> [LogEntry] {
        var parser = LogParser(prefix: prefix)
        var entries = Array(text.utf8).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true)
            .compactMap { parser.add($0) }
        if let last = parser.finish() { entries.append(last) }
        return entries
    }
}
