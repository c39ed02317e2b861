import Resources
import SQL

/// Accounts at both ends, and what they may do.
enum AccountChecks {
    static let all = [
        sourceReadable, rowSecurity, replicationRight, publicationRight, subscriptionRight, targetRights, missingOwners,
        missingGrantees, sameRoles, roleRights,
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
            guard !server.isTrue("may_subscribe") else { return [] }
            let role = Quoting.identifier(server.account)
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

    private static let targetRights = MigrationCheck(
        .targetRights,
        "the target's account may create everything",
        .failed,
        why: "Schemas, tables and extensions are made by it.",
        source: [.extensions],
        target: [.server, .availableExtensions],
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
            guard !closed.isEmpty else { return findings }
            let commands = closed.map { "CREATE EXTENSION \(Quoting.identifier($0));" }
            let found = "Only a superuser may create \(counted(closed.count, "extension")) in the target."
            return findings + [.failed(found, closed, fix: .target(commands, note: "as a superuser"))]
        }
    )

    private static let missingOwners = MigrationCheck(
        .missingOwners,
        "the target has the roles that own what is moved",
        .failed,
        .noRoles,
        why: "What is made belongs to the same roles as in the source.",
        source: [.holders],
        target: [.roles],
        decide: { missingHolders("owner", "owns what is moved", "own what is moved", $0) }
    )

    private static let missingGrantees = MigrationCheck(
        .missingGrantees,
        "the target has the roles that have privileges",
        .failed,
        .noRoles,
        why: "Privileges are given to the same roles as in the source.",
        source: [.holders],
        target: [.roles],
        decide: { missingHolders("grantee", "has privileges on it", "have privileges on it", $0) }
    )

    /// - Parameters:
    ///   - one: What such a role does, of one.
    ///   - several: The same of several.
    private static func missingHolders(
        _ kind: String,
        _ one: String,
        _ several: String,
        _ facts: CheckFacts
    ) -> [CheckFinding] {
        let there = facts.target.names(.roles)
        let missing = facts.source.rows(.holders)
            .filter { $0.text("kind") == kind && !there.contains($0.text("role")) }
        guard !missing.isEmpty else { return [] }
        let fix = CheckFix.target(
            missing.map { "CREATE ROLE \(Quoting.identifier($0.text("role")));" },
            note: "or declare them as accounts of the target, or write roles: true"
        )
        return [
            .failed(
                "The target lacks \(counted(missing.count, "role")) that \(verb(missing.count, one, several)).",
                missing.map { "\($0.text("role")) (\($0.text("thing")))" },
                fix: fix
            )
        ]
    }

    private static let sameRoles = MigrationCheck(
        .sameRoles,
        "no role of the source exists in the target",
        .alarm,
        .roles,
        why: "A role that exists is left as it is: its password and its attributes may be others than in the source.",
        source: [.holders],
        target: [.roles],
        decide: { facts in
            let there = facts.target.names(.roles)
            let same = Set(facts.source.rows(.holders).map { $0.text("role") }).intersection(there)
                .subtracting(["postgres"]).sorted()
            guard !same.isEmpty else { return [] }
            return [
                .alarm(
                    "The target has \(counted(same.count, "role")) of the same name already.",
                    same,
                    fix: .specification("roles: false", note: "and declare the accounts of the target yourself")
                )
            ]
        }
    )

    private static let roleRights = MigrationCheck(
        .roleRights,
        "the accounts may carry roles over",
        .failed,
        .roles,
        why: "Only a superuser of the source reads passwords; only CREATEROLE of the target makes roles.",
        source: [.server],
        target: [.server],
        decide: { facts in
            var findings: [CheckFinding] = []
            if !facts.target.server.isTrue("may_create_roles") {
                let account = facts.target.server.account
                let fix = CheckFix.target(
                    "ALTER ROLE \(Quoting.identifier(account)) CREATEROLE;",
                    note: "as a superuser"
                )
                findings.append(.failed("\(account) may not create roles in the target.", fix: fix))
            }
            guard !facts.source.server.isTrue("superuser") else { return findings }
            let account = facts.source.server.account
            return findings + [
                .alarm(
                    "\(account) is no superuser of the source: roles are made without their passwords.",
                    fix: .target(#"\password ROLE"#, note: "in psql, for each role that logs in")
                )
            ]
        }
    )
}
