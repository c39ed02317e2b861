import Resources
import SQL

/// Accounts at both ends, and what they may do.
enum AccountChecks {
    static let all = [
        sourceReadable, rowSecurity, replicationRight, publicationRight, subscriptionRight, targetRights,
    ]

    private static let sourceReadable = MigrationCheck(
        .sourceReadable,
        "the account may read everything that is moved",
        .failed,
        why: "One table that cannot be read ends the whole copy.",
        source: [.server, .relations],
        decide: { facts in
            let unreadable = facts.chosen.filter { !$0.isReadable && ["r", "p", "m", "S"].contains($0.kind) }
            guard !unreadable.isEmpty else { return [] }
            let account = facts.source.server.account
            let role = Quoting.identifier(account)
            let schemas = Set(unreadable.map(\.schema)).sorted()
            let fix = CheckFix.source(
                schemas.map { "GRANT USAGE ON SCHEMA \(Quoting.identifier($0)) TO \(role);" }
                    + unreadable.map { "GRANT SELECT ON \($0.kind == "S" ? "SEQUENCE " : "")\($0.quoted) TO \(role);" },
                note: facts.source.server.version >= 140_000
                    ? "or once for all: GRANT pg_read_all_data TO \(role);" : nil
            )
            return [
                .failed(
                    "\(account) may not read \(counted(unreadable.count, "relation")).",
                    unreadable.map(\.shown),
                    fix: fix
                )
            ]
        }
    )

    private static let rowSecurity = MigrationCheck(
        .rowSecurity,
        "no row is hidden from the account",
        .failed,
        .rows,
        why: "Row security hides rows without an error; they would be missing in the target.",
        source: [.server, .relations],
        decide: { facts in
            let filtered = facts.chosen.filter(\.isFiltered)
            guard !filtered.isEmpty else { return [] }
            let account = facts.source.server.account
            return [
                .failed(
                    "Row security filters what \(account) reads of \(counted(filtered.count, "table")).",
                    filtered.map(\.shown),
                    fix: .source("ALTER ROLE \(Quoting.identifier(account)) BYPASSRLS;", note: "as a superuser")
                )
            ]
        }
    )

    private static let replicationRight = MigrationCheck(
        .replicationRight,
        "the source's account may replicate",
        .failed,
        .changes,
        why: "Changes are followed through a replication slot; only such an account may make one.",
        source: [.server],
        decide: { facts in
            let server = facts.source.server
            guard !server.isTrue("may_replicate") else { return [] }
            let fix = CheckFix.source(
                "ALTER ROLE \(Quoting.identifier(server.account)) REPLICATION;",
                note: "as a superuser"
            )
            return [.failed("\(server.account) lacks the attribute REPLICATION.", fix: fix)]
        }
    )

    private static let publicationRight = MigrationCheck(
        .publicationRight,
        "the source's account may publish what is moved",
        .failed,
        .changes,
        why: """
            A publication needs CREATE on the database and the ownership of its tables; so does REPLICA IDENTITY FULL for \
            tables without a key.
            """,
        source: [.server, .relations],
        decide: { facts in
            let server = facts.source.server
            guard !server.isTrue("superuser") else { return [] }
            let role = Quoting.identifier(server.account)
            var findings: [CheckFinding] = []
            if !server.isTrue("may_create") {
                let database = Quoting.identifier(server.database)
                findings.append(
                    .failed(
                        "\(server.account) may not create anything in the database \(server.database).",
                        fix: .source("GRANT CREATE ON DATABASE \(database) TO \(role);")
                    )
                )
            }
            let foreign = facts.tables.filter { !$0.isOwner && $0.persistence == "p" }
            guard !foreign.isEmpty else { return findings }
            let fix = CheckFix.source(
                "ALTER ROLE \(role) SUPERUSER;",
                note: "or make it a member of the role that owns the tables"
            )
            let found = "\(server.account) does not own \(counted(foreign.count, "table"))."
            return findings + [.failed(found, foreign.map(\.shown), fix: fix)]
        }
    )

    private static let subscriptionRight = MigrationCheck(
        .subscriptionRight,
        "the target's account may subscribe",
        .failed,
        .changes,
        why: "Changes are applied by a subscription of the target.",
        target: [.server],
        decide: { facts in
            let server = facts.target.server
            let role = Quoting.identifier(server.account)
            if server.isTrue("may_subscribe") { return openLog(server, role) }
            let fix =
                server.version >= 160_000
                ? CheckFix.target("GRANT pg_create_subscription TO \(role);", note: "as a superuser")
                : CheckFix.target(
                    "ALTER ROLE \(role) SUPERUSER;",
                    note: "as a superuser; 16 and later can do with less"
                )
            return [.failed("\(server.account) may not create subscriptions.", fix: fix)]
        }
    )

