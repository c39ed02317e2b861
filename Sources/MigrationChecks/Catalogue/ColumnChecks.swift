import Resources
import SQL

/// Columns and their types.
enum ColumnChecks {
    static let all = [
        equalityOperators, removedTypes, referenceColumns, xmlColumns, virtualColumns, compressionMethods,
    ]

    private static let equalityOperators = MigrationCheck(
        .equalityOperators,
        "rows of tables without a key can be compared",
        .failed,
        .changes,
        why: """
            A column whose type has no equality (json, xml, point ...) lets the first UPDATE or DELETE of such a table stop \
            the whole subscription.
            """,
        source: [.relations, .columns],
        decide: { facts in
            let compared = Set(
                facts.tables.filter { $0.persistence == "p" && ($0.lacksIdentity || $0.identity == "f") }.map(\.shown)
            )
            let columns = facts.chosen(facts.source.rows(.columns))
                .filter { $0.isTrue("lacks_equality") && compared.contains("\($0.text("schema")).\($0.text("table"))") }
            guard !columns.isEmpty else { return [] }
            let tables = Set(columns.map { Quoting.qualified($0.text("schema"), $0.text("table")) }).sorted()
            return [
                .failed(
                    "\(counted(columns.count, "column")) of tables without a key cannot be compared.",
                    columns.map(shownColumn),
                    fix: .source(tables.map { "ALTER TABLE \($0) ADD PRIMARY KEY (COLUMNS);" })
                )
            ]
        }
    )

    private static let removedTypes = MigrationCheck(
        .removedTypes,
        "every column's type exists in the target",
        .failed,
        why: "The types abstime, reltime and tinterval are gone since PostgreSQL 12.",
        source: [.columns],
        target: [.server],
        decide: { facts in
            guard facts.target.server.version >= 120_000 else { return [] }
            let columns = facts.chosen(facts.source.rows(.columns).filter { $0.isTrue("is_removed") })
            guard !columns.isEmpty else { return [] }
            let fix = CheckFix.source(columns.map { alter($0, "TYPE timestamptz") }, note: "or interval for reltime")
            return [
                .failed(
                    "The target lacks the types of \(counted(columns.count, "column")).",
                    columns.map(shownColumn),
                    fix: fix
                )
            ]
        }
    )

    private static let referenceColumns = MigrationCheck(
        .referenceColumns,
        "no column holds references to catalogues",
        .alarm,
        .rows,
        why: "What they name has another identifier in the target and must be there before the rows come.",
        source: [.columns],
        decide: { facts in
            let columns = facts.chosen(facts.source.rows(.columns).filter { $0.isTrue("is_reference") })
            guard !columns.isEmpty else { return [] }
            let fix = CheckFix.source(columns.map { alter($0, "TYPE text") }, note: "where the name alone is meant")
            return [
                .alarm(
                    "\(counted(columns.count, "column")) \(verb(columns.count, "has", "have")) a type such as regclass.",
                    columns.map(shownColumn),
                    fix: fix
                )
            ]
        }
    )

    private static let xmlColumns = MigrationCheck(
        .xmlColumns,
        "the target can read XML where the source has some",
        .failed,
        .rows,
        why: "A server that was built without libxml refuses every value of type xml.",
        source: [.columns],
        target: [.xml],
        decide: { facts in
            guard facts.target.refusals[.xml] != nil else { return [] }
            let columns = facts.chosen(facts.source.rows(.columns).filter { $0.text("type") == "xml" })
            guard !columns.isEmpty else { return [] }
            let fix = CheckFix.source(
                columns.map { alter($0, "TYPE text") },
                note: "or take a target built with libxml"
            )
            return [
                .failed(
                    "The target knows no XML; \(counted(columns.count, "column")) \(verb(columns.count, "needs", "need")) it.",
                    columns.map(shownColumn),
                    fix: fix
                )
            ]
        }
    )

    private static let virtualColumns = MigrationCheck(
        .virtualColumns,
        "the target has virtual columns where the source does",
        .failed,
        why: "Generated columns that are computed when they are read exist since PostgreSQL 18.",
        source: [.columns],
        target: [.server],
        decide: { facts in
            guard facts.target.server.version < 180_000 else { return [] }
            let columns = facts.chosen(facts.source.rows(.columns).filter { $0.isTrue("virtual") })
            guard !columns.isEmpty else { return [] }
            let fix = CheckFix.source(
                columns.map { "ALTER TABLE \(table(of: $0)) DROP COLUMN \(Quoting.identifier($0.text("name")));" },
                note: "and add them again as GENERATED ALWAYS AS (...) STORED"
            )
            return [
                .failed(
                    "\(counted(columns.count, "column")) \(verb(columns.count, "is", "are")) virtual.",
                    columns.map(shownColumn),
                    fix: fix
                )
            ]
        }
    )

    private static let compressionMethods = MigrationCheck(
        .compressionMethods,
        "the target compresses as the source does",
        .failed,
        why: "A server that was built without LZ4 cannot make columns with COMPRESSION lz4.",
        source: [.columns],
        target: [.settings],
        decide: { facts in
            let choices = facts.target.rows(.settings).first { $0.text("name") == "default_toast_compression" }?[
                "choices"
            ]
            guard !(choices ?? "").contains("lz4") else { return [] }
            let columns = facts.chosen(facts.source.rows(.columns).filter { $0.text("compression") == "l" })
            guard !columns.isEmpty else { return [] }
            let fix = CheckFix.source(columns.map { alter($0, "SET COMPRESSION pglz", isType: false) })
            return [
                .failed(
                    "The target has no LZ4; \(counted(columns.count, "column")) \(verb(columns.count, "asks", "ask")) for it.",
                    columns.map(shownColumn),
                    fix: fix
                )
            ]
        }
    )

    private static func shownColumn(_ row: Row) -> String {
        "\(row.text("schema")).\(row.text("table")).\(row.text("name")) (\(row.text("shown")))"
    }

    private static func table(of row: Row) -> String { Quoting.qualified(row.text("schema"), row.text("table")) }

    private static func alter(_ row: Row, _ change: String, isType: Bool = true) -> String {
        let column = Quoting.identifier(row.text("name"))
        let type = change.split(separator: " ").last.map(String.init) ?? ""
        let using = isType ? " USING \(column)::\(type)" : ""
        return "ALTER TABLE \(table(of: row)) ALTER COLUMN \(column) \(change)\(using);"
    }
}
