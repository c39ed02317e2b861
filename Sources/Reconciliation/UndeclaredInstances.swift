import Diagnostics
import FleetModel
import Planning
import Providers
import Resources

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Instances that are there and that no specification declares: told once, and removed only where that was asked for.
actor UndeclaredInstances {
    let context: LoopContext
    private var told: [String: String] = [:]
    private var next = ContinuousClock.now
    private var isBusy = false

    init(context: LoopContext) {
        self.context = context
    }

    /// - Parameter isNew: Whether the specifications have just changed.
    func look(_ force: LoopContext.Force, isNew: Bool) async {
        guard !isBusy, isNew || ContinuousClock.now >= next else { return }
        isBusy = true
        defer { isBusy = false }
        next = .now + context.options.interval
        do {
            let plan = try await plan(force)
            let retained = plan.changes.filter { $0.operation == .retain }
            for change in retained {
                let name = change.resource.instance
                guard told.updateValue(change.note ?? "", forKey: name) != change.note ?? "" else { continue }
                await context.tell(
                    LoopEvent(.retained, .warning, instance: name, change.note ?? "not declared any more")
                )
            }
            if !plan.isEmpty, !context.options.isObserveOnly, context.pause == nil { try await remove(force) }
        } catch {
            await context.tell(LoopEvent(.failed, .error, "\(error)"))
        }
    }

    /// What no document declares, compared with specifications that declare nothing.
    private func plan(_ force: LoopContext.Force) async throws -> Plan {
        let declared = force.revision.desired.instances
        let placements = try await force.fleet.provider.observe().filter { declared[$0.key] == nil }
        var options = PlanOptions(prune: context.options.prune)
        options.now = Int(Date.now.timeIntervalSince1970)
        var collector = DiagnosticCollector()
        let planned = Planner(
            desired: DesiredFleet(fleet: force.revision.desired.fleet, instances: [:], objects: []),
            observed: ObservedFleet(
                instances: placements.mapValues { ObservedInstance(placement: $0, server: nil) }
            ),
            capabilities: force.fleet.provider.local.capabilities,
            options: options
        )
        .plan(collector: &collector)
        if let error = collector.sorted.first(where: { $0.severity == .error }) {
            throw RefusedError(description: error.sentence)
        }
        return planned.plan
    }

    private struct RefusedError: Error, CustomStringConvertible { var description: String }

    private func remove(_ force: LoopContext.Force) async throws {
        _ = try await context.changingHome {
            let plan = try await plan(force)
            let (limit, now) = (force.revision.desired.fleet.deletionLimit, Int(Date.now.timeIntervalSince1970))
            let spent = context.deciding { _, ledger in
                ledger.reserve(plan.actions, maxRestarts: nil, maxDeletes: limit, now: now)
            }
            if let spent { throw RefusedError(description: "nothing is removed: \(spent.message)") }
            return try await context.host.perform(
                plan,
                on: ObservedFleet(instances: [:]),
                desired: DesiredFleet(fleet: force.revision.desired.fleet, instances: [:], objects: []),
                commit: force.revision.commit,
                fleet: force.fleet
            )
        }
    }
}
