import SQL

/// A definition that has changed on the source since the structure was made, and that the target does not have yet.
package struct DefinitionChange: Codable, Hashable, Sendable {
    package enum Nature: String, Codable, Sendable { case added, removed, renamed, changed }

    package var kind: Definition.Kind
    package var nature: Nature
    package var schema: String
    package var relation: String?
    /// Its name when the structure was made, or, when it was added, its name now.
    package var name: String
    package var newName: String?
    /// What it was, and what it is now; nil where there is none, or where it would be too long to be shown.
    package var before: String?
    package var after: String?
    /// What makes the target agree; nil when the statement cannot be told from the catalogue.
    package var command: String?

    /// As people say it: `column note of sales.orders`.
    package var shown: String {
        switch kind {
        case .table, .view, .sequence, .function, .type: "\(kind.rawValue) \(schema).\(name)"
        case .column, .index, .constraint, .trigger, .rule, .policy:
            "\(kind.rawValue) \(name) of \(schema).\(relation ?? "")"
        }
    }

    /// What happened, without a full stop: `column note of sales.orders was added (text)`.
    package var sentence: String {
        switch nature {
        case .added: "\(shown) was added\(after.map { " (\($0))" } ?? "")"
        case .removed: "\(shown) was dropped"
        case .renamed: "\(shown) was renamed to \(newName ?? "")"
        case .changed:
            if let before, let after { "\(shown) was \(before) and is \(after)" } else { "\(shown) was changed" }
        }
    }

    /// Whether a row of the source may not fit into the target any more.
    package var mayStopRows: Bool { kind == .column || kind == .table && nature != .added }

    /// What to do about it on the target.
    package var advice: String {
        if let command { return command }
        if kind == .table, nature == .added {
            return
                "make it there, too, as pg_dump --schema-only --table '\(schema).\(name)' of the source tells it; then pgsteer migration resume brings its rows"
        }
        return "make the same change on the target"
    }
}

extension DefinitionBaseline {
    /// Returns what has changed on the source and differs on the target, in the order of their names.
    ///
    /// Nothing is left of a change that was made on the target, too. Where the words of two majors cannot be compared, a
    /// definition that has changed on both ends counts as the same change.
    package func unresolved(source: [Definition], target: [Definition]) -> [DefinitionChange] {
        let comparison = Comparison(
            before: Self.byKey(self.source),
            now: Self.byKey(source),
            there: Self.byKey(target),
            thereBefore: Self.byKey(self.target)
        )
        return comparison.changes
    }

    private static func byKey(_ definitions: [Definition]) -> [Definition.Key: Definition] {
        Dictionary(definitions.map { ($0.key, $0) }) { first, _ in first }
    }

    private struct Comparison {
        typealias Definitions = [Definition.Key: Definition]
        var before: Definitions
        var now: Definitions
        var there: Definitions
        var thereBefore: Definitions

        var changes: [DefinitionChange] {
            let touched = Set(before.keys).union(now.keys).filter { before[$0]?.text != now[$0]?.text }
            let open = touched.filter { !agrees($0) }
            guard !open.isEmpty else { return [] }
            let tables = TableChanges(touched: touched, before: before, now: now)
            var changes: [DefinitionChange] = []
            var rest: [Definition.Key] = []
            var openTables: Set<Definition.Key> = []
            for key in open {
                if let table = tables.change(of: key) { openTables.insert(table) } else { rest.append(key) }
            }
            changes += openTables.map { tables.shown($0) }
            changes += single(rest)
            return changes.sorted {
                ($0.schema, $0.relation ?? $0.name, $0.sentence) < ($1.schema, $1.relation ?? $1.name, $1.sentence)
            }
        }

        /// Whether the target has what the source has now.
        private func agrees(_ key: Definition.Key) -> Bool {
            if there[key]?.text == now[key]?.text { return true }
            guard key.kind.isWordedByServer, now[key] != nil, let theirs = there[key] else { return false }
            return theirs.text != thereBefore[key]?.text
        }

        /// Changes outside of tables that are new, gone or renamed as a whole.
        private func single(_ keys: [Definition.Key]) -> [DefinitionChange] {
            let removed = keys.filter { now[$0] == nil }
            var added = Set(keys.filter { before[$0] == nil })
            var changes: [DefinitionChange] = []
            for key in removed {
                let successor = added.first { other in
                    other.kind == key.kind && other.schema == key.schema && other.relation == key.relation
                        && now[other]?.number == before[key]?.number
                }
                if let successor {
                    added.remove(successor)
                    changes.append(change(key, .renamed, to: successor.name))
                } else {
                    changes.append(change(key, .removed))
                }
            }
            changes += added.map { change($0, .added) }
            changes += keys.filter { before[$0] != nil && now[$0] != nil }.map { change($0, .changed) }
            return changes
        }

