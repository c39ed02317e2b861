import Diagnostics
import FleetModel

/// Actions in the order they are found, with names in that order.
struct ActionList {
    private(set) var actions: [Action] = []

    /// Adds an action for a change and returns its name.
    @discardableResult
    mutating func add(
        _ operation: Action.Operation,
        for change: Change,
        _ summary: String,
        impact: Impact = .none,
        after prerequisites: [String] = [],
        source: SourceLocation? = nil
    ) -> String {
        let id = "a\(actions.count + 1)"
        actions.append(
            Action(
                id: id,
                resource: change.resource,
                operation: operation,
                summary: summary,
                reason: change.reason,
                impact: impact,
                prerequisites: prerequisites,
                source: source ?? change.source
            )
        )
        return id
    }
}

extension [String] {
    /// All of few, the first of many: `a, b, c and 4 more`.
    var shortened: String {
        count > 4 ? "\(prefix(3).joined(separator: ", ")) and \(count - 3) more" : joined(separator: ", ")
    }
}
