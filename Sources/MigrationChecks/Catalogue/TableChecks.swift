import FleetModel
import Resources
import SQL
import SpecSchema

/// Tables and their rows.
enum TableChecks {
    static let all = [
        replicaIdentity, equalityOperators, unloggedTables, largeObjects, foreignTables, firingTriggers, tablesWithOIDs,
        removedTypes, referenceColumns, xmlColumns, virtualColumns, compressionMethods, accessMethods, tablespaces,
    ]

    private static let replicaIdentity = MigrationCheck(
        .replicaIdentity,
        "every table has a key",
        .alarm,
        .changes,
        why: """
            Without one, changed rows are told apart by all their columns: until the migration ends the table gets REPLICA \
            IDENTITY FULL, and each change of it may read the whole table in the target.
            """,
        source: [.relations],
        decide: { facts in
            let keyless = facts.tables.filter { $0.persistence == "p" && $0.lacksIdentity }
            guard !keyless.isEmpty else { return [] }
            return [
                .alarm(
                    "\(counted(keyless.count, "table")) \(verb(keyless.count, "has", "have")) neither a primary key nor another replica identity.",
                    keyless.map { "\($0.shown) (\(ByteCount(bytes: $0.bytes).rounded))" },
                    fix: .source(keyless.map { "ALTER TABLE \($0.quoted) ADD PRIMARY KEY (COLUMNS);" })
                )
            ]
        }
    )

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

    private static let unloggedTables = MigrationCheck(
        .unloggedTables,
        "every table is logged",
        .alarm,
        .changes,
        why: "Unlogged tables are copied, but what changes in them afterwards is in no log and is not followed.",
        source: [.relations],
        decide: { facts in
            let unlogged = facts.tables.filter { $0.persistence == "u" }
            guard !unlogged.isEmpty else { return [] }
            return [
                .alarm(
                    "\(counted(unlogged.count, "table")) \(verb(unlogged.count, "is", "are")) unlogged.",
                    unlogged.map(\.shown),
                    fix: .source(unlogged.map { "ALTER TABLE \($0.quoted) SET LOGGED;" })
                )
            ]
        }
    )

    private static let largeObjects = MigrationCheck(
        .largeObjects,
        "large objects are not changed meanwhile, and the target has none",
        .failed,
        .rows,
        why: """
            Large objects are in no table. They are copied with the whole database only, changes of them arrive with the \
            cut-over, and the target's become what the source's are.
            """,
        source: [.largeObjects],
        target: [.largeObjects],
        decide: { facts in
            let there = facts.target.rows(.largeObjects).first?.integer("count") ?? 0
            let count = facts.source.rows(.largeObjects).first?.integer("count") ?? 0
            var findings: [CheckFinding] = []
            if there > 0, facts.migration.objects.isEverything {
                let fix = CheckFix.target(
                    "SELECT lo_unlink(oid) FROM pg_largeobject_metadata;",
                    note: "where nobody needs them; else name another database as the target"
                )
                findings.append(.failed("The target has \(counted(there, "large object")) of its own.", fix: fix))
            }
            guard count > 0 else { return findings }
            let fix = CheckFix.source("SELECT oid, lomowner::regrole FROM pg_largeobject_metadata;")
            let objects = counted(count, "large object")
            if !facts.migration.objects.isEverything {
                findings.append(.alarm("The source has \(objects), which a selection leaves out.", fix: fix))
            } else if facts.migration.type.value == .fullAndIncremental {
                findings.append(.alarm("The source has \(objects), whose changes are not followed.", fix: fix))
            }
            return findings
        }
    )

    private static let foreignTables = MigrationCheck(
        .foreignTables,
        "no table's rows are on another server",
        .alarm,
        why: "Of a foreign table only the definition is moved, and the target must be able to reach that server.",
        source: [.relations],
        decide: { facts in
            let foreign = facts.chosen.filter { $0.kind == "f" }
            guard !foreign.isEmpty else { return [] }
            return [
                .alarm(
                    "\(counted(foreign.count, "foreign table")) \(verb(foreign.count, "is", "are")) among what is moved.",
                    foreign.map(\.shown),
                    fix: .specification(
                        "objects: { exclude: { tables: [\(foreign.map(\.shown).joined(separator: ", "))] } }",
                        note: "or make user mappings with their passwords in the target"
                    )
                )
            ]
        }
    )

