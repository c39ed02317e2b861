package import FleetModel

/// What the loop has disturbed within the last hour, so that a bad hour stays a small one.
package struct ActionLedger: Codable, Hashable, Sendable {
    private var restarts: [Int] = []
    private var deletions: [Int] = []
    /// Until when it is not known how much was disturbed; nil when it is known.
    private var unknownUntil: Int?
    private static let hour = 3600

    package init() {}

    /// A ledger that could not be read: for an hour it counts as spent, where there is a limit at all.
    package static func unreadable(now: Int) -> ActionLedger {
        var ledger = ActionLedger()
        ledger.unknownUntil = now + hour
        return ledger
    }

    /// What of some actions has to wait, and for what.
    package struct Limit: Hashable, Sendable {
        package enum Matter: Sendable {
            case restarts
            case deletions

            package func concerns(_ action: Action) -> Bool {
                switch self {
                case .restarts: PlanHold.isRestart(action)
                case .deletions: PlanHold.isDeletion(action)
                }
            }
        }

        package var matter: Matter
        package var message: String
        /// Before that it does not go on: seconds since 1970.
        package var until: Int?
    }

    /// Returns what has to wait, or nil after taking all actions into account.
    ///
    /// - Parameters:
    ///   - maxRestarts: How many instances may be restarted within an hour; nil for any number.
    ///   - maxDeletes: How many resources may be deleted within an hour.
    ///   - now: Seconds since 1970.
    package mutating func reserve(
        _ actions: [Action],
        maxRestarts: Int?,
        maxDeletes: Int,
        now: Int
    ) -> Limit? {
        forget(now)
        let newRestarts = actions.contains(where: PlanHold.isRestart) ? 1 : 0
        let newDeletions = actions.count(where: PlanHold.isDeletion)
        if let unknownUntil, newDeletions > 0 || newRestarts > 0 && maxRestarts != nil {
            return Limit(
                matter: newDeletions > 0 ? .deletions : .restarts,
                message: "it is not known what was restarted and deleted within the last hour",
                until: unknownUntil
            )
        }
        if let maxRestarts, newRestarts > 0, restarts.count + newRestarts > maxRestarts {
            let until = (restarts.first ?? now) + Self.hour
            let message = "safety.maxRestarts is \(maxRestarts), and so many were made within the last hour"
            return Limit(matter: .restarts, message: message, until: until)
        }
        if newDeletions > maxDeletes {
            let message =
                "these are \(newDeletions) deletions, and safety.maxDeletes is \(maxDeletes): raise it if all of them are to go"
            return Limit(matter: .deletions, message: message, until: nil)
        }
        if newDeletions > 0, deletions.count + newDeletions > maxDeletes {
            let until = (deletions.first ?? now) + Self.hour
            let message = "safety.maxDeletes is \(maxDeletes), and no more can be made within this hour"
            return Limit(matter: .deletions, message: message, until: until)
        }
        restarts += Array(repeating: now, count: newRestarts)
        deletions += Array(repeating: now, count: newDeletions)
        return nil
    }

    /// Forgets what is an hour old. What lies ahead was noted before somebody put the clock back: it counts from now on,
    /// so that it does not count for longer than an hour.
    private mutating func forget(_ now: Int) {
        func recent(_ times: [Int]) -> [Int] { times.filter { $0 > now - Self.hour }.map { min($0, now) } }
        restarts = recent(restarts)
        deletions = recent(deletions)
        unknownUntil = unknownUntil.flatMap { $0 > now ? min($0, now + Self.hour) : nil }
    }
}
