package import FleetModel
package import Providers
package import Reconciliation
package import Resources
package import SideEffects
import SpecSchema
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Tells the channels of the fleet what the loop comes to know: each thing once, again until it has been taken.
///
/// What has been told, and what waits to be sent, outlives the loop in its folder. That file holds names of channels and no
/// address.
package final class Notifier: LoopWatcher {
    /// A channel with its address.
    package struct Channel: Sendable, Hashable {
        var declared: NotificationChannel
        var address: Secret

        package init(_ declared: NotificationChannel, address: Secret) {
            self.declared = declared
            self.address = address
        }
    }

    /// What is kept in the file.
    private struct Kept: Codable, Equatable {
        var board = AlarmBoard()
        var outbox = Outbox()
    }

    private struct Contents {
        /// Nil until specifications have come into force: before, nobody is known who could be told.
        var channels: [String: Channel]?
        var kept = Kept()
        var isChanged = false
        var counts = NotificationCounts()
        /// Channels that did not take the last attempt.
        var failing: Set<String> = []
        var commit: String?
        var latest: LoopState?
    }

    private let home: LocalHome
    private let effects: SideEffectCounter
    private let host: String
    private let webhook: Webhook
    private let contents = Mutex(Contents())

    package init(home: LocalHome, effects: SideEffectCounter, host: String, environment: [String: String]) {
        self.home = home
        self.effects = effects
        self.host = host
        webhook = Webhook(environment: environment)
    }

    private var file: String { home.loop.notifications }

    /// Takes the channels of the specifications that have come into force.
    package func use(_ channels: [Channel]) {
        contents.withLock { contents in
            if contents.channels == nil { contents.kept = readKept() ?? Kept() }
            let named = Dictionary(channels.map { ($0.declared.name.value, $0) }) { first, _ in first }
            contents.channels = named
            contents.kept.outbox.keep(only: Set(named.keys))
            contents.counts.channels = contents.counts.channels.filter { named[$0.key] != nil }
            for name in named.keys where contents.counts.channels[name] == nil {
                contents.counts.channels[name] = .init()
            }
            contents.isChanged = true
            if let latest = contents.latest { learn(&contents) { $0.see(latest, now: .now) } }
        }
    }

    // MARK: What the loop comes to know

    package func saw(_ state: LoopState) {
        contents.withLock { contents in
            contents.latest = state
            contents.commit = state.commit
            learn(&contents) { $0.see(state, now: .now) }
        }
    }

    package func saw(_ look: LoopLook, of instance: String) {
        contents.withLock { contents in
            learn(&contents) { $0.see(look, of: instance, now: .now) }
        }
    }

    /// - Parameter isReady: See `AlarmBoard`.
    package func sawMigration(_ name: String, isReady: Bool?) {
        contents.withLock { contents in
            learn(&contents) { [$0.see(migration: name, isReady: isReady, now: .now)].compactMap(\.self) }
        }
    }

    private func learn(_ contents: inout Contents, _ see: (inout AlarmBoard) -> [Notice]) {
        // With nobody to tell, nothing counts as told.
        guard let channels = contents.channels, !channels.isEmpty else { return }
        let before = contents.kept
        for var notice in see(&contents.kept.board) {
            notice.host = host
            notice.commit = contents.commit
            for (name, channel) in channels where channel.declared.topics.contains(notice.topic) {
                let dropped = contents.kept.outbox.add(notice, to: name, now: .now)
                contents.counts.channels[name, default: .init()].dropped += dropped
            }
        }
        if contents.kept != before { contents.isChanged = true }
    }

    // MARK: Sending

    private static let tick = Duration.milliseconds(500)

    /// Sends what is due, until the task is cancelled; what is not sent by then waits in the file.
    package func run(_ telling: SourceTelling) async {
        while !Task.isCancelled {
            if await !sendDue(telling) { try? await Task.sleep(for: Self.tick) }
        }
        await keep()
    }

    /// Sends what is due, for a time at most; what is not taken waits in the file for whoever sends next.
    package func sendAll(_ telling: SourceTelling, within limit: Duration) async {
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end, await sendDue(telling) {}
        await keep()
    }

    /// Sends the first of each channel that is due; returns whether there was one.
    private func sendDue(_ telling: SourceTelling) async -> Bool {
        await keep()
        let due = contents.withLock { contents in
            contents.kept.outbox.due(now: .now)
                .compactMap { item in contents.channels?[item.channel].map { (item, $0) } }
        }
        await withTaskGroup(of: Void.self) { group in
            for (item, channel) in due { group.addTask { await self.send(item, to: channel, telling) } }
        }
        await telling.status.note(counts)
        return !due.isEmpty
    }

    private func send(_ item: Outbox.Item, to channel: Channel, _ telling: SourceTelling) async {
        let problem = await webhook.post(item.notice.body(channel.declared.format), to: channel.address)
        // Broken off because the loop ends: nothing is known.
        if problem != nil, Task.isCancelled { return }
        let event = contents.withLock { contents in
            problem.map { Self.note($0, of: item, &contents) } ?? Self.noteSent(item, &contents)
        }
        if let event { await telling.tell(event) }
    }

    private static func noteSent(_ item: Outbox.Item, _ contents: inout Contents) -> LoopEvent? {
        contents.kept.outbox.sent(item)
        contents.isChanged = true
        contents.counts.channels[item.channel, default: .init()].sent += 1
        guard contents.failing.remove(item.channel) != nil else { return nil }
        return LoopEvent(.notificationsResumed, "notifications to \(item.channel) are delivered again")
    }

    /// Tells the first failure of a channel, not each.
    private static func note(_ problem: String, of item: Outbox.Item, _ contents: inout Contents) -> LoopEvent? {
        let isGivenUp = contents.kept.outbox.failed(item, now: .now, jitter: .random(in: 0...1))
        contents.isChanged = true
        contents.counts.channels[item.channel, default: .init()].failed += 1
        if isGivenUp { contents.counts.channels[item.channel, default: .init()].dropped += 1 }
        guard contents.failing.insert(item.channel).inserted else { return nil }
        return LoopEvent(
            .notificationsFailed,
            .warning,
            "notifications to \(item.channel) cannot be delivered: \(problem); they wait, and are sent again for a day"
        )
    }

    private var counts: NotificationCounts {
        contents.withLock { contents in
            var counts = contents.counts
            for name in counts.channels.keys {
                counts.channels[name]?.waiting = contents.kept.outbox.count(of: name)
            }
            return counts
        }
    }

    // MARK: The file

    /// Writes down what has changed; without channels there is nothing to remember. One that cannot be written costs a
    /// notification sent twice after a restart.
    private func keep() async {
        let kept: Kept?? = contents.withLock { contents in
            guard contents.isChanged, let channels = contents.channels else { return nil }
            contents.isChanged = false
            if channels.isEmpty { contents.kept = Kept() }
            return .some(channels.isEmpty ? nil : contents.kept)
        }
        guard let kept else { return }
        guard let kept else {
            try? home.loop.remove(file, effects)
            return
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        encoder.dateEncodingStrategy = .iso8601
        guard let data = try? encoder.encode(kept) else { return }
        try? home.loop.write(String(decoding: data, as: UTF8.self) + "\n", to: file, effects)
    }

    private func readKept() -> Kept? {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return home.loop.text(file).flatMap { try? decoder.decode(Kept.self, from: Data($0.utf8)) }
    }
}