    private static let firingTriggers = MigrationCheck(
        .firingTriggers,
        "no trigger fires for replicated rows",
        .alarm,
        .changes,
        why: "Such a trigger does again in the target what it did in the source: rows appear twice.",
        source: [.triggers],
        decide: { facts in
            let triggers = facts.chosen(facts.source.rows(.triggers).filter { $0.text("kind") == "table" })
            guard !triggers.isEmpty else { return [] }
            return [
                .alarm(
                    "\(counted(triggers.count, "trigger")) \(verb(triggers.count, "is", "are")) enabled ALWAYS or REPLICA.",
                    triggers.map { "\($0.text("name")) on \($0.text("schema")).\($0.text("table"))" },
                    fix: .target(
                        triggers.map {
                            "ALTER TABLE \(Quoting.qualified($0.text("schema"), $0.text("table"))) ENABLE TRIGGER \(Quoting.identifier($0.text("name")));"
                        },
                        note: "as soon as the structure is there; put it back after the cut-over"
                    )
                )
            ]
        }
    )

    private static let tablesWithOIDs = MigrationCheck(
        .tablesWithOIDs,
        "no table has hidden object identifiers",
        .alarm,
        why: "PostgreSQL 12 and later have no tables WITH OIDS; programs that read the column oid find none.",
        source: [.relations],
        target: [.server],
        decide: { facts in
            let tables = facts.target.server.version >= 120_000 ? facts.tables.filter(\.hasOIDs) : []
            guard !tables.isEmpty else { return [] }
            return [
                .alarm(
                    "\(counted(tables.count, "table")) \(verb(tables.count, "is", "are")) made WITH OIDS.",
                    tables.map(\.shown),
                    fix: .source(tables.map { "ALTER TABLE \($0.quoted) SET WITHOUT OIDS;" })
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

    private static let accessMethods = MigrationCheck(
        .accessMethods,
        "the target has the access methods of all tables",
        .failed,
        why: "A table that is kept in another way than as a heap needs the extension that does it.",
        source: [.relations],
        target: [.accessMethods],
        decide: { facts in
            let known = facts.target.names(.accessMethods).union(["heap"])
            let tables = facts.chosen.filter { $0.method.map { !known.contains($0) } ?? false }
            guard !tables.isEmpty else { return [] }
            return [
                .failed(
                    "The target lacks the access methods of \(counted(tables.count, "table")).",
                    tables.map { "\($0.shown) (\($0.method ?? ""))" },
                    fix: .source(
                        tables.map { "ALTER TABLE \($0.quoted) SET ACCESS METHOD heap;" },
                        note: "15 and later"
                    )
                )
            ]
        }
    )

    private static let tablespaces = MigrationCheck(
        .tablespaces,
        "no table is in a tablespace of its own",
        .alarm,
        why: "Everything is made in the target's default tablespace, on whatever disk that is.",
        source: [.relations],
        decide: { facts in
            let tables = facts.chosen.filter { $0.tablespace != nil }
            guard !tables.isEmpty else { return [] }
            let fix = CheckFix.target(
                tables.map { "ALTER TABLE \($0.quoted) SET TABLESPACE \(Quoting.identifier($0.tablespace ?? ""));" },
                note: "after the migration, where the target has such a tablespace"
            )
            let found = "\(counted(tables.count, "relation")) \(verb(tables.count, "is", "are")) in a tablespace."
            return [.alarm(found, tables.map { "\($0.shown) (\($0.tablespace ?? ""))" }, fix: fix)]
        }
    )

    // MARK: Columns

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

extension ByteCount {
    /// About how much, in the largest unit of which there is at least one.
    var rounded: String {
        for (unit, factor) in [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
        where bytes >= factor {
            let tenths = bytes * 10 / factor
            return tenths < 100 ? "\(tenths / 10).\(tenths % 10) \(unit)" : "\(tenths / 10) \(unit)"
        }
        return "\(bytes) bytes"
    }
}
