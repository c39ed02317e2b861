import FleetModel
import Resources
import SQL

/// What following the changes of the source needs, of both servers.
enum ReplicationChecks {
    static let all = [
        walLevel, replicationSlots, walSenders, targetWorkers, targetOrigins, slotLimits, outputPlugin, leftovers,
        shortTimeouts,
    ]

    private static let walLevel = MigrationCheck(
        .walLevel,
        "the source logs what replication needs",
        .failed,
        .changes,
        why: "Only with wal_level = logical the log of the source tells changes of rows.",
        source: [.settings],
        decide: { facts in
            let level = facts.source.setting("wal_level") ?? "unknown"
            guard level != "logical" else { return [] }
            return [
                .failed("wal_level of the source is \(level).", fix: .setting("wal_level", "logical", facts.source))
            ]
        }
    )

    private static let replicationSlots = MigrationCheck(
        .replicationSlots,
        "the source has free replication slots",
        .failed,
        .changes,
        why: "A migration takes one slot, and a second one for a short time when it resumes.",
        source: [.settings, .server],
        decide: { facts in
            free("max_replication_slots", used: facts.source.server.integer("slots"), of: facts.source, "slot")
        }
    )

    private static let walSenders = MigrationCheck(
        .walSenders,
        "the source has free senders",
        .failed,
        .changes,
        why: "The subscription takes one sender, and the copy a second one for its snapshot.",
        source: [.settings, .server],
        decide: { facts in
            free("max_wal_senders", used: facts.source.server.integer("senders"), of: facts.source, "sender")
        }
    )

    private static func free(_ setting: String, used: Int, of end: EndFacts, _ noun: String) -> [CheckFinding] {
        guard let most = end.number(setting), most - used < 2 else { return [] }
        if most - used < 1 { return noneFree(setting, used: used, of: end, noun) }
        let found = "\(setting) of the source is \(most), and \(used) \(verb(used, "is", "are")) in use"
        let fix = CheckFix.setting(setting, String(used + 4), end)
        return [.alarm("\(found): one \(noun) is free, a second one helps a migration that has to resume.", fix: fix)]
    }

    /// Finds that all there are of something are in use.
    static func noneFree(
        _ setting: String,
        used: Int,
        of end: EndFacts,
        isSource: Bool = true,
        _ noun: String
    ) -> [CheckFinding] {
        guard let most = end.number(setting), most - used < 1 else { return [] }
        let fix = CheckFix.setting(setting, String(used + 4), end, isSource: isSource)
        let found =
            "\(setting) of the \(isSource ? "source" : "target") is \(most), and \(used) \(verb(used, "is", "are")) in use"
        return [.failed("\(found): no \(noun) is free.", fix: fix)]
    }

    private static let targetWorkers = MigrationCheck(
        .targetWorkers,
        "the target has workers for the subscription",
        .failed,
        .changes,
        why: "Changes are applied by a worker of the target; the workers of replication come out of all workers.",
        target: [.settings],
        decide: { facts in
            workers(facts.target, isSource: false)
        }
    )

    /// What an end that follows is short of.
    static func workers(_ end: EndFacts, isSource: Bool) -> [CheckFinding] {
        guard let all = end.number("max_worker_processes"),
            let logical = end.number("max_logical_replication_workers")
        else { return [] }
        let noun = isSource ? "source" : "target"
        var findings: [CheckFinding] = []
        if logical < 1 {
            let fix = CheckFix.setting("max_logical_replication_workers", "4", end, isSource: isSource)
            findings.append(.failed("max_logical_replication_workers of the \(noun) is \(logical).", fix: fix))
        }
        if all <= logical {
            let fix = CheckFix.setting("max_worker_processes", String(logical + 4), end, isSource: isSource)
            let found =
                "max_worker_processes of the \(noun) is \(all), not more than max_logical_replication_workers (\(logical))."
            findings.append(.failed(found, fix: fix))
        }
        return findings
    }

    private static let targetOrigins = MigrationCheck(
        .targetOrigins,
        "the target can remember how far it has come",
        .failed,
        .changes,
        why: "A subscription keeps its place in the source's log as a replication origin, which must be free.",
        target: [.settings, .server],
        decide: { facts in
            origins(facts.target, isSource: false)
        }
    )

    static func origins(_ end: EndFacts, isSource: Bool) -> [CheckFinding] {
        let name = "max_active_replication_origins"
        let setting = end.number(name) == nil ? "max_replication_slots" : name
        return noneFree(setting, used: end.server.integer("origins"), of: end, isSource: isSource, "origin")
    }

