import Resources
import SQL

/// Functions, operators and event triggers: what runs inside the server.
enum CodeChecks {
    static let all = [eventTriggers, cFunctions, languages, securityDefiners, removedOperators]

    private static let eventTriggers = MigrationCheck(
        .eventTriggers,
        "there are no event triggers",
        .alarm,
        why: "Only a superuser makes them, and one that exists fires while the rest of the structure is made.",
        source: [.triggers],
        target: [.server],
        decide: { facts in
            let names = facts.source.rows(.triggers).filter { $0.text("kind") == "event" }.map { $0.text("name") }
            guard !names.isEmpty else { return [] }
            let fix = CheckFix.target(
                names.map { "ALTER EVENT TRIGGER \(Quoting.identifier($0)) ENABLE;" },
                note: "see that they are there after the migration"
            )
            let rights =
                facts.target.server.isTrue("superuser")
                ? "" : "; the target's account is no superuser and cannot make them"
            return [.alarm("The source has \(counted(names.count, "event trigger"))\(rights).", names, fix: fix)]
        }
    )

    private static let cFunctions = MigrationCheck(
        .cFunctions,
        "no function is in a library of its own",
        .alarm,
        why: "The library must be on the target's host before the function can be made.",
        source: [.routines],
        decide: { facts in
            let found = facts.source.rows(.routines)
                .filter { $0.text("language") == "c" && facts.includes(schema: $0.text("schema")) }
            guard !found.isEmpty else { return [] }
            let libraries = Set(found.compactMap { $0["library"] }).sorted()
            return [
                .alarm(
                    "\(counted(found.count, "function")) outside of extensions \(verb(found.count, "is", "are")) written in C.",
                    found.map { "\(routine($0)) (\($0.text("library")))" },
                    fix: .target(
                        libraries.map { "LOAD \(Quoting.literal($0));" },
                        note: "install the library on the target's host until this works"
                    )
                )
            ]
        }
    )

    private static let languages = MigrationCheck(
        .languages,
        "the target has the languages of all functions",
        .failed,
        why: "A function in a language that the target does not have cannot be made.",
        source: [.routines],
        target: [.languages, .availableExtensions],
        decide: { facts in
            let offered = facts.target.names(.languages).union(facts.target.names(.availableExtensions))
            let found = facts.source.rows(.routines)
                .filter { facts.includes(schema: $0.text("schema")) && !offered.contains($0.text("language")) }
            guard !found.isEmpty else { return [] }
            let names = Set(found.map { $0.text("language") }).sorted()
            return [
                .failed(
                    "The target lacks the \(verb(names.count, "language", "languages")) \(names.joined(separator: ", ")).",
                    found.map(routine),
                    fix: .target(
                        names.map { "CREATE EXTENSION \(Quoting.identifier($0));" },
                        note: "after installing it on the target's host"
                    )
                )
            ]
        }
    )

    private static let securityDefiners = MigrationCheck(
        .securityDefiners,
        "no function runs with a superuser's rights",
        .alarm,
        why: "SECURITY DEFINER functions run as their owner, whose rights in the target may be others.",
        source: [.routines],
        decide: { facts in
            let found = facts.source.rows(.routines)
                .filter { $0.isTrue("definer") && facts.includes(schema: $0.text("schema")) }
            guard !found.isEmpty else { return [] }
            let fix = CheckFix.target(
                found.map {
                    "ALTER FUNCTION \(Quoting.routine($0.text("schema"), $0.text("name"))) OWNER TO \(Quoting.identifier($0.text("owner")));"
                },
                note: "see after the migration that the owners are the right ones"
            )
            return [
                .alarm(
                    "\(counted(found.count, "function")) \(verb(found.count, "runs", "run")) as \(verb(found.count, "its", "their")) owner.",
                    found.map { "\(routine($0)) as \($0.text("owner"))" },
                    fix: fix
                )
            ]
        }
    )

    private static let removedOperators = MigrationCheck(
        .removedOperators,
        "no operator stands behind its operand",
        .failed,
        why: "PostgreSQL 14 and later have no postfix operators.",
        source: [.postfixOperators],
        target: [.server],
        decide: { facts in
            guard facts.target.server.version >= 140_000 else { return [] }
            let found = facts.source.rows(.postfixOperators).filter { facts.includes(schema: $0.text("schema")) }
            guard !found.isEmpty else { return [] }
            let fix = CheckFix.source(
                found.map {
                    "DROP OPERATOR \(Quoting.identifier($0.text("schema"))).\($0.text("name")) (\($0.text("operand")), NONE) CASCADE;"
                },
                note: "and use a function instead"
            )
            return [
                .failed(
                    "\(counted(found.count, "postfix operator")) \(verb(found.count, "exists", "exist")) in the source.",
                    found.map { "\($0.text("schema")).\($0.text("name")) (\($0.text("operand")))" },
                    fix: fix
                )
            ]
        }
    )

    private static func routine(_ row: Row) -> String { "\(row.text("schema")).\(row.text("name"))" }
}