    /// A subscription holds the source's password, and the statement that makes it must not be logged.
    private static func openLog(_ server: ServerFacts, _ role: String) -> [CheckFinding] {
        guard !server.isTrue("superuser"), !server.isTrue("may_keep_quiet") else { return [] }
        let settings = "log_statement, log_min_error_statement, log_min_duration_statement, log_duration"
        return [
            .failed(
                "\(server.account) cannot keep the source's password out of the target's log.",
                fix: .target("GRANT SET ON PARAMETER \(settings) TO \(role);", note: "as a superuser")
            )
        ]
    }

    /// What is made belongs to the same roles as in the source: only who may act as them can give it to them.
    private static func foreignOwners(_ facts: CheckFacts, _ role: String) -> [CheckFinding] {
        let closed = Set(facts.target.rows(.roles).filter { !$0.isTrue("may_give") }.map { $0.text("name") })
        let owners = Set(facts.source.rows(.holders).filter { $0.text("kind") == "owner" }.map { $0.text("role") })
        let names = closed.intersection(owners).sorted()
        guard !names.isEmpty else { return [] }
        return [
            .failed(
                "\(facts.target.server.account) is no member of \(counted(names.count, "role")) that \(verb(names.count, "owns", "own")) what is moved.",
                names,
                fix: .target(
                    names.map { "GRANT \(Quoting.identifier($0)) TO \(role);" },
                    note: "or let ordinary roles own it in the source"
                )
            )
        ]
    }

    /// In a schema that is there already, both who makes a thing and whom it will belong to must be let in.
    private static func closedSchemas(_ facts: CheckFacts) -> [CheckFinding] {
        let owners = facts.source.rows(.holders).filter { $0.text("kind") == "owner" }.map { $0.text("role") }
        let needed = Set(owners + [facts.target.server.account])
        let moved = facts.source.names(.schemas)
        let closed = facts.target.rows(.schemas).filter { moved.contains($0.text("name")) }
            .compactMap { row -> (schema: String, roles: [String])? in
                let roles = row.text("closed_to").split(separator: "\n").map(String.init).filter(needed.contains)
                    .sorted()
                return roles.isEmpty ? nil : (row.text("name"), roles)
            }
        guard !closed.isEmpty else { return [] }
        return [
            .failed(
                "\(counted(closed.count, "schema")) of the target \(verb(closed.count, "is", "are")) closed to who makes or owns what comes.",
                closed.map { "\($0.schema): \($0.roles.joined(separator: ", "))" },
                fix: .target(
                    closed.map { entry in
                        let roles = entry.roles.map { Quoting.identifier($0) }.joined(separator: ", ")
                        return "GRANT CREATE ON SCHEMA \(Quoting.identifier(entry.schema)) TO \(roles);"
                    }
                )
            )
        ]
    }

    private static let targetRights = MigrationCheck(
        .targetRights,
        "the target's account may create everything",
        .failed,
        why: "Schemas, tables and extensions are made by it.",
        source: [.extensions, .holders, .schemas],
        target: [.server, .availableExtensions, .roles, .schemas],
        decide: { facts in
            let server = facts.target.server
            guard !server.isTrue("superuser") else { return [] }
            let role = Quoting.identifier(server.account)
            var findings: [CheckFinding] = []
            if !server.isTrue("may_create") {
                let database = Quoting.identifier(server.database)
                findings.append(
                    .failed(
                        "\(server.account) may not create schemas in the database \(server.database).",
                        fix: .target("GRANT CREATE ON DATABASE \(database) TO \(role);")
                    )
                )
            }
            let used = facts.source.names(.extensions)
            let closed = facts.target.rows(.availableExtensions)
                .filter { used.contains($0.text("name")) && $0.isTrue("needs_superuser") && !$0.isTrue("installed") }
                .map { $0.text("name") }
            findings += foreignOwners(facts, role) + closedSchemas(facts)
            guard !closed.isEmpty else { return findings }
            let commands = closed.map { "CREATE EXTENSION \(Quoting.identifier($0));" }
            let found = "Only a superuser may create \(counted(closed.count, "extension")) in the target."
            return findings + [.failed(found, closed, fix: .target(commands, note: "as a superuser"))]
        }
    )
}
