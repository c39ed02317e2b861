import FleetModel
import Resources
import SQL

/// What the way back needs: after the cut-over the source follows the target, so that each does the other's part.
enum WayBackChecks {
    static let all = [
        sourceReachesTarget, log, slots, senders, rights, workers, origins, plugin, triggers, encoding,
    ]

    private static let sourceReachesTarget = MigrationCheck(
        .sourceReachesTarget,
        "the source's server can reach the target",
        .failed,
        .wayBack,
        why: "On the way back changes are fetched by the source's server itself.",
        source: [.server],
        target: [.server],
        decide: { facts in
            switch facts.wayBack?.result {
            case .refused(let message):
                let fix = CheckFix.target(
                    "SELECT line_number, type, database, user_name, address, auth_method FROM pg_hba_file_rules;",
                    note: """
                        let \(facts.target.server.account) in from the source's address in the target's pg_hba.conf, open the \
                        port, and name the target by an address that the source's server knows; or write rollback: none
                        """
                )
                return [.failed("The source's server cannot connect to the target: \(message).", fix: fix)]
            case .untried(let reason): return [.alarm("This was not tried: \(reason).")]
            case .reached, nil: return []
            }
        }
    )

    private static let log = MigrationCheck(
        .wayBackLog,
        "the target logs what the way back needs",
        .failed,
        .wayBack,
        why: "Only with wal_level = logical the log of the target tells changes of rows.",
        target: [.settings],
        decide: { facts in
            let level = facts.target.setting("wal_level") ?? "unknown"
            guard level != "logical" else { return [] }
            let fix = CheckFix.setting("wal_level", "logical", facts.target, isSource: false)
            return [.failed("wal_level of the target is \(level).", fix: fix)]
        }
    )

    private static let slots = MigrationCheck(
        .wayBackSlots,
        "the target has a free replication slot",
        .failed,
        .wayBack,
        why: "The target keeps its log for the source by a slot of its own.",
        target: [.settings, .server],
        decide: { facts in
            ReplicationChecks.noneFree(
                "max_replication_slots",
                used: facts.target.server.integer("slots"),
                of: facts.target,
                isSource: false,
                "slot"
            )
        }
    )

    private static let senders = MigrationCheck(
        .wayBackSenders,
        "the target has a free sender",
        .failed,
        .wayBack,
        why: "The source's subscription takes one sender of the target.",
        target: [.settings, .server],
        decide: { facts in
            ReplicationChecks.noneFree(
                "max_wal_senders",
                used: facts.target.server.integer("senders"),
                of: facts.target,
                isSource: false,
                "sender"
            )
        }
    )

    private static let rights = MigrationCheck(
        .wayBackRights,
        "the accounts may do each other's part",
        .failed,
        .wayBack,
        why: "After the cut-over the source's account subscribes, and the target's account replicates.",
        source: [.server],
        target: [.server],
        decide: { facts in
            var findings: [CheckFinding] = []
            let (source, target) = (facts.source.server, facts.target.server)
            // What the account may not read of the subscription, it cannot keep out of the log either.
            if !source.isTrue("superuser") {
                let command = "ALTER ROLE \(Quoting.identifier(source.account)) SUPERUSER;"
                let fix = CheckFix.source(command, note: "or write rollback: none")
                findings.append(.failed("\(source.account) is no superuser of the source.", fix: fix))
            }
            if !target.isTrue("may_replicate") {
                let fix = CheckFix.target("ALTER ROLE \(Quoting.identifier(target.account)) REPLICATION;")
                findings.append(.failed("\(target.account) may not replicate from the target.", fix: fix))
            }
            return findings
        }
    )

    private static let workers = MigrationCheck(
        .wayBackWorkers,
        "the source has workers for the way back",
        .failed,
        .wayBack,
        why: "Changes are applied by a worker of the source; the workers of replication come out of all workers.",
        source: [.settings],
        decide: { facts in ReplicationChecks.workers(facts.source, isSource: true) }
    )

    private static let origins = MigrationCheck(
        .wayBackOrigins,
        "the source can remember how far it has come",
        .failed,
        .wayBack,
        why: "The source keeps its place in the target's log as a replication origin, which must be free.",
        source: [.settings, .server],
        decide: { facts in ReplicationChecks.origins(facts.source, isSource: true) }
    )

    private static let plugin = MigrationCheck(
        .wayBackPlugin,
        "the target may decode with pgoutput",
        .failed,
        .wayBack,
        why: "Subscriptions read through the plugin pgoutput; a server may be told to load only some.",
        target: [.settings],
        decide: { facts in ReplicationChecks.plugin(facts.target, isSource: false) }
    )

    private static let triggers = MigrationCheck(
        .wayBackTriggers,
        "no trigger of the source writes while it can only read",
        .failed,
        .wayBack,
        why: """
            A trigger that fires for replicated rows is refused what it writes after the cut-over, and stops the way back; where \
            it is not refused, its rows appear twice.
            """,
        source: [.triggers],
        decide: { facts in
            let firing = facts.chosen(facts.source.rows(.triggers)).filter { $0.text("kind") == "table" }
            guard !firing.isEmpty else { return [] }
            let fix = CheckFix.source(
                firing.map {
                    "ALTER TABLE \(Quoting.qualified($0.text("schema"), $0.text("table"))) ENABLE TRIGGER \(Quoting.identifier($0.text("name")));"
                },
                note: "or write rollback: none"
            )
            return [
                .failed(
                    "\(counted(firing.count, "trigger")) of the source \(verb(firing.count, "fires", "fire")) for replicated rows.",
                    firing.map { "\($0.text("schema")).\($0.text("table")): \($0.text("name"))" },
                    fix: fix
                )
            ]
        }
    )

    private static let encoding = MigrationCheck(
        .wayBackEncoding,
        "the source can hold the target's letters",
        .failed,
        .wayBack,
        why: "After the cut-over a letter that the source's encoding lacks would stop the way back.",
        source: [.server],
        target: [.server],
        decide: { facts in
            let (source, target) = (facts.source.server.text("encoding"), facts.target.server.text("encoding"))
            guard source != target, source != "UTF8", source != "SQL_ASCII" else { return [] }
            let fix = CheckFix.specification(
                "cutover: { rollback: none }",
                note: "or make the target's database with ENCODING '\(source)'"
            )
            return [.failed("The target's encoding is \(target), which has letters that \(source) lacks.", fix: fix)]
        }
    )
}
