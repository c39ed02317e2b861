import Resources
import SQL

/// Schemas that have another name in the target.
enum RenamingChecks {
    static let renamedSchemas = MigrationCheck(
        .renamedSchemas,
        "schemas can have their new names",
        .failed,
        .renaming,
        why:
            "A schema is made under its old name and renamed at the end; views and keys follow it, the texts of functions do not.",
        source: [.schemas, .bodies],
        target: [.schemas],
        decide: { facts in absent(facts) + taken(facts) + mentioned(facts) }
    )

    private static func absent(_ facts: CheckFacts) -> [CheckFinding] {
        let there = facts.source.names(.schemas).filter { facts.includes(schema: $0) }
        let missing = facts.migration.renaming.schemas.keys.filter { !there.contains($0) }.sorted()
        guard !missing.isEmpty else { return [] }
        let found =
            "\(counted(missing.count, "schema")) of rename \(verb(missing.count, "is", "are")) not moved as a whole."
        let fix = CheckFix.specification(
            "rename: { schemas: { ... } }",
            note: "name schemas that are moved, by the source's names"
        )
        return [.failed(found, missing, fix: fix)]
    }

    /// Old names are needed while it is copied, new ones at the end; what is there would be renamed along.
    private static func taken(_ facts: CheckFacts) -> [CheckFinding] {
        let renaming = facts.migration.renaming
        let wanted = Set(renaming.schemas.keys).union(renaming.schemas.values)
        let inTheWay = facts.target.rows(.schemas)
            .filter { wanted.contains($0.text("name")) && ($0.text("name") != "public" || $0.integer("objects") != 0) }
            .map { $0.text("name") }.sorted()
        guard !inTheWay.isEmpty else { return [] }
        let fix = CheckFix.target(
            inTheWay.map { "DROP SCHEMA \(Quoting.identifier($0)) CASCADE;" },
            note: "if nobody needs what is there, or choose other names"
        )
        return [
            .failed(
                "The target has \(counted(inTheWay.count, "schema")) whose \(verb(inTheWay.count, "name is", "names are")) needed.",
                inTheWay,
                fix: fix
            )
        ]
    }

    private static func mentioned(_ facts: CheckFacts) -> [CheckFinding] {
        let old = Set(facts.migration.renaming.schemas.keys)
        let naming = facts.source.rows(.bodies)
            .filter { facts.includes(schema: $0.text("schema")) && names($0.text("text"), anyOf: old) }
        guard !naming.isEmpty else { return [] }
        let fix = CheckFix.target(
            naming.map {
                "ALTER FUNCTION \(Quoting.routine(facts.migration.renaming.target($0.text("schema")), $0.text("name"))) ...;"
            },
            note: "after the migration: CREATE OR REPLACE each with the new name in its text"
        )
        return [
            .alarm(
                "\(counted(naming.count, "function")) \(verb(naming.count, "names", "name")) a schema by its old name.",
                naming.map { "\($0.text("schema")).\($0.text("name"))" },
                fix: fix
            )
        ]
    }

    /// Whether a text has one of the names as a word of its own, or in double quotes.
    static func names(_ text: String, anyOf names: Set<String>) -> Bool {
        if names.contains(where: { text.contains(Quoting.identifier($0)) }) { return true }
        return text.split { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == "$") }
            .contains { names.contains(String($0)) }
    }
}
