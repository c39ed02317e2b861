import FleetModel
import Resources
import SQL
import SpecSchema

/// Tables and their rows.
enum TableChecks {
    static let all = [
        replicaIdentity, unloggedTables, largeObjects, foreignTables, firingTriggers, tablesWithOIDs, accessMethods,
        tablespaces,
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
            Large objects are in no table. They are copied with the whole database only, and changes of them arrive with the \
            cut-over; one of the target that has the number of the source's is in the way.
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
}
