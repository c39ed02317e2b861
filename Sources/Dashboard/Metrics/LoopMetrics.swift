import Reconciliation

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The numbers of the loop itself.
struct LoopMetrics {
    let facts: FleetFacts

    var metrics: [Metric] {
        let loop = facts.loop
        return [
            single("loop_started_timestamp_seconds", "When the loop was started.", loop.started.timeIntervalSince1970),
            single("loop_interval_seconds", "How often an instance is looked at when nothing happens.", loop.interval),
            single("loop_paused", "Whether somebody paused the loop.", loop.pause == nil ? 0 : 1),
            single("loop_observe_only", "Whether the loop only looks.", loop.isObserveOnly ? 1 : 0),
            single(
                "loop_specifications_valid",
                "Whether the newest specifications are in force; 0 when they have a mistake.",
                loop.specProblem == nil && loop.specDigest != nil ? 1 : 0
            ),
            single("page_event_streams", "Pages that are kept up to date now.", Double(facts.openStreams)),
            looks, durations,
        ] + git + notifications
    }

    /// Left out where no repository is followed.
    private var git: [Metric] {
        var reachable = Metric(
            "pgsteer_git_reachable",
            .gauge,
            "Whether the repository answered when it was asked last."
        )
        var answered = Metric("pgsteer_git_answered_timestamp_seconds", .gauge, "When the repository answered last.")
        var held = Metric(
            "pgsteer_git_commit_held",
            .gauge,
            "Whether the newest commit may not come into force: replaced history, a signature, a missing branch."
        )
        if let git = facts.loop.git {
            reachable.add(git.unreachableSince == nil, [:])
            answered.add(git.answered?.timeIntervalSince1970, [:])
            held.add(git.unreachableSince == nil && git.problem != nil, [:])
        }
        return [reachable, answered, held]
    }

    private var notifications: [Metric] {
        var sent = Metric("pgsteer_notifications_sent", .counter, "Notifications that a channel took.")
        var failed = Metric("pgsteer_notifications_failed", .counter, "Attempts that failed.")
        var dropped = Metric("pgsteer_notifications_dropped", .counter, "Notifications that were given up.")
        var waiting = Metric("pgsteer_notifications_waiting", .gauge, "Notifications that are still to be sent.")
        for (name, channel) in facts.notifications.channels.sorted(by: { $0.key < $1.key }) {
            sent.add(channel.sent, ["channel": name])
            failed.add(channel.failed, ["channel": name])
            dropped.add(channel.dropped, ["channel": name])
            waiting.add(channel.waiting, ["channel": name])
        }
        return [sent, failed, dropped, waiting]
    }

    private func single(_ name: String, _ help: String, _ value: Double) -> Metric {
        var metric = Metric("pgsteer_\(name)", .gauge, help)
        metric.add(value, [:])
        return metric
    }

    private var looks: Metric {
        var metric = Metric("pgsteer_loop_looks", .counter, "Looks at an instance, by what they came to.")
        for (name, counts) in facts.counts.instances.sorted(by: { $0.key < $1.key }) {
            for result in LoopCounts.Result.allCases {
                metric.add(counts.looks[result] ?? 0, ["instance": name, "result": result.rawValue])
            }
        }
        return metric
    }

    private var durations: Metric {
        var metric = Metric(
            "pgsteer_loop_look_duration_seconds",
            .summary,
            "Time of looks at an instance, with what was done after them."
        )
        for (name, counts) in facts.counts.instances.sorted(by: { $0.key < $1.key }) {
            metric.add(counts.seconds, ["instance": name], suffix: "_sum")
            metric.add(counts.count, ["instance": name], suffix: "_count")
        }
        return metric
    }
}
