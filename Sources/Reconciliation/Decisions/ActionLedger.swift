package import FleetModel

/// What the loop has disturbed within the last hour, so that a bad hour stays a small one.
package struct ActionLedger: Sendable {
    private var restarts: [Int] = []
    private var deletions: [Int] = []
    private static let hour = 3600

    package init() {}

    /// Returns why actions have to wait, or nil after taking them into account.
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
    ) -> (message: String, until: Int)? {
        restarts.removeAll { $0 <= now - Self.hour }
        deletions.removeAll { $0 <= now - Self.hour }
        let newRestarts = actions.contains(where: PlanHold.isRestart) ? 1 : 0
        let newDeletions = actions.count(where: PlanHold.isDeletion)
        if let maxRestarts, newRestarts > 0, restarts.count + newRestarts > maxRestarts {
            let until = (restarts.first ?? now) + Self.hour
            return ("safety.maxRestarts is \(maxRestarts), and so many were made within the last hour", until)
        }
        if newDeletions > 0, deletions.count + newDeletions > maxDeletes {
            let until = (deletions.first ?? now) + Self.hour
            return ("safety.maxDeletes is \(maxDeletes), and no more can be made within this hour", until)
        }
        restarts += Array(repeating: now, count: newRestarts)
        deletions += Array(repeating: now, count: newDeletions)
        return nil
    }
}
