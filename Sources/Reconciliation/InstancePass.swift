import Diagnostics
package import Execution
package import FleetModel
package import Observing
import Planning
package import Resources

/// What became of one look at one instance.
package struct PassResult: Sendable {
    package var condition: Condition
    /// What it was when it was looked at last, during this pass.
    package var placement: InstanceObservation?
    /// Whether it is to be looked at again soon.
    package var hasFailed: Bool

    package init(condition: Condition, placement: InstanceObservation?, hasFailed: Bool) {
        self.condition = condition
        self.placement = placement
        self.hasFailed = hasFailed
    }
}

/// One look at one instance: observe, plan, act. Nothing of another instance is in it, so nothing there holds it up.
package struct InstancePass: Sendable {
    package let name: String
    /// The fleet with this instance alone.
    package let desired: DesiredFleet
    package let observer: Observer
    package let capabilities: ProviderCapabilities
    package let now: Int
    /// Performs a plan that is not empty, and lets the instance remember what was applied.
    package let perform: @Sendable (Plan, ObservedFleet) async throws -> Receipt

    package init(
        name: String,
        fleet: DesiredFleet,
        observer: Observer,
        capabilities: ProviderCapabilities,
        now: Int,
        perform: @escaping @Sendable (Plan, ObservedFleet) async throws -> Receipt
    ) {
        self.name = name
        desired = fleet.only(name)
        self.observer = observer
        self.capabilities = capabilities
        self.now = now
        self.perform = perform
    }

    package func run() async -> PassResult {
        do {
            let observed = try await observer.fleet(only: name, desired: desired)
            let placement = observed.instances[name]?.placement
            var collector = DiagnosticCollector()
            let planner = Planner(
                desired: desired,
                observed: observed,
                capabilities: capabilities,
                options: PlanOptions(now: now)
            )
            let plan = planner.plan(collector: &collector).plan
            if let error = collector.sorted.first(where: { $0.severity == .error }) {
                let condition = Condition(.stalled, reason: "CannotBeUsed", message: error.detail)
                return PassResult(condition: condition, placement: placement, hasFailed: true)
            }
            if plan.isEmpty { return PassResult(condition: .asDesired, placement: placement, hasFailed: false) }
            let receipt = try await perform(plan, observed)
            let after = try await observer.placement(of: name)
            return PassResult(condition: condition(after: receipt), placement: after, hasFailed: !receipt.isSuccess)
        } catch {
            let condition = Condition(.reconciling, reason: "CannotBeAsked", message: "\(error)")
            return PassResult(condition: condition, placement: nil, hasFailed: true)
        }
    }

    private func condition(after receipt: Receipt) -> Condition {
        guard let failed = receipt.entries.first(where: { $0.status == .failed }) else {
            return receipt.isInterrupted
                ? Condition(.reconciling, reason: "Interrupted", message: "stopped before everything was done")
                : .asDesired
        }
        let message = "\(failed.action.summary): \(failed.message ?? "failed")"
        return Condition(.reconciling, reason: "ActionFailed", message: message)
    }
}

extension Condition {
    static let asDesired = Condition(.ready, reason: "AsDesired", message: "as the specifications say")
}
