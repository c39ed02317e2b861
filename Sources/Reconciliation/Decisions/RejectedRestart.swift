package import FleetModel

/// A restart that a server did not come back from with its new parameters, so that it runs with the old ones.
///
/// It closes sessions, and the same values would end in the same way: it waits until others are desired, or somebody asks
/// for it.
package struct RejectedRestart: Codable, Hashable, Sendable {
    /// What the restart was to bring, as attribute and value.
    private var values: Set<String>
    package private(set) var message: String

    /// - Parameter plan: What the restart was a part of.
    package init(_ plan: Plan, _ message: String) {
        values = Self.values(of: plan)
        self.message = message
    }

    /// Splits a plan that would do the same again; nil for one that brings something else.
    ///
    /// The parameters wait as well: a server that dies meanwhile would not start with them.
    package func hold(_ plan: Plan) -> PlanHold? {
        guard plan.actions.contains(where: PlanHold.isRestart), Self.values(of: plan) == values else { return nil }
        return PlanHold(plan) { PlanHold.isRestart($0) || $0.operation == .configure }
    }

    private static func values(of plan: Plan) -> Set<String> {
        let differences = plan.changes.flatMap(\.differences).filter { $0.impact >= .restart }
        return Set(differences.map { "\($0.path)=\($0.desired ?? "")" })
    }
}
