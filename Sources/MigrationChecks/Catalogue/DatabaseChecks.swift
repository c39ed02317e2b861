import Resources
import SQL

/// The two databases: encoding, collations, extensions, settings.
enum DatabaseChecks {
    static let all = [
        encoding, databaseCollation, missingCollations, collationVersions, extensionsMissing, extensionVersions,
        extensionsUnsupported, databaseSettings, unknownSettings,
    ]

    private static let encoding = MigrationCheck(
        .encoding,
        "the target can hold the source's letters",
        .failed,
        why: "Letters that the target's encoding lacks are refused in the middle of the copy.",
        source: [.server],
        target: [.server],
        decide: { facts in
            let (source, target) = (facts.source.server.text("encoding"), facts.target.server.text("encoding"))
            guard source != target, target != "SQL_ASCII" else { return [] }
            let database = Quoting.identifier(facts.target.server.database)
            let fix = CheckFix.target(
                "CREATE DATABASE \(database) ENCODING \(Quoting.literal(source)) TEMPLATE template0;",
                note: "in place of the one that is there"
            )
            if source == "SQL_ASCII" {
                return [
                    .alarm("The source says nothing of its encoding (SQL_ASCII); the target is \(target).", fix: fix)
                ]
            }
            return target == "UTF8"
                ? [] : [.failed("The source is \(source), the target \(target).", fix: fix)]
        }
    )

    private static let databaseCollation = MigrationCheck(
        .databaseCollation,
        "both databases sort alike",
        .alarm,
        why: "Another order of texts means other results of ORDER BY, of ranges and of upper and lower case.",
        source: [.server],
        target: [.server],
        decide: { facts in
            func shown(_ server: ServerFacts) -> String {
                let provider = ["c": "libc", "i": "icu", "b": "builtin"][server.text("provider")] ?? "libc"
                return "\(server.text("collation")), \(server.text("ctype")) (\(provider))"
            }
            let (source, target) = (shown(facts.source.server), shown(facts.target.server))
            guard source != target else { return [] }
            let database = Quoting.identifier(facts.target.server.database)
            let server = facts.source.server
            let fix = CheckFix.target(
                "CREATE DATABASE \(database) LC_COLLATE \(Quoting.literal(server.text("collation"))) LC_CTYPE \(Quoting.literal(server.text("ctype"))) TEMPLATE template0;",
                note: "in place of the one that is there"
            )
            return [.alarm("The source sorts by \(source), the target by \(target).", fix: fix)]
        }
    )

    private static let missingCollations = MigrationCheck(
        .missingCollations,
        "the target has the collations of all columns",
        .failed,
        why: "A column with a collation that the target lacks cannot be made.",
        source: [.usedCollations],
        target: [.collations],
        decide: { facts in
            let there = facts.target.names(.collations)
            // Those of a user's schema are moved.
            let missing = facts.source.rows(.usedCollations)
                .filter { $0.text("schema") == "pg_catalog" && !there.contains($0.text("name")) }
                .map { $0.text("name") }
            guard !missing.isEmpty else { return [] }
            let fix = CheckFix.target(
                "SELECT pg_import_system_collations('pg_catalog');",
                note: "after installing the locales on the target's host"
            )
            return [.failed("The target lacks \(counted(missing.count, "collation")).", missing, fix: fix)]
        }
    )

    private static let collationVersions = MigrationCheck(
        .collationVersions,
        "the source's indexes are in the order that it uses now",
        .alarm,
        .rows,
        why: """
            When the library that sorts has changed under a database, unique texts may be there twice, and the target \
            refuses the second.
            """,
        source: [.server, .usedCollations],
        decide: { facts in
            var found = facts.source.rows(.usedCollations)
                .filter {
                    $0["version"] != nil && $0["offered_version"] != nil && $0["version"] != $0["offered_version"]
                }
                .map {
                    (
                        $0.text("name"),
                        "ALTER COLLATION \(Quoting.qualified($0.text("schema"), $0.text("name"))) REFRESH VERSION;"
                    )
                }
            let server = facts.source.server
            if let version = server["collation_version"], let offered = server["offered_version"], version != offered {
                let database = Quoting.identifier(server.database)
                found.append(("database \(server.database)", "ALTER DATABASE \(database) REFRESH COLLATION VERSION;"))
            }
            guard !found.isEmpty else { return [] }
            let database = Quoting.identifier(server.database)
            let fix = CheckFix.source(["REINDEX DATABASE \(database);"] + found.map(\.1))
            return [
                .alarm(
                    "\(counted(found.count, "collation")) \(verb(found.count, "has", "have")) changed since the indexes were made.",
                    found.map(\.0),
                    fix: fix
                )
            ]
        }
    )

    private static let extensionsMissing = MigrationCheck(
        .extensionsMissing,
        "the target has the source's extensions",
        .failed,
        why: "An extension's files must be on the target's host before it can be created there.",
        source: [.extensions],
        target: [.availableExtensions],
        decide: { facts in
            let offered = facts.target.names(.availableExtensions)
            let missing = facts.source.rows(.extensions).filter { !offered.contains($0.text("name")) }
            guard !missing.isEmpty else { return [] }
            return [
                .failed(
                    "The target's host lacks \(counted(missing.count, "extension")).",
                    missing.map { "\($0.text("name")) \($0.text("version"))" },
                    fix: .source(
                        missing.map { "DROP EXTENSION \(Quoting.identifier($0.text("name")));" },
                        note: "where nothing needs it; else install its files on the target's host"
                    )
                )
            ]
        }
    )

