/// What is known of a node that is to follow the primary.
struct StandbyFacts: Hashable, Sendable {
    /// Whether it has data of this very instance that nothing has half rewritten.
    var hasUsableData: Bool
    var isRunning: Bool
    /// Whether it runs and nobody can ask it, because the file of its socket is gone.
    var isDeaf = false
    /// Whether it runs as a standby, and not as a primary of its own.
    var isStandby: Bool
    /// Whether the primary sends it the write-ahead log.
    var isFollowing: Bool
    /// Whether the primary still keeps what it needs.
    var hasSlot: Bool
    /// Whether it waits for a restart, for parameters.
    var waitsForRestart: Bool
}

/// The next step of letting a node follow the primary: the cheapest that has not been tried in vain.
enum StandbyStep: String, Sendable {
    /// Nothing is left to do.
    case done
    /// It follows within moments, or tells why it does not.
    case await
    case start
    case stop
    case rewind
    /// The primary's data is copied.
    case copy

    /// Returns the next step.
    ///
    /// - Parameter tried: Steps that have been taken already.
    static func next(_ facts: StandbyFacts, tried: Set<StandbyStep>) -> StandbyStep {
        if facts.isFollowing, facts.isStandby, !facts.waitsForRestart { return .done }
        guard facts.hasUsableData else { return facts.isRunning ? .stop : .copy }
        if facts.isRunning {
            if facts.waitsForRestart || facts.isDeaf || !facts.isStandby { return .stop }
            return tried.contains(.await) ? .stop : .await
        }
        // What does not start, or was started and did not follow, has broken data or has gone another way than the primary.
        if tried.isDisjoint(with: [.start, .await]) { return .start }
        if !tried.contains(.rewind), facts.hasSlot { return .rewind }
        return .copy
    }
    /// Returns what has been tried in vain when this step has been taken.
    ///
    /// What has been made anew gets its chance again, and what was stopped may be started again.
    func added(to tried: Set<StandbyStep>) -> Set<StandbyStep> {
        switch self {
        case .rewind, .copy: tried.union([self]).subtracting([.start, .await])
        case .stop: tried.union([self]).subtracting([.start])
        case .start, .await, .done: tried.union([self])
        }
    }
}
