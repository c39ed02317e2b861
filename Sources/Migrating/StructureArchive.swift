import SQL

/// What pg_restore wrote of one section of an archive, cut into its entries.
///
/// pg_restore with `--verbose` writes a comment before each entry that tells its number, its object and what it needs.
package struct StructureScript: Sendable, Equatable {
    package struct Entry: Sendable, Equatable {
        package var number: Int
        /// The object's OID on the source; 0 when the entry is about no object of its own.
        package var oid: Int
        /// The numbers of other entries.
        package var dependencies: [Int]
        /// `TABLE`, `INDEX`, `FK CONSTRAINT`, ...
        package var type: String
        package var text: String
    }

    /// Settings that go before every entry.
    package var preamble: String
    package var entries: [Entry]

    /// - Parameter text: What pg_restore wrote.
    package init(_ text: String) {
        preamble = ""
        entries = []
        var entry: Entry?
        var lines: [Substring] = []
        var token: Substring?
        // Bodies of functions may hold such lines, too: nothing of them gets lost, since every line is kept.
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            // psql's own; not for a server.
            if entry == nil, line.hasPrefix("\\restrict ") {
                token = line.dropFirst("\\restrict ".count)
                continue
            }
            if let token, line == "\\unrestrict \(token)" { continue }
            if line.hasPrefix("-- TOC entry "), lines.last == "--" {
                finish(entry, lines)
                lines = [line]
                entry = Self.entry(line)
                continue
            }
            if entry?.type == "", line.hasPrefix("-- Dependencies: ") {
                entry?.dependencies = line.dropFirst(17).split(separator: " ").compactMap { Int($0) }
            } else if entry?.type == "", line.hasPrefix("-- Name: ") {
                entry?.type = Self.type(in: line)
            }
            lines.append(line)
        }
        finish(entry, lines)
    }

    private mutating func finish(_ entry: Entry?, _ lines: [Substring]) {
        let text = lines.joined(separator: "\n")
        guard var entry else {
            preamble = text
            return
        }
        entry.text = text
        entries.append(entry)
    }

    /// `-- TOC entry 3219 (class 2606 OID 16393)`
    private static func entry(_ line: Substring) -> Entry {
        let words = line.split { $0 == " " || $0 == "(" || $0 == ")" }
        let numbers = words.compactMap { Int($0) }
        return Entry(number: numbers.first ?? 0, oid: numbers.last ?? 0, dependencies: [], type: "", text: "")
    }

    /// `-- Name: T;x T;x_pkey; Type: CONSTRAINT; Schema: We ird; Owner: postgres`; a name may hold anything but a line's end.
    private static func type(in line: Substring) -> String {
        guard let schema = line.ranges(of: "; Schema: ").last,
            let type = line[..<schema.lowerBound].ranges(of: "; Type: ").last
        else { return "" }
        return String(line[type.upperBound..<schema.lowerBound])
    }

    /// The preamble without settings that the target does not have.
    package func preamble(knowing settings: Set<String>) -> String {
        preamble.split(separator: "\n")
            .filter { line in
                guard line.hasPrefix("SET ") else { return true }
                return settings.contains(String(line.dropFirst(4).prefix { $0 != " " }))
            }
            .joined(separator: "\n")
    }

    /// Entries as one script.
    package static func script(_ entries: [Entry]) -> String {
        entries.map(\.adapted).joined(separator: "\n")
    }
}

extension StructureScript.Entry {
    /// The text as the target takes it: a schema may be there already, and an internal version of columns that some
    /// minor releases of PostgreSQL 15 keep (`pg_attver`) means nothing to others.
    package var adapted: String {
        var text = self.text
        if type == "SCHEMA", let range = text.firstRange(of: "\nCREATE SCHEMA ") {
            text.replaceSubrange(range, with: "\nCREATE SCHEMA IF NOT EXISTS ")
        }
        // What people wrote stays as it is.
        guard text.contains("pg_attver"), !["FUNCTION", "PROCEDURE", "COMMENT"].contains(type) else { return text }
        return text.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !($0.hasPrefix("ALTER ") && $0.contains(" SET (pg_attver=")) }
            .joined(separator: "\n")
    }
}
