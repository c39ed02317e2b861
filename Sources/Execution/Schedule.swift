import FleetModel

/// Decides which action is next; knows nothing of how actions are performed.
///
/// `next` gives actions whose prerequisites are done, in the plan's order. `finish` takes a result back and returns
/// the actions that can no longer be performed because of it.
struct Schedule {
    private var waiting: [Action]
    private var done: Set<String> = []

    init(_ actions: [Action]) {
        waiting = actions
    }

    /// Returns an action that may start now, and takes it off the list; nil when none may.
    mutating func next() -> Action? {
        guard let index = waiting.firstIndex(where: { $0.prerequisites.allSatisfy(done.contains) }) else { return nil }
        return waiting.remove(at: index)
    }

    /// Takes note of a result; returns what is behind a failure, each with the action it waited for.
    mutating func finish(_ action: Action, isSuccess: Bool) -> [(skipped: Action, because: Action)] {
        if isSuccess {
            done.insert(action.id)
            return []
        }
        var lost: [String: Action] = [action.id: action]
        var skipped: [(skipped: Action, because: Action)] = []
        // The plan's order puts prerequisites first, so one pass finds all.
        for candidate in waiting {
            guard let cause = candidate.prerequisites.compactMap({ lost[$0] }).first else { continue }
            lost[candidate.id] = candidate
            skipped.append((candidate, cause))
        }
        waiting.removeAll { lost[$0.id] != nil }
        return skipped
    }

    /// What has not been started.
    var remaining: [Action] { waiting }
}
