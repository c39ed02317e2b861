import Diagnostics
import FleetModel

/// Who is connected to what is restarted, and what else comes into force, in words.
struct DisruptionText {
    let disruption: Plan.Disruption
    /// How many sorts of sessions, and how many prepared transactions, are named; what is in a transaction comes first.
    var most = 4

    /// `orders has 3 sessions now: 2 of app in shop (web; 1 in a transaction for 5m 12s), 1 of ada in shop`
    var lines: [String] {
        let connected = [(disruption.sessions, "session"), (disruption.replication, "replication connection")]
            .filter { !$0.0.isEmpty }
            .map { sessions, noun in
                let count = FigureText.count(sessions.map(\.count).reduce(0, +), noun)
                let sorted = sessions.sorted {
                    ($0.longestTransactionSeconds ?? -1) > ($1.longestTransactionSeconds ?? -1)
                }
                return "\(count) now: \(list(sorted.map(words)))"
            }
        let prepared = (disruption.preparedTransactions ?? [])
            .map { transaction in
                "\"\(transaction.name)\" of \(transaction.user) in \(transaction.database) for \(FigureText.duration(transaction.seconds))"
            }
        let name = disruption.instance.visible
        var lines = connected.isEmpty ? [] : ["\(name) has \(connected.joined(separator: "; "))"]
        if !prepared.isEmpty {
            let count = FigureText.count(prepared.count, "prepared transaction")
            lines.append("\(name) has \(count), which a restart leaves with all locks: \(list(prepared))")
        }
        return lines + pendingLines
    }

    /// `orders: the restart also brings into force what others have set: max_wal_senders 10 -> 2`
    private var pendingLines: [String] {
        guard let pending = pending(most: .max) else { return [] }
        return ["\(disruption.instance.visible): the restart also brings into force what others have set: \(pending)"]
    }

    /// `max_wal_senders 10 -> 2`; nil for none.
    func pending(most: Int) -> String? {
        guard let parameters = disruption.pendingParameters, !parameters.isEmpty else { return nil }
        let rest = parameters.count > most ? ", and \(parameters.count - most) more" : ""
        let names = parameters.prefix(most)
            .map { "\($0.name) \($0.observed) -> \($0.pending ?? "another value")".visible }
        return names.joined(separator: ", ") + rest
    }

    private func list(_ items: [String]) -> String {
        let rest = items.count > most ? ", and \(items.count - most) more" : ""
        return items.prefix(most).map(\.visible).joined(separator: ", ") + rest
    }

    private func words(_ sessions: Plan.Disruption.Sessions) -> String {
        let place = sessions.database.isEmpty ? "" : " in \(sessions.database)"
        let details = [sessions.application, Self.transactions(sessions) ?? ""].filter { !$0.isEmpty }
        let remark = details.isEmpty ? "" : " (\(details.joined(separator: "; ")))"
        return "\(sessions.count) of \(sessions.user)\(place)\(remark)"
    }

    /// `1 in a transaction for 5m 12s`, `3 in transactions, the longest for 2h 1m`; nil for none.
    private static func transactions(_ sessions: Plan.Disruption.Sessions) -> String? {
        guard let count = sessions.openTransactions, let seconds = sessions.longestTransactionSeconds else {
            return nil
        }
        let time = FigureText.duration(seconds)
        return count == 1 ? "1 in a transaction for \(time)" : "\(count) in transactions, the longest for \(time)"
    }
}
