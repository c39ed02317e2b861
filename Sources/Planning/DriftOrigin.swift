import FleetModel
import Resources

/// Finds in a server's log who changed something, and when.
///
/// A log tells it only where statements are logged (`log_statement`: ddl or all); its lines start as pgsteer sets them
/// up: time, process, user, database, application. A statement that only might have done it is not named.
package enum DriftOrigin {
    /// The statements of a log, newest first, without those that failed.
    package struct Log: Sendable {
        fileprivate struct Entry: Sendable {
            var who: Substring
            var statement: Substring
            var isOwn: Bool
        }

        fileprivate let entries: [Entry]

        package init(_ text: String) {
            var failed: Set<Substring> = []
            var entries: [Entry] = []
            for line in text.split(separator: "\n").reversed() {
                let process = line.firstMatch(of: #/\[(\d+)\]/#)?.1 ?? ""
                if line.contains(" ERROR:  ") { failed.insert(process) }
                // As psql sends statements, and as drivers do.
                guard let mark = line.firstRange(of: #/LOG:  (?:statement|execute [^:]*): /#) else { continue }
                // An error is logged right behind the statement that made it.
                if failed.remove(process) != nil { continue }
                let who = line[..<mark.lowerBound]
                entries.append(
                    Entry(who: who, statement: line[mark.upperBound...], isOwn: who.contains("/pgsteer/"))
                )
            }
            self.entries = entries
        }
    }

    /// Returns `bob in shop (psql) at 2026-11-25 01:02:03.004 UTC: ALTER ROLE ...`; nil where the log does not tell.
    package static func of(_ item: Drift.Item, in log: Log) -> String? {
        guard let trace = trace(of: item), let entry = log.entries.first(where: { trace.isFound(in: $0.statement) })
        else {
            return nil
        }
        // What we did last was put right by that: whoever was at it before is not to blame for what is found now.
        return entry.isOwn ? nil : "\(who(entry.who)): \(shown(entry.statement))"
    }

    /// What a statement that changed an attribute must say.
    private struct Trace {
        /// One of these begins it.
        var starts: [String]
        /// All of these stand in it, letter for letter, as words.
        var names: [String]
        /// One of these stands in it, in any case; none is asked for when there are none.
        var keywords: [String] = []

        func isFound(in statement: Substring) -> Bool {
            let upper = statement.uppercased()
            return starts.contains { upper.hasPrefix($0) } && names.allSatisfy { DriftOrigin.has($0, in: statement) }
                && (keywords.isEmpty || keywords.contains { upper.contains($0) })
        }
    }

    private static func trace(of item: Drift.Item) -> Trace? {
        let name = item.resource.name
        let kind = item.resource.kind
        if kind == Instance.kind {
            guard item.attribute.hasPrefix("parameters.") else { return nil }
            return Trace(starts: ["ALTER SYSTEM"], names: [String(item.attribute.dropFirst("parameters.".count))])
        }
        if kind == Grant.kind { return grantTrace(item.attribute) }
        if kind == AccountSettings.kind { return Trace(starts: roles("ALTER"), names: [name], keywords: ["SET"]) }
        let noun = kind == Account.kind ? "ROLE" : kind.uppercased()
        let starts = kind == Account.kind ? roles("ALTER") : ["ALTER \(noun)"]
        if item.attribute.isEmpty {
            return Trace(starts: kind == Account.kind ? roles("DROP") : ["DROP \(noun)"], names: [name])
        }
        if item.attribute == "remark" { return Trace(starts: ["COMMENT ON \(noun)"], names: [name]) }
        let parts = item.attribute.split(separator: ".", maxSplits: 1).map(String.init)
        if parts.first == "memberships" { return Trace(starts: ["GRANT", "REVOKE"], names: [name, parts[1]]) }
        if parts.first == "settings" { return Trace(starts: starts, names: [name, parts[1]]) }
        return keywords[item.attribute].map { Trace(starts: starts, names: [name], keywords: $0) }
    }

    private static func roles(_ verb: String) -> [String] { ["\(verb) ROLE", "\(verb) USER", "\(verb) GROUP"] }

    private static let keywords: [String: [String]] = [
        "password": ["PASSWORD"], "passwordHash": ["PASSWORD"], "validUntil": ["VALID UNTIL"],
        "connectionLimit": ["CONNECTION LIMIT"], "login": ["LOGIN"], "createdb": ["CREATEDB"],
        "createrole": ["CREATEROLE"], "owner": ["OWNER TO"], "version": ["UPDATE"], "schema": ["SET SCHEMA"],
    ]

    /// `app: table public.orders`; where several objects are told as one, none of them is named.
    private static func grantTrace(_ attribute: String) -> Trace? {
        let parts = attribute.split(separator: ":", maxSplits: 1).map { String($0.drop { $0 == " " }) }
        guard parts.count == 2 else { return nil }
        let grantee = parts[0] == GrantRule.everybody ? [] : [parts[0]]
        if parts[1].hasPrefix("future") { return Trace(starts: ["ALTER DEFAULT PRIVILEGES"], names: grantee) }
        guard parts[1].first.map({ !$0.isNumber }) ?? false else {
            return Trace(starts: ["GRANT", "REVOKE"], names: grantee, keywords: ["ALL "])
        }
        let object = parts[1].prefix { $0 != "(" }.split(separator: ".").last ?? ""
        let name = object.split(separator: " ").last.map(String.init) ?? ""
        return Trace(starts: ["GRANT", "REVOKE"], names: grantee + [name])
    }

    /// Whether a name stands in a text and is not only a part of another one.
    private static func has(_ name: String, in text: Substring) -> Bool {
        func isLetter(_ character: Character?) -> Bool {
            character.map { $0.isLetter || $0.isNumber || $0 == "_" } ?? false
        }
        return text.ranges(of: name)
            .contains { range in
                let before = range.lowerBound > text.startIndex ? text[text.index(before: range.lowerBound)] : nil
                let after = range.upperBound < text.endIndex ? text[range.upperBound] : nil
                return !isLetter(before) && !isLetter(after)
            }
    }

    /// The statement up to its first literal, any of which may be a password.
    private static func shown(_ statement: Substring) -> String {
        // By scalars: an accent makes one Character of itself and the quote before it.
        let safe = String(statement.unicodeScalars.prefix { $0 != "'" && $0 != "$" })
        return safe.prefix(120) + (safe.count < statement.count ? "..." : "")
    }

    /// `2026-11-25 01:02:03.004 UTC [42] bob@shop/psql ` to `bob in shop (psql) at 2026-11-25 01:02:03.004 UTC`.
    private static func who(_ prefix: Substring) -> String {
        let pattern = #/^(\S+ \S+ \S+) \[(\d+)\] (?:([^@]*)@([^\/]*)\/(.*?) ?)?$/#
        guard let match = prefix.wholeMatch(of: pattern) else { return String(prefix) }
        let process = "process \(match.2)"
        let person = match.3.map { user in
            "\(user) in \(match.4 ?? "?")\(match.5.map { $0.isEmpty ? "" : " (\($0))" } ?? "")"
        }
        return "\(person ?? process) at \(match.1)"
    }
}
