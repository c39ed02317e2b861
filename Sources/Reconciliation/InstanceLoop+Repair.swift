import Execution
import FleetModel
import Observing
import Providers
import Resources

extension InstanceLoop {
    /// Brings back what an instance serves with, while what has failed waits to be tried again.
    ///
    /// What a failed action itself brought about wakes the loop as well, and must not lead to that action at once.
    func repair(_ instance: Instance, _ force: LoopContext.Force, _ memory: inout Memory) async {
        guard isLeftAlone(instance) == nil else { return }
        let (desired, failures) = (force.revision.desired.only(name), memory.failures)
        do {
            let seen = try await look(desired, force)
            guard seen.firstError == nil, !failures.repairs(in: seen.plan).isEmpty else { return }
            let receipt = try await repair(desired, force, failures)
            for entry in receipt?.entries ?? [] where [.performed, .failed].contains(entry.status) {
                memory.failures.noteRepair(entry.action.summary, hasFailed: entry.status == .failed)
            }
            // What was brought back may die before the next look.
            if let placement = try await force.fleet.provider.observe(name) { context.watch.follow(placement, signal) }
            followGateway(force)
        } catch {
            // Told already, where the look before failed in the same way.
            guard memory.outcome != .failed("\(error)") else { return }
            await context.tell(LoopEvent(.failed, .error, instance: name, "\(error)"))
        }
    }

    /// Takes the instance, looks once more, and performs the repairs; nil when there are none any more.
    private func repair(
        _ desired: DesiredFleet,
        _ force: LoopContext.Force,
        _ failures: FailureRecord
    ) async throws -> Receipt? {
        try await context.changing([name]) { locks async throws -> Receipt? in
            if context.interruption.isWished { return nil }
            let look = try await look(desired, force)
            let plan = failures.repairs(in: look.plan)
            if look.firstError != nil || plan.isEmpty { return nil }
            return try await context.perform(plan, on: look.observed, desired: desired, force, locks)
        }
    }
}
