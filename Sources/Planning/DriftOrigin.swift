import FleetModel
package import Resources

/// Finds who changed something, and when: in a server's log, else among what sessions sent last, else among the statements
/// that the server counts.
///
/// A log tells it only where statements are logged (`log_statement`: ddl or all); its lines start as pgsteer sets them
/// up: time, process, user, database, application. A statement that only might have done it is not named.
package enum DriftOrigin {
    /// The statements of a log, newest first, without those that failed.
    package struct Log: Sendable {
        fileprivate struct Entry: Sendable {
            var who: Substring
            var statement: Substring
        }

        fileprivate let entries: [Entry]

        package init(_ text: String) {
            var failed: Set<Substring> = []
            var entries: [Entry] = []
            // A statement of several lines goes on behind a tab.
            for line in text.replacing("\n\t", with: " ").split(separator: "\n").reversed() {
                let process = line.firstMatch(of: #/\[(\d+)\]/#)?.1 ?? ""
                if line.contains(" ERROR:  ") { failed.insert(process) }
                // As psql sends statements, and as drivers do.
                guard let mark = line.firstRange(of: #/LOG:  (?:statement|execute [^:]*): /#) else { continue }
                // An error is logged right behind the statement that made it.
                if failed.remove(process) != nil { continue }
                entries.append(Entry(who: line[..<mark.lowerBound], statement: line[mark.upperBound...]))
            }
            self.entries = entries
        }
    }

    /// Returns `bob in shop (psql) at 2026-11-25 01:02:03.004 UTC: ALTER ROLE ...`; nil where the log does not tell.
    package static func of(_ item: Drift.Item, in log: Log) -> String? {
        let trace = DriftTrace(item)
        for entry in log.entries {
            let sender = sender(entry.who)
            guard let fit = trace.fit(entry.statement, by: sender?.user, in: sender?.database) else { continue }
            // What we did last was put right by that: whoever was at it before is not to blame for what is found now. A
            // prefix that does not tell the program leaves our spelling to go by.
            let isOwn =
                sender.map { isOurs($0.program) }
                ?? (entry.who.contains(#/pgsteer/[a-z0-9]{10}/#) || isOurSpelling(entry.statement, of: trace))
            return fit == .touches || isOwn ? nil : "\(who(entry.who)): \(shown(entry.statement))"
        }
        return nil
    }

    /// Returns who did it by what a session sent last, or by what the server counts; nil where neither tells.
    ///
    /// - Parameter applied: When pgsteer last worked on the resource, in seconds since 1970-01-01T00:00:00Z: nothing before
    ///   that is to blame.
    package static func of(_ item: Drift.Item, in evidence: ChangeEvidence, after applied: Double?) -> String? {
        let trace = DriftTrace(item)
        for session in evidence.sessions where session.epoch > applied ?? 0 {
            guard let text = session.statement?.drop(while: \.isWhitespace),
                trace.fit(text, by: session.role, in: session.database) == .causes
            else { continue }
            return "\(session.who), which is still connected, at \(session.time ?? "?"): \(shown(text))"
        }
        var tellers: [String] = []
        for counted in evidence.statements {
            let text = counted.statement.drop(while: \.isWhitespace)
            guard trace.fit(text, by: counted.role, in: counted.database == "?" ? nil : counted.database) == .causes
            else { continue }
            // Which program sent it is not counted; what our own role sent is ours when it is spelled as we spell it.
            if counted.role.isSameName(as: evidence.role), isOurSpelling(text, of: trace) { continue }
            let time = counted.since.map { "counted since \($0)" } ?? "at a time that is not told"
            let teller = "\(counted.role) in \(counted.database), \(time): \(shown(text))"
            if !tellers.contains(teller) { tellers.append(teller) }
        }
        // Several who may have done it are a hint, many are none.
        return tellers.isEmpty || tellers.count > 3 ? nil : tellers.joined(separator: "; or ")
    }

    // MARK: Ours

    /// Whether a program is pgsteer, in a run or besides one.
    private static func isOurs(_ program: String) -> Bool { program == "pgsteer" || program.hasPrefix("pgsteer/") }

    /// Whether a statement begins in capitals and quotes every name, also those that need no quotes, as pgsteer does and
    /// people hardly ever do.
    private static func isOurSpelling(_ statement: Substring, of trace: DriftTrace) -> Bool {
        guard statement.prefix(while: \.isLetter).allSatisfy(\.isUppercase) else { return false }
        let words = StatementReader.statements(of: statement).flatMap(\.words)
        let isQuoting = words.contains { if case .quoted = $0 { true } else { false } }
        return isQuoting && !trace.names.contains { name in words.contains(.plain(name.lowercased())) }
    }

    // MARK: For people

    /// The statement up to its first literal, any of which may be a password.
    private static func shown(_ statement: Substring) -> String {
        // By scalars: an accent makes one Character of itself and the quote before it.
        let safe = String(statement.unicodeScalars.prefix { $0 != "'" && $0 != "$" })
        return safe.prefix(120) + (safe.count < statement.count ? "..." : "")
    }

    /// `2026-11-25 01:02:03.004 UTC [42] bob@shop/psql ` to `bob in shop (psql) at 2026-11-25 01:02:03.004 UTC`.
    private static func who(_ prefix: Substring) -> String {
        guard let match = prefix.wholeMatch(of: usualPrefix) else { return String(prefix) }
        guard let sender = sender(prefix) else { return "process \(match.2) at \(match.1)" }
        let program = sender.program.isEmpty ? "" : " (\(sender.program))"
        return "\(sender.user) in \(sender.database ?? "?")\(program) at \(match.1)"
    }

    /// Who sent a statement and with what; nil where the prefix does not tell.
    private static func sender(_ prefix: Substring) -> (user: String, database: String?, program: String)? {
        guard let match = prefix.wholeMatch(of: usualPrefix), let user = match.3 else { return nil }
        return (String(user), match.4.map(String.init), match.5.map(String.init) ?? "")
    }

    private static var usualPrefix: Regex<(Substring, Substring, Substring, Substring?, Substring?, Substring?)> {
        #/^(\S+ \S+ \S+) \[(\d+)\] (?:([^@]*)@([^\/]*)\/(.*?) ?)?$/#
    }
}
