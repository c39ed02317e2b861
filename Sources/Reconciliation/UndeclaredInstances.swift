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

/// Instances that are there and that no specification declares: told once, shown, and removed only where that was asked for.
actor UndeclaredInstances {
    let context: LoopContext
    /// By name, what becomes of those that were there at the last look.
    private var known: [String: Condition] = [:]
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
            let found = try await find(force)
            if found.plan.isEmpty {
                await note(found.conditions)
            } else {
                // Not before: what a budget keeps would be told as removed and as kept, again and again.
                let limit = try await remove(found.plan, force)
                await note(try await find(force, limit).conditions)
            }
            guard let problem = found.problem else {
                toldError = nil
                return
            }
            await tellNew(problem)
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

    // MARK: What is there

    /// What is to be removed now, and what becomes of each, by name.
    private struct Found: Sendable {
        var plan: Plan
        var conditions: [String: Condition]
        /// Why nothing is removed that could be.
        var problem: String?
    }

    /// Shows what becomes of each, and tells what is new of it.
    private func note(_ found: [String: Condition]) async {
        let news = found.filter {
            LoopEvent.gist(of: $0.value.message) != known[$0.key].map { LoopEvent.gist(of: $0.message) }
        }
        known = found.reduce(into: [:]) { kept, entry in
            let before = known[entry.key].map { [$0] } ?? context.takeEarlierConditions(of: entry.key)
            kept[entry.key] = entry.value.keepingTime(of: before)
        }
        let shown = known.sorted { $0.key < $1.key }.map { UndeclaredInstance(name: $0.key, condition: $0.value) }
        await context.status.update { $0.undeclared = shown.isEmpty ? nil : shown }
        for (name, condition) in news.sorted(by: { $0.key < $1.key }) {
            await context.tell(LoopEvent(.retained, .warning, instance: name, condition.message))
        }
    }

    /// What no document declares, compared with specifications that declare nothing.
    ///
    /// - Parameter limit: What has kept the last removal.
    private func find(_ force: LoopContext.Force, _ limit: ActionLedger.Limit? = nil) async throws -> Found {
        let declared = force.revision.desired.instances
        let placements = try await force.fleet.provider.observe().filter { declared[$0.key] == nil }
        var options = PlanOptions(prune: context.options.prune)
        options.now = Int(Date.now.timeIntervalSince1970)
        var collector = DiagnosticCollector()
        let plan = Planner(
            desired: DesiredFleet(fleet: force.revision.desired.fleet, instances: [:], objects: []),
            observed: ObservedFleet(
                instances: placements.mapValues { ObservedInstance(placement: $0, server: nil) }
            ),
            capabilities: force.fleet.provider.local.capabilities,
            options: options
        )
        .plan(collector: &collector).plan
        let problem = collector.sorted.first { $0.severity == .error }?.sentence
        var conditions: [String: Condition] = [:]
        for change in plan.changes where change.operation == .retain {
            // With --prune the note only says what keeps it.
            let message = (context.options.prune ? "not declared any more; it stays: " : "") + (change.note ?? "")
            conditions[change.resource.instance] = Condition(.declared, isTrue: false, .retained, message, since: .now)
        }
        let removed = Set(plan.actions.map(\.resource.instance))
        for (name, placement) in placements where removed.contains(name) {
            conditions[name] = removal(placement, force.revision.emptyFiles, budget: limit?.message ?? problem)
        }
        let now = Set(conditions.filter { $0.value.reason == .removing }.keys)
        return Found(
            plan: Plan(
                changes: plan.changes.filter { now.contains($0.resource.instance) },
                actions: plan.actions.filter { now.contains($0.resource.instance) },
                digest: plan.digest
            ),
            conditions: conditions,
            problem: problem
        )
    }

    /// What the removal waits for: for a file that is empty, or for a maintenance window, as it was when the instance was
    /// declared last.
    private func removal(_ placement: InstanceObservation, _ emptyFiles: [String], budget: String?) -> Condition {
        func later(_ reason: Condition.Reason, _ why: String) -> Condition {
            let message = "is not declared any more, and is removed later: \(why)"
            return Condition(.declared, isTrue: false, reason, message, since: .now)
        }
        if let file = emptyFiles.first { return later(.retained, "\(file) is empty, and may have declared it") }
        if let window = ClosedWindow.now(placement.record.maintenance ?? []) { return later(.waitingForWindow, window) }
        if context.options.isObserveOnly { return later(.observeOnly, "the loop only observes") }
        if let pause = context.pause { return later(.paused, "the loop is paused: \(pause)") }
        if let budget { return later(.waitingForBudget, budget) }
        return Condition(.declared, isTrue: false, .removing, "is not declared any more, and is removed", since: .now)
    }

    // MARK: Removing

    /// Returns what keeps it, so that nothing is removed.
    private func remove(_ known: Plan, _ force: LoopContext.Force) async throws -> ActionLedger.Limit? {
        let names = Set(known.actions.map(\.resource.instance))
        return try await context.changing(names) { locks async throws -> ActionLedger.Limit? in
            let plan = try await find(force).plan
            // What has come to be undeclared meanwhile is removed the next time.
            guard Set(plan.actions.map(\.resource.instance)).isSubset(of: names) else { return nil }
            let (allowed, now) = (force.revision.desired.fleet.deletionLimit, Int(Date.now.timeIntervalSince1970))
            let limit = context.deciding { _, ledger in
                ledger.reserve(plan.actions, maxRestarts: nil, maxDeletes: allowed, now: now)
            }
            guard limit == nil else { return limit }
            _ = try await context.perform(
                plan,
                on: ObservedFleet(instances: [:]),
                desired: DesiredFleet(fleet: force.revision.desired.fleet, instances: [:], objects: []),
                force,
                locks
            )
            return nil
        }
    }
}
