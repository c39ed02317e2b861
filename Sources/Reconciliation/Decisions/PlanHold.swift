package import FleetModel

/// A plan of which some actions have to wait.
package struct PlanHold: Sendable {
    /// What may be performed now.
    package var now: Plan
    /// What has to wait, in the order of the plan.
    package var held: [Action]

    /// Splits a plan.
    ///
    /// What follows a restart that waits is performed all the same, but for extensions, which may need what the restart
    /// brings, and for what needs those. A recovery never waits.
    package init(_ plan: Plan, holding mustWait: (Action) -> Bool = PlanHold.isDisruptive) {
        var waiting: [String: Action] = [:]
        for action in plan.actions {
            let causes = action.prerequisites.compactMap { waiting[$0] }
            let needsCause = causes.contains { !Self.isRestart($0) || action.resource.kind == "Extension" }
            if mustWait(action) || needsCause { waiting[action.id] = action }
        }
        // Parameters that only wait for the restart have been written already.
        for change in plan.changes where Self.onlyWaitsForRestart(change) {
            let own = plan.actions.filter { $0.resource == change.resource }
            guard own.contains(where: { waiting[$0.id].map(Self.isRestart) ?? false }) else { continue }
            for action in own where action.operation == .configure { waiting[action.id] = action }
        }
        held = plan.actions.filter { waiting[$0.id] != nil && $0.operation != .configure }
        let performed = plan.actions.filter { waiting[$0.id] == nil }
            .map { action in
                var action = action
                action.prerequisites.removeAll { waiting[$0] != nil }
                return action
            }
        now = Plan(changes: plan.changes, actions: performed, digest: plan.digest, disruptions: plan.disruptions)
    }

    /// Whether an action closes sessions of clients, or deletes something.
    package static func isDisruptive(_ action: Action) -> Bool {
        switch action.operation {
        case .restart, .switchover, .remove, .destroy: true
        case .provision, .configure, .start, .failover, .attach, .detach, .secure, .archive, .backup, .expose, .record,
            .statement, .migrate:
            false
        }
    }

    package static func isRestart(_ action: Action) -> Bool {
        action.operation == .restart || action.operation == .switchover
    }

    /// Whether an action brings a server, a standby or an endpoint back.
    package static func isRepair(_ action: Action) -> Bool {
        [.start, .failover, .attach, .expose].contains(action.operation)
    }

    package static func isDeletion(_ action: Action) -> Bool {
        action.operation == .remove || action.operation == .destroy
    }

    private static func onlyWaitsForRestart(_ change: Change) -> Bool {
        let parameters = change.differences.filter { $0.path.hasPrefix("parameters.") }
        return !parameters.isEmpty && parameters.allSatisfy { $0.isPendingRestart ?? false }
    }
}
