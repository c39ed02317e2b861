import Resources
import SQL

/// What is chosen, what the target has already, and what is unfinished among it.
enum DefinitionChecks {
    static let all = [
        selectionClosure, emptySelection, sameObjects, targetNotEmpty, RenamingChecks.renamedSchemas, invalidIndexes,
        unvalidatedConstraints, unpopulatedViews, replicationObjects,
    ]

    private static let selectionClosure = MigrationCheck(
        .selectionClosure,
        "what is chosen needs nothing that is not",
        .failed,
        .selection,
        why: "A foreign key, a view, a trigger or a column cannot be made without what it is about.",
        source: [.dependencies],
        decide: { facts in
            let selection = facts.migration.objects
            let missing = facts.source.rows(.dependencies)
                .filter { row in
                    guard selection.includes(schema: row.text("schema"), table: row.text("name")) else { return false }
                    let (schema, name) = (row.text("needed_schema"), row.text("needed_name"))
                    // A routine or a type of a schema that is not chosen as a whole is not moved.
                    return row.text("needed_kind") == "r"
                        ? !selection.includes(schema: schema, table: name) : !selection.includes(schema: schema)
                }
            guard !missing.isEmpty else { return [] }
            let tables = missing.filter { $0.text("needed_kind") == "r" }
                .map { "\($0.text("needed_schema")).\($0.text("needed_name"))" }
            let schemas = missing.filter { $0.text("needed_kind") != "r" }.map { $0.text("needed_schema") }
            var lines: [String] = []
            if !tables.isEmpty { lines.append("tables: [..., \(Set(tables).sorted().joined(separator: ", "))]") }
            if !schemas.isEmpty { lines.append("schemas: [..., \(Set(schemas).sorted().joined(separator: ", "))]") }
            let fix = CheckFix.specification(
                "objects: { \(lines.joined(separator: ", ")) }",
                note: "or exclude what needs it"
            )
            return [
                .failed(
                    "What is chosen needs \(counted(missing.count, "thing")) that \(verb(missing.count, "is", "are")) not.",
                    missing.map {
                        "\($0.text("schema")).\($0.text("name")) needs \($0.text("needed_schema")).\($0.text("needed_name")) (\($0.text("why")))"
                    },
                    fix: fix
                )
            ]
        }
    )

    private static let emptySelection = MigrationCheck(
        .emptySelection,
        "every pattern finds something",
        .failed,
        .selection,
        why: "A name that finds nothing is most often written wrong, and its table would be missing in the target.",
        source: [.relations, .objects],
        decide: { facts in
            let selection = facts.migration.objects
            let relations = facts.source.rows(.relations).map(SourceRelation.init)
            let schemas = Set(facts.source.rows(.objects).map { $0.text("schema") }).union(relations.map(\.schema))
            let unused =
                selection.schemas.filter { pattern in !schemas.contains { pattern.matches($0) } }.map(\.text)
                + selection.tables
                .filter { pattern in
                    !relations.contains { pattern.matches(schema: $0.schema, table: $0.name) }
                }
                .map(\.description)
            let fix = CheckFix.specification(
                "objects: { ... }",
                note: "the letters' case counts, and tables are SCHEMA.TABLE"
            )
            if !unused.isEmpty {
                return [
                    .failed(
                        "\(counted(unused.count, "pattern")) of objects \(verb(unused.count, "finds", "find")) nothing.",
                        unused,
                        fix: fix
                    )
                ]
            }
            return facts.chosen.isEmpty ? [.failed("Everything that is chosen is excluded.", fix: fix)] : []
        }
    )

    /// Names of what is moved, as `kind schema.name`.
    private static func names(_ facts: CheckFacts) -> Set<String> {
        Set(
            facts.source.rows(.objects)
                .filter { row in
                    row.text("form") == "r"
                        ? facts.migration.objects.includes(schema: row.text("schema"), table: row.text("name"))
                        : facts.includes(schema: row.text("schema"))
                }
                .map { "\($0.text("form")) \($0.text("schema")).\($0.text("name"))" }
        )
    }

    private static let sameObjects = MigrationCheck(
        .sameObjects,
        "nothing in the target has the name of what is moved",
        .failed,
        why: "Nothing that exists in the target is replaced or mixed with what comes.",
        source: [.objects],
        target: [.objects],
        decide: { facts in
            let names = names(facts)
            let same = facts.target.rows(.objects)
                .filter { names.contains("\($0.text("form")) \($0.text("schema")).\($0.text("name"))") }
            guard !same.isEmpty else { return [] }
            let fix = CheckFix.target(same.map(removal), note: "or name an empty database as the target")
            return [
                .failed("The target has \(counted(same.count, "object")) of the same name.", same.map(shown), fix: fix)
            ]
        }
    )

