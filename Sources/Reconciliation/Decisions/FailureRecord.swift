import Diagnostics
package import FleetModel

/// What has failed, one time after the other, and until when it is not tried again.
package struct FailureRecord: Sendable {
    /// How many times in a row it has failed.
    package private(set) var count = 0
    private var end: ContinuousClock.Instant?
    /// What failed the last time.
    private var latest: String?
    /// By the summaries of actions, how often they were tried as repairs; what failed counts as tried often enough.
    private var repairs: [String: Int] = [:]
    /// What is repaired this often and breaks again waits like everything else.
    private static let enough = 3

    package init() {}

    /// Takes note of what a look came to.
    package mutating func note(_ outcome: LoopOutcome) {
        switch outcome {
        case .failed(let message):
            count += 1
            latest = message
        // Who waits for something else has not come right by that.
        case .held: end = nil
        case .settled, .performed, .refused: self = FailureRecord()
        }
    }

    /// Takes note of the actions that failed when everything was tried: only the end of the pause tries them again.
    package mutating func noteTry(failed actions: [String]) {
        repairs = [:]
        for action in actions { repairs[action] = Self.enough }
    }

    /// Takes note of a repair.
    package mutating func noteRepair(_ action: String, hasFailed: Bool) {
        repairs[action, default: 0] += hasFailed ? Self.enough : 1
    }

    /// Adds why it came to this to what has to wait: what waits for a budget is often what failed before.
    package func explained(_ outcome: LoopOutcome) -> LoopOutcome {
        guard case .held(.waitingForBudget, let message, let until) = outcome, let latest else { return outcome }
        return .held(.waitingForBudget, "\(message); it failed before: \(latest.firstLine)", until: until)
    }

    /// Begins a pause.
    package mutating func pause(until end: ContinuousClock.Instant) { self.end = end }

    /// Returns how long nothing but repairs is done; nil when everything may be tried.
    ///
    /// - Parameter wakes: Somebody's wish, and changed specifications, do not wait.
    package func rest(at now: ContinuousClock.Instant, despite wakes: Set<Wake>) -> Duration? {
        guard let end, now < end, wakes.isDisjoint(with: Wake.wishes.union([.specs])) else { return nil }
        return end - now
    }

    /// Returns what of a plan brings servers, standbys and endpoints back, has not failed itself and lasts.
    ///
    /// What else comes before it in the plan is no reason to wait: clients wait for it.
    package func repairs(in plan: Plan) -> Plan {
        var blocked: Set<String> = []
        var found: [Action] = []
        for action in plan.actions {
            let isRepair = PlanHold.isRepair(action)
            if isRepair && repairs[action.summary, default: 0] >= Self.enough
                || !blocked.isDisjoint(with: action.prerequisites)
            {
                blocked.insert(action.id)
            } else if isRepair {
                found.append(action)
            }
        }
        let ids = Set(found.map(\.id))
        found = found.map { action in
            var action = action
            action.prerequisites.removeAll { !ids.contains($0) }
            return action
        }
        return Plan(changes: plan.changes, actions: found, digest: plan.digest, disruptions: plan.disruptions)
    }
}
