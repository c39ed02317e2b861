import Resources
import SQL
import SpecSchema

/// The endpoint of a source that is an instance: whether it goes along with the writes, and whom it takes along.
enum EndpointChecks {
    static let all = [move, logins]

    private static let move = MigrationCheck(
        .endpointMove,
        "the source's endpoint can lead to the target",
        .failed,
        .changes,
        why: """
            An address is of a whole instance. It leads to the target after the cut-over when nothing else is behind it; else \
            clients have to be pointed there by you.
            """,
        source: [.server],
        target: [.server],
        decide: { facts in
            let policy = facts.migration.cutover.endpoint
            guard let endpoint = facts.endpoint, policy != .keep else { return [] }
            guard let reason = facts.migration.endpointCourse(endpoint).reason else {
                guard !endpoint.groups.isEmpty else { return [] }
                return [
                    .alarm(
                        "\(counted(endpoint.groups.count, "read-only group")) of the source \(verb(endpoint.groups.count, "stays", "stay")) with it, and \(verb(endpoint.groups.count, "its", "their")) clients read what the source has.",
                        endpoint.groups,
                        fix: .specification(
                            "kind: ReadOnlyGroup",
                            note: "declare one of the target, and point them there"
                        )
                    )
                ]
            }
            let found = "The endpoint of the source stays with it: \(reason)."
            let fix = CheckFix.specification(
                "cutover: { endpoint: keep }",
                note: "and point the clients to the target after the cut-over, or put right what keeps it"
            )
            return [
                policy == .move
                    ? .failed(found, endpoint.otherDatabases, fix: fix)
                    : .alarm(found, endpoint.otherDatabases, fix: fix)
            ]
        }
    )

    private static let logins = MigrationCheck(
        .endpointLogins,
        "whoever logs in at the source can log in at the target",
        .alarm,
        .changes,
        why:
            "Clients that the endpoint takes along are refused where their account is missing; passwords are not compared.",
        source: [.logins, .holders],
        target: [.logins],
        decide: { facts in
            // A whole instance takes its accounts along.
            guard !facts.migration.isPhysical, let endpoint = facts.endpoint,
                facts.migration.endpointCourse(endpoint) == .moves
            else { return [] }
            // With roles: true those that have something are made.
            let made = facts.migration.carriesRoles ? Set(facts.source.rows(.holders).map { $0.text("role") }) : []
            let missing = facts.source.names(.logins).subtracting(facts.target.names(.logins)).subtracting(made)
                .sorted()
            guard !missing.isEmpty else { return [] }
            return [
                .alarm(
                    "The target lacks \(counted(missing.count, "account")) that may log in at the source.",
                    missing,
                    fix: .specification(
                        "accounts: [\(missing.prefix(5).map { "{ name: \($0) }" }.joined(separator: ", "))]",
                        note: "declare them at the target, with the same passwords"
                    )
                )
            ]
        }
    )
}