    private static let extensionVersions = MigrationCheck(
        .extensionVersions,
        "the target's extensions are not older",
        .alarm,
        why: "An extension comes in the version that the target offers; an older one may lack functions that are used.",
        source: [.extensions],
        target: [.availableExtensions],
        decide: { facts in
            let offered = Dictionary(
                facts.target.rows(.availableExtensions).map { ($0.text("name"), $0.text("version")) }
            ) { first, _ in first }
            let older = facts.source.rows(.extensions)
                .compactMap { row -> (name: String, from: String, to: String)? in
                    guard let version = offered[row.text("name")], isOlder(version, than: row.text("version")) else {
                        return nil
                    }
                    return (row.text("name"), row.text("version"), version)
                }
            guard !older.isEmpty else { return [] }
            let fix = CheckFix.target(
                older.map { "SELECT * FROM pg_available_extension_versions WHERE name = \(Quoting.literal($0.name));" },
                note: "install the newer packages on the target's host"
            )
            return [
                .alarm(
                    "The target offers \(counted(older.count, "extension")) in an older version.",
                    older.map { "\($0.name) \($0.from) -> \($0.to)" },
                    fix: fix
                )
            ]
        }
    )

    /// Compares versions number by number, as far as they are numbers.
    static func isOlder(_ version: String, than other: String) -> Bool {
        let (left, right) = (version.split(separator: "."), other.split(separator: "."))
        for (first, second) in zip(left, right) where first != second {
            if let first = Int(first), let second = Int(second) { return first < second }
            return false
        }
        return left.count < right.count
    }

    /// Product document, "Notes": incremental migration does not support them; the others keep tables as their own, too.
    private static let unsupported: Set<String> = ["timescaledb", "pipelinedb", "citus", "pg_shard", "pglogical"]

    private static let extensionsUnsupported = MigrationCheck(
        .extensionsUnsupported,
        "no extension keeps tables in its own way",
        .failed,
        .changes,
        why: "timescaledb, pipelinedb and their like spread rows over tables of their own, which cannot be followed.",
        source: [.extensions],
        decide: { facts in
            let found = facts.source.names(.extensions).intersection(unsupported).sorted()
            guard !found.isEmpty else { return [] }
            let fix = CheckFix.specification(
                "type: full",
                note: "and stop writing to the source before the copy begins"
            )
            return [.failed("The source has \(found.joined(separator: ", ")).", found, fix: fix)]
        }
    )

    private static let databaseSettings = MigrationCheck(
        .databaseSettings,
        "no setting belongs to the database or to roles in it",
        .alarm,
        why:
            "Settings of a database (ALTER DATABASE ... SET) and of roles are not moved; search_path is one that is missed.",
        source: [.storedSettings],
        target: [.storedSettings, .server],
        decide: { facts in
            let there = Set(facts.target.rows(.storedSettings).map(settingKey))
            let missing = facts.source.rows(.storedSettings)
                .filter { $0.text("kind").contains("database") && !there.contains(settingKey($0)) }
            guard !missing.isEmpty else { return [] }
            let database = Quoting.identifier(facts.target.server.database)
            let fix = CheckFix.target(
                missing.map { row in
                    let role = Quoting.identifier(row.text("name"))
                    let owner =
                        row.text("kind") == "database" ? "DATABASE \(database)" : "ROLE \(role) IN DATABASE \(database)"
                    return "ALTER \(owner) SET \(row.text("setting")) = \(value(of: row));"
                }
            )
            return [
                .alarm(
                    "\(counted(missing.count, "setting")) of the database \(verb(missing.count, "is", "are")) not in the target.",
                    missing.map { "\($0.text("setting")) = \($0.text("value"))" },
                    fix: fix
                )
            ]
        }
    )

    private static func settingKey(_ row: Row) -> String {
        "\(row.text("kind")) \(row.text("name")) \(row.text("setting")) \(row.text("value"))"
    }

    private static func value(of row: Row) -> String {
        ParameterList.literals(of: row.text("value"), for: row.text("setting")).text
    }

    private static let unknownSettings = MigrationCheck(
        .unknownSettings,
        "the target knows the settings of all functions",
        .failed,
        why: "CREATE FUNCTION ... SET with a setting that does not exist is refused.",
        source: [.storedSettings],
        target: [.settings],
        decide: { facts in
            let known = Set(facts.target.rows(.settings).map { $0.text("name").lowercased() })
            let unknown = facts.source.rows(.storedSettings)
                .filter { row in
                    let setting = row.text("setting").lowercased()
                    // Names with a dot are an extension's; anything may be set there.
                    return row.text("kind") == "function" && !known.contains(setting) && !setting.contains(".")
                }
            guard !unknown.isEmpty else { return [] }
            let fix = CheckFix.source(
                unknown.map { row in
                    let parts = row.text("name").split(separator: ".", maxSplits: 1)
                        .map { Quoting.identifier(String($0)) }
                    return "ALTER FUNCTION \(parts.joined(separator: ".")) RESET \(row.text("setting"));"
                }
            )
            return [
                .failed(
                    "The target does not know \(counted(unknown.count, "setting")) of functions.",
                    unknown.map { "\($0.text("name")): \($0.text("setting"))" },
                    fix: fix
                )
            ]
        }
    )
}
