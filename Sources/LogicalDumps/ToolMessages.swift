/// What pg_dump, pg_restore and psql say on stderr, put together from lines to what it means.
package struct ToolMessages: Sendable {
    package enum Event: Hashable, Sendable {
        /// The data of a table is dumped or loaded from here on.
        case table(String)
        case problem(DumpProblem)
    }

    private struct Pending: Sendable {
        var message: String
        var rest: [String] = []
        var object: String?
    }

    private let tool: String
    private var pending: Pending?
    private var object: String?
    /// Lines that are no message of the tool's own, for a tool that fails without one.
    package private(set) var lastLines: [String] = []

    /// - Parameter tool: What its messages start with: `pg_dump`, `pg_restore`, `psql`.
    package init(tool: String) {
        self.tool = tool
    }

    /// Takes a line, and returns what is complete by it.
    package mutating func add(_ line: String) -> [Event] {
        lastLines = (lastLines + [line]).suffix(6)
        guard let text = ownText(line) else {
            pending?.rest.append(line)
            return []
        }
        if Self.isContinuation(text) {
            pending?.rest.append(String(text))
            return []
        }
        if text.hasPrefix("from TOC entry") {
            object = Self.entryName(text)
            return []
        }
        let before = finish()
        if let message = Self.failure(text) {
            pending = Pending(message: message, object: object)
            object = nil
        } else if let start = Self.tableStarts[tool], text.hasPrefix(start),
            let table = text.split(separator: "\"").last
        {
            return before + [.table(String(table))]
        }
        return before
    }

    /// Returns what was begun, at the end.
    package mutating func finish() -> [Event] {
        guard let done = pending else { return [] }
        pending = nil
        return [.problem(DumpProblem(message: done.message, rest: done.rest, object: done.object))]
    }

    /// The line without `pg_restore: ` or `psql:<stdin>:12: `; nil for one that goes on with the message before it.
    private func ownText(_ line: String) -> Substring? {
        if line.hasPrefix("\(tool): ") { return line.dropFirst(tool.count + 2) }
        guard tool == "psql", let found = line.prefixMatch(of: #/psql:[^:]*:\d+: /#) else { return nil }
        return line[found.range.upperBound...]
    }

    /// How each begins the data of a table, whose name stands in quotes behind it; each says other things of it, too.
    private static let tableStarts = [
        "pg_dump": "dumping contents of table", "pg_restore": "processing data for table",
    ]

    /// psql puts its own name before these, too.
    private static func isContinuation(_ text: Substring) -> Bool {
        ["STATEMENT:  ", "DETAIL:  ", "HINT:  ", "CONTEXT:  ", "LINE "].contains { text.hasPrefix($0) }
    }

    private static func failure(_ text: Substring) -> String? {
        for start in ["error: could not execute query: ", "error: ", "FATAL:  ", "fatal: "] where text.hasPrefix(start)
        {
            let message = text.dropFirst(start.count)
            return message.hasPrefix("ERROR:  ") ? String(message.dropFirst(8)) : String(message)
        }
        return text.hasPrefix("ERROR:  ") ? String(text.dropFirst(8)) : nil
    }

    /// `from TOC entry 215; 1259 16384 TABLE orders app` to `TABLE orders`.
    private static func entryName(_ text: Substring) -> String? {
        let words = text.split(separator: " ")
        guard words.count > 6 else { return nil }
        return words[6..<max(7, words.count - 1)].joined(separator: " ")
    }
}

/// Something of a dump that was not loaded.
package struct DumpProblem: Hashable, Sendable, Encodable {
    package var message: String
    /// What it was, as the archive has it: `TABLE orders`; nil where it is not told.
    package var object: String?
    /// The statement that failed, its beginning.
    package var statement: String?
    /// Whether only owners, privileges or remarks of somebody else's are missing: the data is all there.
    package var isHarmless: Bool

    private static let longest = 200

    init(message: String, rest: [String], object: String?) {
        self.message = message
        self.object = object
        let marks = ["Command was: ", "STATEMENT:  "]
        if let start = rest.firstIndex(where: { line in marks.contains { line.hasPrefix($0) } }) {
            let lines = rest[start...].joined(separator: " ")
            let text = marks.reduce(lines) { $1.isEmpty || !$0.hasPrefix($1) ? $0 : String($0.dropFirst($1.count)) }
            statement = text.count > Self.longest ? text.prefix(Self.longest) + "..." : text
        }
        let subject = statement ?? message
        isHarmless =
            subject.contains(#/^\s*ALTER [A-Z ]+.* OWNER TO /#.ignoresCase())
            || subject.contains(
                #/^\s*(GRANT|REVOKE|ALTER DEFAULT PRIVILEGES|SET SESSION AUTHORIZATION) /#.ignoresCase()
            )
            || subject.contains(#/^\s*COMMENT ON (EXTENSION|DATABASE) /#.ignoresCase())
    }

    /// Whether it only follows from a COPY that failed: what was to be copied is taken for statements.
    var isNoise: Bool {
        message.hasPrefix("syntax error") || message.hasPrefix("invalid command") || message.hasPrefix("trailing junk")
    }
}

/// All that a load said, sorted.
package struct LoadReport: Sendable {
    package private(set) var failures: [DumpProblem] = []
    package private(set) var harmless: [DumpProblem] = []
    /// How many errors only followed from one before them.
    package private(set) var followers = 0
    private var isBehindCopy = false

    package init() {}

    package mutating func add(_ problem: DumpProblem) {
        // pg_restore counts its errors at the end; psql calls the end of input in a string an error.
        if problem.message.hasPrefix("errors ignored on restore") { return }
        if isBehindCopy, problem.isNoise {
            followers += 1
            return
        }
        isBehindCopy = problem.statement?.uppercased().hasPrefix("COPY ") ?? false
        if problem.isHarmless { harmless.append(problem) } else { failures.append(problem) }
    }
}
