import Resources
import SQL
import SpecSchema

/// Both ends, and the way between them.
enum EndChecks {
    static let all = [
        sourceReachable, targetReachable, sameDatabase, sourceVersion, versionDirection, minorVersion, targetWritable,
        sourceStandby, targetReachesSource,
    ]

    private static let sourceReachable = MigrationCheck(
        .sourceReachable,
        "the source can be reached",
        .failed,
        why: "Everything is read from there.",
        decide: { facts in
            facts.source.problem.map { [.failed("The source cannot be reached: \($0).", fix: .connection("source"))] }
                ?? []
        }
    )

    private static let targetReachable = MigrationCheck(
        .targetReachable,
        "the target can be reached",
        .failed,
        why: "Everything is written there.",
        decide: { facts in
            facts.target.problem.map { [.failed("The target cannot be reached: \($0).", fix: .connection("target"))] }
                ?? []
        }
    )

    private static let sameDatabase = MigrationCheck(
        .sameDatabase,
        "source and target are two databases",
        .failed,
        why: "Two spellings of one database would let the migration overwrite what it reads.",
        source: [.identity, .server],
        target: [.identity, .server],
        decide: { facts in
            guard let source = facts.source.rows(.identity).first, let target = facts.target.rows(.identity).first,
                source == target,
                facts.source.server.text("database_oid") == facts.target.server.text("database_oid")
            else { return [] }
            return [
                .failed(
                    "Both ends are the database \(facts.source.server.database) of the same server.",
                    fix: .specification("target: { instance: ANOTHER, database: \(facts.target.server.database) }")
                )
            ]
        }
    )

    private static let sourceVersion = MigrationCheck(
        .sourceVersion,
        "the source's version can be migrated from",
        .failed,
        why: """
            Changes are followed by logical replication, which PostgreSQL has since version 10. Managed services follow \
            9.4 to 9.6 with a decoding plugin of their own (tencent_decoding); pgsteer does not.
            """,
        source: [.server],
        decide: { facts in
            let server = facts.source.server
            if server.version < 90_400 {
                return [
                    .failed(
                        "The source is PostgreSQL \(server.shownVersion); 9.4 is the oldest that can be moved.",
                        fix: .shell("pg_upgrade --old-bindir=OLD --new-bindir=NEW", note: "upgrade the source first")
                    )
                ]
            }
            guard server.version < 100_000, facts.migration.type.value == .fullAndIncremental else { return [] }
            return [
                .failed(
                    "The source is PostgreSQL \(server.shownVersion), which cannot be followed.",
                    fix: .specification("type: full", note: "and stop writing to the source before the copy begins")
                )
            ]
        }
    )

    private static let versionDirection = MigrationCheck(
        .versionDirection,
        "the target is not older than the source",
        .alarm,
        why: "What the source's version brought may not exist in an older one: syntax, types, settings.",
        source: [.server],
        target: [.server],
        decide: { facts in
            let (source, target) = (facts.source.server, facts.target.server)
            guard target.version / 100 < source.version / 100, target.shownMajor != source.shownMajor else { return [] }
            return [
                .alarm(
                    "The source is PostgreSQL \(source.shownMajor), the target \(target.shownMajor).",
                    fix: .specification("version: \(source.shownMajor)", note: "or try it with type: structure first")
                )
            ]
        }
    )

    private static let minorVersion = MigrationCheck(
        .minorVersion,
        "the target's minor version is not older than the source's",
        .alarm,
        why: "A later minor version mends what an older one gets wrong, in dumps and in replication, too.",
        source: [.server],
        target: [.server],
        decide: { facts in
            let (source, target) = (facts.source.server, facts.target.server)
            guard source.shownMajor == target.shownMajor, target.version < source.version else { return [] }
            return [
                .alarm(
                    "The source is PostgreSQL \(source.shownVersion), the target only \(target.shownVersion).",
                    fix: .shell(
                        "apt-get install --only-upgrade postgresql-\(target.shownMajor)",
                        note: "then restart the target"
                    )
                )
            ]
        }
    )

    private static let targetWritable = MigrationCheck(
        .targetWritable,
        "the target can be written to",
        .failed,
        why: "A standby and a read-only database take nothing.",
        target: [.server, .settings],
        decide: { facts in
            if facts.target.server.isTrue("standby") {
                return [
                    .failed(
                        "The target is a standby.",
                        fix: .specification("target: { ... }", note: "name the primary as the target")
                    )
                ]
            }
            guard facts.target.setting("default_transaction_read_only") == "on" else { return [] }
            let database = Quoting.identifier(facts.target.server.database)
            return [
                .failed(
                    "New sessions of the target are read-only (default_transaction_read_only).",
                    fix: .target("ALTER DATABASE \(database) SET default_transaction_read_only = off;")
                )
            ]
        }
    )

    private static let sourceStandby = MigrationCheck(
        .sourceStandby,
        "the source is a primary",
        .failed,
        why: """
            A publication can be made on a primary only; a copy from a standby may be ended by what the primary cleans up.
            """,
        source: [.server],
        decide: { facts in
            guard facts.source.server.isTrue("standby") else { return [] }
            let found = "The source is a standby"
            if facts.migration.type.value == .fullAndIncremental {
                let fix = CheckFix.specification("source: { ... }", note: "name its primary as the source")
                return [.failed("\(found), which cannot be followed.", fix: fix)]
            }
            let fix = CheckFix.source(
                "ALTER SYSTEM SET max_standby_streaming_delay = '-1';",
                "SELECT pg_reload_conf();",
                note: "and put it back afterwards"
            )
            return [.alarm("\(found); a long copy may be ended by a conflict with recovery.", fix: fix)]
        }
    )

    private static let targetReachesSource = MigrationCheck(
        .targetReachesSource,
        "the target's server can reach the source",
        .failed,
        .changes,
        why: "Changes are fetched by the target's server itself, not through pgsteer.",
        source: [.server],
        target: [.server],
        decide: { facts in
            switch facts.way?.result {
            case .refused(let message):
                return [
                    .failed(
                        "The target's server cannot connect to the source: \(message).",
                        fix: .source(
                            "SELECT line_number, type, database, user_name, address, auth_method FROM pg_hba_file_rules;",
                            note: """
                                let \(facts.source.server.account) in from the target's address in the source's pg_hba.conf, \
                                open the port, and name the source by an address that the target's server knows
                                """
                        )
                    )
                ]
            case .untried(let reason): return [.alarm("This was not tried: \(reason).")]
            case .reached, nil: return []
            }
        }
    )
}

extension CheckFix {
    /// For an end that did not answer.
    fileprivate static func connection(_ noun: String) -> CheckFix {
        .specification(
            "\(noun): { uri: postgresql://USER@HOST:PORT/DATABASE, passwordFrom: { env: NAME } }",
            note: "see that the server runs, that its pg_hba.conf lets this host in, and that the password is right"
        )
    }
}
