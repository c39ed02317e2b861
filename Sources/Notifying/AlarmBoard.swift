import Backups
import FleetModel
import Reconciliation
import Resources

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What has been told and holds still, so that each thing is told once and its end, too; also over a restart of the loop.
///
/// Pure: told what the loop knows, it returns what is to be sent.
struct AlarmBoard: Codable, Hashable, Sendable {
    private struct Alarm: Codable, Hashable, Sendable {
        /// What makes it another alarm: reasons and attributes, not the words of a message.
        var reasons: Set<String>
        var since: Date
    }

    private struct Primary: Codable, Hashable, Sendable {
        /// A new instance of the same name has another.
        var instance: String
        var node: Int
    }

    private var open: [String: Alarm] = [:]
    private var primaries: [String: Primary] = [:]
    /// Instances that this process has seen declared; before, that one is missing means nothing.
    private var seen: Set<String> = []

    private enum CodingKeys: String, CodingKey {
        case open
        case primaries
    }

    init() {}

    // MARK: What is seen

    mutating func see(_ state: LoopState, now: Date) -> [Notice] {
        var notices: [Notice?] = [see(specifications: state, now: now)]
        for instance in state.instances {
            seen.insert(instance.name)
            notices.append(see(instance, now: now))
        }
        let gone = seen.subtracting(state.instances.map(\.name))
        for name in gone.sorted() {
            for topic in [NotificationChannel.Topic.stalled, .drift, .backupFailed] {
                notices.append(clear(topic, Self.subject(name), "it is not declared any more", now: now))
            }
            primaries[name] = nil
            seen.remove(name)
        }
        return notices.compactMap(\.self)
    }

    private mutating func see(specifications state: LoopState, now: Date) -> Notice? {
        let (topic, subject) = (NotificationChannel.Topic.specifications, "specifications")
        if let problem = state.specProblem {
            return hold(topic, subject, ["specifications \(problem)"], "refused: \(problem)", now: now)
        }
        if let problem = state.git?.problem {
            // How a remote fails may change with each try.
            let reason = state.git?.unreachableSince == nil ? "git \(problem)" : "unreachable"
            return hold(topic, subject, [reason], problem, now: now)
        }
        // Before anything has been read, or while a newer commit is still to come into force, nothing is known to be right.
        let isToCome = state.git?.newest.map { $0 != state.commit } ?? false
        return state.specDigest == nil || isToCome ? nil : clear(topic, subject, "the newest are in force", now: now)
    }

    private mutating func see(_ instance: InstanceState, now: Date) -> Notice? {
        let subject = Self.subject(instance.name)
        if let stalled = instance.condition(.stalled) {
            let why = instance.condition(.ready)?.message ?? stalled.message
            return hold(.stalled, subject, [stalled.reason.rawValue], "\(why) (\(stalled.reason.rawValue))", now: now)
        }
        return isOver(instance) ? clear(.stalled, subject, "it gets on again", now: now) : nil
    }

    /// Whether an instance that was stuck, and is not any more, has come right.
    private func isOver(_ instance: InstanceState) -> Bool {
        if instance.isReady { return true }
        guard let reason = instance.condition(.reconciling)?.reason,
            ![.progressing, .progressingWithRetry].contains(reason)
        else { return false }
        // What was refused can be done now, and waits for its time. What failed may only wait for its next try, also after a
        // restart of the loop, which does not know how often it has failed.
        let passing = [Condition.Reason.planRefused, .parametersRejected, .notServing, .notConverging].map(\.rawValue)
        return open[Self.key(.stalled, Self.subject(instance.name))]?.reasons.isSubset(of: passing) ?? false
    }

    mutating func see(_ look: LoopLook, of name: String, now: Date) -> [Notice] {
        let subject = Self.subject(name)
        let drift: Notice? =
            look.isInconclusive
            ? nil
            : look.drift.isEmpty
                ? clear(.drift, subject, "everything is as declared again", now: now)
                : hold(.drift, subject, Set(look.drift), Self.sentence(of: look.drift), now: now)
        let backup =
            look.archive?.failure
            .map { failure in
                let message =
                    "a backup failed at \(Moment.text(failure.time)); pgsteer backup list \(name) shows those there are"
                return hold(.backupFailed, subject, ["failed"], message, now: now)
            } ?? clear(.backupFailed, subject, "a backup was made again", now: now)
        return [drift, backup, failover(look, of: name, now: now)].compactMap(\.self)
    }

    /// That another node is the primary is seen in the instance, so that it is told whoever brought it about.
    private mutating func failover(_ look: LoopLook, of name: String, now: Date) -> Notice? {
        guard let placement = look.observed?.placement, let node = placement.primary?.number,
            placement.state == .running
        else { return nil }
        let primary = Primary(instance: placement.id, node: node)
        guard let before = primaries.updateValue(primary, forKey: name), before.instance == primary.instance,
            before.node != node
        else { return nil }
        let message = "node \(node) is the primary now, instead of node \(before.node); clients are connected again"
        return Notice(.failover, .happened, Self.subject(name), message, since: now, time: now)
    }

    /// - Parameter isReady: Whether it waits for its completion; nil while it is followed and has fallen behind for a moment.
    mutating func see(migration name: String, isReady: Bool?, now: Date) -> Notice? {
        let subject = "Migration/\(name)"
        guard let isReady else { return nil }
        guard isReady else { return clear(.migrationReady, subject, "it does not wait any more", now: now) }
        let message = "the target has everything; pgsteer migration complete \(name) moves the writes over"
        return hold(.migrationReady, subject, ["ready"], message, now: now)
    }

    // MARK: Alarms

    private mutating func hold(
        _ topic: NotificationChannel.Topic,
        _ subject: String,
        _ reasons: Set<String>,
        _ message: String,
        now: Date
    ) -> Notice? {
        let key = Self.key(topic, subject)
        // What becomes less is no news; what comes to it is.
        if let alarm = open[key], reasons.isSubset(of: alarm.reasons) { return nil }
        let since = open[key]?.since ?? now
        open[key] = Alarm(reasons: reasons, since: since)
        return Notice(topic, .firing, subject, message, since: since, time: now)
    }

    private mutating func clear(_ topic: NotificationChannel.Topic, _ subject: String, _ message: String, now: Date)
        -> Notice?
    {
        guard let alarm = open.removeValue(forKey: Self.key(topic, subject)) else { return nil }
        return Notice(topic, .resolved, subject, message, since: alarm.since, time: now)
    }

    private static func key(_ topic: NotificationChannel.Topic, _ subject: String) -> String {
        "\(topic.rawValue) \(subject)"
    }

    private static func subject(_ instance: String) -> String { "Instance/\(instance)" }

    private static func sentence(of drift: [String]) -> String {
        let names = drift.prefix(5).joined(separator: ", ")
        return
            "somebody else changed \(names)\(drift.count > 5 ? " and \(drift.count - 5) more" : ""); pgsteer drift shows more"
    }
}
