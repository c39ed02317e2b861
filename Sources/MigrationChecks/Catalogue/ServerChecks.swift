import FleetModel
import Resources
import SQL

/// The two servers: what they load, how they print, what they have room for.
enum ServerChecks {
    static let all = [preloadLibraries, resultSettings, timeZones, checksums, serverLimits, diskSpace, lockTable]

    private static let preloadLibraries = MigrationCheck(
        .preloadLibraries,
        "the target loads the source's libraries",
        .alarm,
        why: "An extension whose library is loaded at the start does nothing, or fails, without it.",
        source: [.settings],
        target: [.settings],
        decide: { facts in
            let (source, target) = (libraries(facts.source), libraries(facts.target))
            let missing = source.filter { !target.contains($0) }
            guard !missing.isEmpty else { return [] }
            let all = (target + missing).joined(separator: ", ")
            let fix = CheckFix.target(
                "ALTER SYSTEM SET shared_preload_libraries = \(all);",
                note:
                    "then restart the target; of an instance of pgsteer, parameters: { shared_preload_libraries: [\(all)] }"
            )
            return [
                .alarm(
                    "The source loads \(counted(missing.count, "library", "libraries")) that the target does not.",
                    missing,
                    fix: fix
                )
            ]
        }
    )

    private static func libraries(_ end: EndFacts) -> [String] {
        ParameterList.elements(of: end.setting("shared_preload_libraries") ?? "", for: "shared_preload_libraries") ?? []
    }

    /// Settings that change what a query returns; not how fast.
    private static let meaningful = [
        "DateStyle", "IntervalStyle", "bytea_output", "xmloption", "xmlbinary", "extra_float_digits", "array_nulls",
        "standard_conforming_strings", "backslash_quote", "lc_monetary", "lc_numeric", "lc_time",
        "default_text_search_config", "default_transaction_isolation", "transform_null_equals", "quote_all_identifiers",
    ]

    private static let resultSettings = MigrationCheck(
        .resultSettings,
        "both servers print and read values alike",
        .alarm,
        why: "Programs that are moved with the database get other answers to the same queries.",
        source: [.settings],
        target: [.settings],
        decide: { facts in
            let (source, target) = (facts.source.settings, facts.target.settings)
            let differing = meaningful.filter { name in
                guard let first = source[name], let second = target[name] else { return false }
                return first != second
            }
            guard !differing.isEmpty else { return [] }
            let database = Quoting.identifier(facts.target.server.database)
            let fix = CheckFix.target(
                differing.map { "ALTER DATABASE \(database) SET \($0) = \(Quoting.literal(source[$0] ?? ""));" }
            )
            return [
                .alarm(
                    "\(counted(differing.count, "setting")) that \(verb(differing.count, "changes", "change")) results \(verb(differing.count, "differs", "differ")).",
                    differing.map { "\($0): \(source[$0] ?? "") -> \(target[$0] ?? "")" },
                    fix: fix
                )
            ]
        }
    )

    private static let timeZones = MigrationCheck(
        .timeZones,
        "both servers are in one time zone",
        .alarm,
        why: "Times without a zone, and what now() is as a date, depend on it.",
        source: [.settings],
        target: [.settings, .server],
        decide: { facts in
            guard let source = facts.source.setting("TimeZone"), let target = facts.target.setting("TimeZone"),
                normalized(source) != normalized(target)
            else { return [] }
            let database = Quoting.identifier(facts.target.server.database)
            let fix = CheckFix.target("ALTER DATABASE \(database) SET TimeZone = \(Quoting.literal(source));")
            return [.alarm("The source is in \(source), the target in \(target).", fix: fix)]
        }
    )

    /// The names of one zone that servers are most often given.
    private static func normalized(_ zone: String) -> String {
        ["UTC", "Etc/UTC", "GMT", "Etc/GMT", "Zulu", "Etc/Zulu", "UCT", "Etc/UCT", "Universal"].contains(zone)
            ? "UTC" : zone
    }

    private static let checksums = MigrationCheck(
        .checksums,
        "the target finds damaged pages as the source does",
        .alarm,
        why: "Without data checksums a page that the disk has damaged is read as if it were right.",
        source: [.settings],
        target: [.settings],
        decide: { facts in
            guard facts.source.setting("data_checksums") == "on", facts.target.setting("data_checksums") == "off" else {
                return []
            }
            let folder = facts.target.setting("data_directory") ?? "DATA"
            let fix = CheckFix.shell("pg_checksums --enable --pgdata=\(folder)", note: "while the target is stopped")
            return [.alarm("The source has data checksums, the target has none.", fix: fix)]
        }
    )

    private static let serverLimits = MigrationCheck(
        .serverLimits,
        "the target was built for rows and names as long",
        .alarm,
        why: "Rows, index entries, names and argument lists that just fit into the source do not fit into the target.",
        source: [.settings],
        target: [.settings],
        decide: { facts in
            let names = ["block_size", "max_identifier_length", "max_index_keys", "max_function_args"]
            let smaller = names.compactMap { name -> String? in
                guard let source = facts.source.number(name), let target = facts.target.number(name), target < source
                else { return nil }
                return "\(name): \(source) -> \(target)"
            }
            guard !smaller.isEmpty else { return [] }
            let fix = CheckFix.specification("target: { ... }", note: "name a server that was built like the source")
            return [.alarm("The target was built with \(counted(smaller.count, "smaller limit")).", smaller, fix: fix)]
        }
    )

    private static let diskSpace = MigrationCheck(
        .diskSpace,
        "the target has room for 1.2 times the source",
        .failed,
        .rows,
        why: "Rows, indexes and their log must fit; a disk that is full stops the whole server.",
        source: [.server, .relations],
        target: [.server],
        decide: { facts in
            // Indexes and large objects are in the size of the database; a selection is estimated by its tables.
            let selected = facts.chosen.reduce(0) { $0 + $1.bytes } * 3 / 2
            let whole = facts.source.server.integer("bytes")
            let bytes = facts.migration.objects.isEverything ? whole : min(whole, selected)
            let needed = ByteCount(bytes: bytes / 5 * 6)
            guard let free = facts.target.freeBytes else {
                // Less than what every server has free is not worth a person's time.
                guard needed.bytes >= 1 << 30 else { return [] }
                let fix = CheckFix.shell("df -h DATA", note: "on the target's host")
                return [
                    .alarm("The target needs \(needed.rounded); how much is free cannot be seen from here.", fix: fix)
                ]
            }
            guard free < needed.bytes else { return [] }
            let fix = CheckFix.shell(
                "df -h \(facts.target.setting("data_directory") ?? "DATA")",
                note: "make room, or move less with objects"
            )
            return [
                .failed("The target needs \(needed.rounded) and has \(ByteCount(bytes: free).rounded) free.", fix: fix)
            ]
        }
    )

    private static let lockTable = MigrationCheck(
        .lockTable,
        "the source can lock all tables at once",
        .failed,
        why: "Reading the structure takes a lock on every table in one transaction.",
        source: [.server, .settings],
        decide: { facts in
            guard let each = facts.source.number("max_locks_per_transaction"),
                let sessions = facts.source.number("max_connections")
            else { return [] }
            let places = each * (sessions + (facts.source.number("max_prepared_transactions") ?? 0))
            let relations = facts.source.server.integer("relations")
            guard relations > places else { return [] }
            let wanted = String(relations / max(1, sessions) + 64)
            let found = "The source has \(counted(relations, "relation")) and room for \(counted(places, "lock"))."
            return [.failed(found, fix: .setting("max_locks_per_transaction", wanted, facts.source))]
        }
    )
}
