/// What is to be done, in which order and what for; a value that can be printed, saved and compared.
package struct Plan: Codable, Hashable, Sendable {
    package struct Summary: Codable, Hashable, Sendable {
        package var create = 0
        package var update = 0
        package var delete = 0
        package var retain = 0
        package var impact = Impact.none
    }

    package private(set) var formatVersion = "1.0"
    /// Over everything that was observed and everything that is planned; moves when either moves.
    package var digest: String
    package let summary: Summary
    package let changes: [Change]
    package let actions: [Action]
    /// Who is connected now to the instances that the plan restarts; it moves all the time and is in no digest.
    package let disruptions: [Disruption]

    package init(changes: [Change], actions: [Action], digest: String, disruptions: [Disruption] = []) {
        self.changes = changes
        self.actions = actions
        self.digest = digest
        self.disruptions = disruptions
        var summary = Summary()
        for change in changes {
            switch change.operation {
            case .create: summary.create += 1
            case .update: summary.update += 1
            case .delete: summary.delete += 1
            case .retain: summary.retain += 1
            case .none: break
            }
            summary.impact = max(summary.impact, change.impact)
        }
        self.summary = summary
    }

    /// Whether nothing is to be done; what is retained or only shown is not done.
    package var isEmpty: Bool { actions.isEmpty }
}
