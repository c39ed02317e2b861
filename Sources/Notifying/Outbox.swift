import FleetModel
import Reconciliation
import Resources

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What is still to be sent: in order for each channel, not more than so many, and not for ever.
///
/// Pure: told what became of an attempt, it says when the next one is due.
struct Outbox: Codable, Hashable, Sendable {
    struct Item: Codable, Hashable, Sendable {
        var channel: String
        var notice: Notice
        var attempts = 0
        var due: Date
    }

    /// What a channel that does not answer may keep waiting; the oldest goes first.
    static let limit = 200
    /// Whoever is told a day later has found out otherwise.
    static let patience: Double = 86_400

    private(set) var items: [Item] = []

    init() {}

    func count(of channel: String) -> Int { items.count { $0.channel == channel } }

    /// Takes a notification for a channel; returns how many had to go for it.
    mutating func add(_ notice: Notice, to channel: String, now: Date) -> Int {
        items.append(Item(channel: channel, notice: notice, due: now))
        return shorten(channel)
    }

    private mutating func shorten(_ channel: String) -> Int {
        var dropped = 0
        while count(of: channel) > Self.limit, let first = items.firstIndex(where: { $0.channel == channel }) {
            items.remove(at: first)
            dropped += 1
        }
        return dropped
    }

    /// The next item of each channel that may be sent now: the second waits for the first.
    func due(now: Date) -> [Item] {
        var seen: Set<String> = []
        return items.filter { seen.insert($0.channel).inserted && $0.due <= now }
    }

    mutating func sent(_ item: Item) {
        items.removeAll { $0.channel == item.channel && $0.notice.id == item.notice.id }
    }

    /// Returns whether it is given up.
    mutating func failed(_ item: Item, now: Date, jitter: Double) -> Bool {
        guard let index = items.firstIndex(where: { $0.channel == item.channel && $0.notice.id == item.notice.id })
        else {
            return false
        }
        items[index].attempts += 1
        let delay = Backoff().delay(after: items[index].attempts, jitter: jitter)
        items[index].due = now.addingTimeInterval(delay.seconds)
        guard now.timeIntervalSince(item.notice.time) > Self.patience else { return false }
        items.remove(at: index)
        return true
    }

    /// Forgets what waits for channels that are not there any more.
    mutating func keep(only channels: Set<String>) { items.removeAll { !channels.contains($0.channel) } }
}