        private func change(
            _ key: Definition.Key,
            _ nature: DefinitionChange.Nature,
            to newName: String? = nil
        ) -> DefinitionChange {
            let isShort = [.column, .constraint, .type, .sequence].contains(key.kind)
            var change = DefinitionChange(
                kind: key.kind,
                nature: nature,
                schema: key.schema,
                relation: key.relation,
                name: key.name,
                newName: newName,
                before: isShort ? before[key]?.text : nil,
                after: isShort && nature != .renamed ? now[key]?.text : nil
            )
            change.command = DefinitionCommand.command(change, text: now[key]?.text)
            return change
        }
    }

    /// Tables that are new, gone or renamed: what belongs to them is told as one change.
    private struct TableChanges {
        private var added: Set<Definition.Key> = []
        private var removed: Set<Definition.Key> = []
        /// From the key of the old name to that of the new one, and back.
        private var successors: [Definition.Key: Definition.Key] = [:]
        private var predecessors: [Definition.Key: Definition.Key] = [:]

        init(
            touched: Set<Definition.Key>,
            before: [Definition.Key: Definition],
            now: [Definition.Key: Definition]
        ) {
            let tables = touched.filter { $0.kind == .table }
            added = tables.filter { before[$0] == nil }
            removed = tables.filter { now[$0] == nil }
            for old in removed {
                guard let new = added.first(where: { now[$0]?.number == before[old]?.number }) else { continue }
                successors[old] = new
                predecessors[new] = old
            }
        }

        /// The table whose change a key belongs to, by its old name where it was renamed; nil when there is none.
        func change(of key: Definition.Key) -> Definition.Key? {
            let table = Definition.Key(kind: .table, schema: key.schema, relation: nil, name: key.relation ?? key.name)
            guard key.relation != nil || key.kind == .table else { return nil }
            if let old = predecessors[table] { return old }
            return added.contains(table) || removed.contains(table) ? table : nil
        }

        func shown(_ table: Definition.Key) -> DefinitionChange {
            let successor = successors[table]
            var change = DefinitionChange(
                kind: .table,
                nature: successor != nil ? .renamed : added.contains(table) ? .added : .removed,
                schema: table.schema,
                name: table.name,
                newName: successor.map { $0.schema == table.schema ? $0.name : "\($0.schema).\($0.name)" }
            )
            // A table that went to another schema as well needs two statements; the sentence says enough.
            if successor == nil || successor?.schema == table.schema {
                change.command = DefinitionCommand.command(change, text: nil)
            }
            return change
        }
    }
}

/// Statements that repeat a change on the target, where the catalogue's words are enough for one.
enum DefinitionCommand {
    static func command(_ change: DefinitionChange, text: String?) -> String? {
        let name = Quoting.identifier(change.name)
        let whole = "\(Quoting.identifier(change.schema)).\(name)"
        let table = change.relation.map { "\(Quoting.identifier(change.schema)).\(Quoting.identifier($0))" } ?? whole
        switch (change.kind, change.nature) {
        case (.column, .added):
            guard let text, !text.contains(" GENERATED "), !text.contains(" IDENTITY ") else { return nil }
            return "ALTER TABLE \(table) ADD COLUMN \(name) \(text);"
        case (.column, .removed): return "ALTER TABLE \(table) DROP COLUMN \(name);"
        case (.column, .renamed):
            return "ALTER TABLE \(table) RENAME COLUMN \(name) TO \(Quoting.identifier(change.newName ?? ""));"
        case (.table, .removed): return "DROP TABLE \(whole);"
        case (.table, .renamed):
            return "ALTER TABLE \(whole) RENAME TO \(Quoting.identifier(change.newName ?? ""));"
        case (.index, .added): return text.map { $0 + ";" }
        case (.index, .removed): return "DROP INDEX \(whole);"
        case (.index, .renamed):
            return "ALTER INDEX \(whole) RENAME TO \(Quoting.identifier(change.newName ?? ""));"
        case (.constraint, .added): return text.map { "ALTER TABLE \(table) ADD CONSTRAINT \(name) \($0);" }
        case (.constraint, .removed): return "ALTER TABLE \(table) DROP CONSTRAINT \(name);"
        case (.trigger, .added): return text.map { $0 + ";" }
        case (.trigger, .removed): return "DROP TRIGGER \(name) ON \(table);"
        case (.view, .removed), (.sequence, .removed):
            return "DROP \(change.kind == .view ? "VIEW" : "SEQUENCE") \(whole);"
        default: return nil
        }
    }
}