    private static let targetNotEmpty = MigrationCheck(
        .targetNotEmpty,
        "the target is empty",
        .alarm,
        why: "What is there stays beside what is moved; two applications may then share a database unawares.",
        source: [.objects],
        target: [.objects],
        decide: { facts in
            let names = names(facts)
            let others = facts.target.rows(.objects)
                .filter { !names.contains("\($0.text("form")) \($0.text("schema")).\($0.text("name"))") }
            guard !others.isEmpty else { return [] }
            let fix = CheckFix.target(
                "CREATE DATABASE NAME;",
                note: "and name that as the target, unless this is meant"
            )
            return [
                .alarm("The target has \(counted(others.count, "object")) of its own.", others.map(shown), fix: fix)
            ]
        }
    )

    private static func shown(_ row: Row) -> String { "\(row.text("kind")) \(row.text("schema")).\(row.text("name"))" }

    private static func removal(_ row: Row) -> String {
        let (schema, name) = (row.text("schema"), row.text("name"))
        let quoted = row.text("form") == "f" ? Quoting.routine(schema, name) : Quoting.qualified(schema, name)
        return "DROP \(row.text("kind").uppercased()) \(quoted) CASCADE;"
    }

    private static let invalidIndexes = MigrationCheck(
        .invalidIndexes,
        "every index is valid",
        .alarm,
        why:
            "An index whose making was interrupted is made anew in the target, and may fail there for the same reason.",
        source: [.defects],
        decide: { facts in
            let found = facts.chosen(facts.source.rows(.defects).filter { $0.text("kind") == "index" })
            guard !found.isEmpty else { return [] }
            let fix = CheckFix.source(
                found.map { "REINDEX INDEX \(Quoting.qualified($0.text("schema"), $0.text("name")));" }
            )
            return [
                .alarm(
                    "\(counted(found.count, "index", "indexes")) \(verb(found.count, "is", "are")) invalid.",
                    found.map { "\($0.text("schema")).\($0.text("name")) on \($0.text("table"))" },
                    fix: fix
                )
            ]
        }
    )

    private static let unvalidatedConstraints = MigrationCheck(
        .unvalidatedConstraints,
        "every constraint holds",
        .alarm,
        why: "A constraint that was never validated may be broken by rows that exist; it is carried as it is.",
        source: [.defects],
        decide: { facts in
            let found = facts.chosen(facts.source.rows(.defects).filter { $0.text("kind") == "constraint" })
            guard !found.isEmpty else { return [] }
            let fix = CheckFix.source(
                found.map {
                    "ALTER TABLE \(Quoting.qualified($0.text("schema"), $0.text("table"))) VALIDATE CONSTRAINT \(Quoting.identifier($0.text("name")));"
                }
            )
            return [
                .alarm(
                    "\(counted(found.count, "constraint")) \(verb(found.count, "was", "were")) never validated.",
                    found.map { "\($0.text("name")) of \($0.text("schema")).\($0.text("table"))" },
                    fix: fix
                )
            ]
        }
    )

    private static let unpopulatedViews = MigrationCheck(
        .unpopulatedViews,
        "every materialized view has been filled",
        .alarm,
        .rows,
        why: "A view that is empty in the source stays empty in the target.",
        source: [.relations],
        decide: { facts in
            let views = facts.chosen.filter { $0.kind == "m" && !$0.isPopulated }
            guard !views.isEmpty else { return [] }
            let fix = CheckFix.source(views.map { "REFRESH MATERIALIZED VIEW \($0.quoted);" })
            return [
                .alarm(
                    "\(counted(views.count, "materialized view")) \(verb(views.count, "has", "have")) never been filled.",
                    views.map(\.shown),
                    fix: fix
                )
            ]
        }
    )

    private static let replicationObjects = MigrationCheck(
        .replicationObjects,
        "the source neither publishes nor subscribes",
        .alarm,
        why: "Publications and subscriptions are not moved: who reads from the source must be told of the target.",
        source: [.replication],
        decide: { facts in
            let found = facts.source.rows(.replication)
                .filter {
                    ["publication", "subscription"].contains($0.text("kind")) && !$0.text("name").hasPrefix("pgsteer_")
                }
            guard !found.isEmpty else { return [] }
            let fix = CheckFix.target(
                "CREATE PUBLICATION NAME FOR TABLE ...;",
                note: "after the cut-over, for each that is needed there"
            )
            return [
                .alarm(
                    "The source has \(counted(found.count, "publication or subscription", "publications and subscriptions")).",
                    found.map { "\($0.text("kind")) \($0.text("name"))" },
                    fix: fix
                )
            ]
        }
    )
}