    private static let slotLimits = MigrationCheck(
        .slotLimits,
        "the source keeps its log as long as the migration needs it",
        .alarm,
        .changes,
        why: "A slot that falls behind its limits is lost during the copy, and the copy begins again.",
        source: [.settings, .server],
        decide: { facts in
            var findings: [CheckFinding] = []
            let size = facts.source.server.integer("bytes")
            if let limit = facts.source.number("max_slot_wal_keep_size"), limit >= 0, limit << 20 < size {
                let fix = CheckFix.setting("max_slot_wal_keep_size", "-1", facts.source, restarts: false)
                let found = "max_slot_wal_keep_size of the source is \(limit) MB, less than the database has."
                findings.append(.alarm(found, fix: fix))
            }
            if let limit = facts.source.number("idle_replication_slot_timeout"), limit > 0 {
                let fix = CheckFix.setting("idle_replication_slot_timeout", "0", facts.source, restarts: false)
                let found = "The source gives up slots that nobody reads (idle_replication_slot_timeout)."
                findings.append(.alarm(found, fix: fix))
            }
            return findings
        }
    )

    private static let outputPlugin = MigrationCheck(
        .outputPlugin,
        "the source may decode with pgoutput",
        .failed,
        .changes,
        why: "Subscriptions read through the plugin pgoutput; a server may be told to load only some.",
        source: [.settings],
        decide: { facts in
            plugin(facts.source, isSource: true)
        }
    )

    static func plugin(_ end: EndFacts, isSource: Bool) -> [CheckFinding] {
        guard let value = end.setting("output_plugin_libraries"), !value.isEmpty else { return [] }
        let plugins = value.split(separator: ",").map { $0.filter { !$0.isWhitespace && $0 != "\"" } }
        guard !plugins.contains("pgoutput"), !plugins.contains("*") else { return [] }
        let commands = [
            "ALTER SYSTEM SET output_plugin_libraries = \((plugins + ["pgoutput"]).joined(separator: ", "));",
            "SELECT pg_reload_conf();",
        ]
        let found = "output_plugin_libraries of the \(isSource ? "source" : "target") has no pgoutput: \(value)."
        return [.failed(found, fix: isSource ? .source(commands) : .target(commands))]
    }

    private static let leftovers = MigrationCheck(
        .leftovers,
        "no other migration has left anything",
        .alarm,
        why: "A slot that nobody reads keeps the source's log until its disk is full.",
        source: [.replication],
        target: [.replication],
        decide: { facts in
            let ends: [(EndFacts, String, (([String]) -> CheckFix))] = [
                (facts.source, "source", { .source($0, note: note) }),
                (facts.target, "target", { .target($0, note: note) }),
            ]
            return ends.compactMap { end, noun, fix in
                let found = end.rows(.replication)
                    .filter { $0.text("name").hasPrefix("pgsteer_") && $0.text("detail") != "true" }
                guard !found.isEmpty else { return nil }
                return .alarm(
                    "The \(noun) has what a migration made and nobody uses now.",
                    found.map { "\($0.text("kind")) \($0.text("name"))" },
                    fix: fix(found.map(removal))
                )
            }
        }
    )

    private static let note = "unless another migration is paused: look with pgsteer migration status"

    private static func removal(_ row: Row) -> String {
        let name = row.text("name")
        return switch row.text("kind") {
        case "slot": "SELECT pg_drop_replication_slot(\(Quoting.literal(name)));"
        case "publication": "DROP PUBLICATION \(Quoting.identifier(name));"
        case "subscription": "DROP SUBSCRIPTION \(Quoting.identifier(name));"
        default: "DROP SCHEMA \(Quoting.identifier(name)) CASCADE;"
        }
    }

    /// In milliseconds; shorter ones end a sender while it decodes one large transaction.
    private static let shortTimeout = 10_000

    private static let shortTimeouts = MigrationCheck(
        .shortTimeouts,
        "both ends are patient with each other",
        .alarm,
        .changes,
        why: "A timeout that is too short breaks the stream again and again while much is to be sent.",
        source: [.settings],
        target: [.settings],
        decide: { facts in
            let settings = [
                ("wal_sender_timeout", facts.source, true), ("wal_receiver_timeout", facts.target, false),
            ]
            return settings.compactMap { name, end, isSource in
                guard let value = end.number(name), value > 0, value < shortTimeout else { return nil }
                let fix = CheckFix.setting(name, "1min", end, isSource: isSource, restarts: false)
                return .alarm("\(name) of the \(isSource ? "source" : "target") is \(value) ms.", fix: fix)
            }
        }
    )
}

extension CheckFix {
    /// Sets a parameter of one end.
    static func setting(
        _ name: String,
        _ value: String,
        _ end: EndFacts,
        isSource: Bool = true,
        restarts: Bool = true
    ) -> CheckFix {
        let command = "ALTER SYSTEM SET \(name) = \(Quoting.literal(value));"
        let commands = restarts ? [command] : [command, "SELECT pg_reload_conf();"]
        let place = isSource ? "source" : "target"
        let note =
            (restarts ? "then restart the \(place); " : "")
            + "of an instance of pgsteer, parameters: { \(name): \(value) }"
        return isSource ? .source(commands, note: note) : .target(commands, note: note)
    }
}
