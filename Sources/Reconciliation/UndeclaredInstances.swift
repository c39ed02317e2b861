import Diagnostics
import Execution
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
    /// What went wrong the last time; nil when nothing did.
    private var toldError: String?
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
            if !plan.isEmpty, !context.options.isObserveOnly, context.pause == nil { try await remove(plan, force) }
            toldError = nil
        } catch {
            await tellNew("\(error)")
        }
    }

    /// What goes wrong in the same way at every interval is told once.
    private func tellNew(_ error: String) async {
        guard toldError != error else { return }
        toldError = error
        await context.tell(LoopEvent(.failed, .error, error))
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
        return await withoutWaiting(planned.plan, placements, force.revision.emptyFiles)
    }

    /// Leaves out what has to wait: for a maintenance window, as it was when the instance was declared last, or for a file
    /// that is empty.
    private func withoutWaiting(
        _ plan: Plan,
        _ placements: [String: InstanceObservation],
        _ emptyFiles: [String]
    ) async -> Plan {
        let removed = Set(plan.actions.map(\.resource.instance))
        let empty = emptyFiles.first.map { "\($0) is empty, and may have declared it" }
        let waiting = placements.filter { removed.contains($0.key) }
            .compactMapValues { empty ?? ClosedWindow.now($0.record.maintenance ?? []) }
        for (name, reason) in waiting.sorted(by: { $0.key < $1.key }) {
            let note = "is not declared any more, and is removed later: \(reason)"
            guard told.updateValue(note, forKey: name) != note else { continue }
            await context.tell(LoopEvent(.retained, .warning, instance: name, note))
        }
        return Plan(
            changes: plan.changes.filter { waiting[$0.resource.instance] == nil },
            actions: plan.actions.filter { waiting[$0.resource.instance] == nil },
            digest: plan.digest
        )
    }

    private struct RefusedError: Error, CustomStringConvertible { var description: String }

    private func remove(_ known: Plan, _ force: LoopContext.Force) async throws {
        let names = Set(known.actions.map(\.resource.instance))
        _ = try await context.changing(names) { locks async throws -> Receipt? in
            let plan = try await plan(force)
            // What has come to be undeclared meanwhile is removed the next time.
            guard Set(plan.actions.map(\.resource.instance)).isSubset(of: names) else { return nil }
            let (limit, now) = (force.revision.desired.fleet.deletionLimit, Int(Date.now.timeIntervalSince1970))
            let spent = context.deciding { _, ledger in
                ledger.reserve(plan.actions, maxRestarts: nil, maxDeletes: limit, now: now)
            }
            if let spent { throw RefusedError(description: "nothing is removed: \(spent.message)") }
            return try await context.perform(
                plan,
                on: ObservedFleet(instances: [:]),
                desired: DesiredFleet(fleet: force.revision.desired.fleet, instances: [:], objects: []),
                force,
                locks
            )
        }
    }
}
