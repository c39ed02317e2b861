import Resources
import SQL

/// Roles that own what is moved or have privileges on it.
enum RoleChecks {
    static let all = [missingOwners, missingGrantees, sameRoles, roleRights]

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
