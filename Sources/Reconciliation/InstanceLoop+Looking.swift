import Backups
import Diagnostics
import FleetModel
import Observing
import Planning
import Providers
import Resources

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension InstanceLoop {
    /// What one look showed.
    struct Look {
        var observed: ObservedFleet
        var plan: Plan
        var diagnostics: [Diagnostic]
        var backupAlarms: [BackupAlarm]?
        /// Which other program was changing the instance: what was seen may be half of a change.
        var changer: String?

        var firstError: Diagnostic? { diagnostics.first { $0.severity == .error } }

        /// Whether what has drifted cannot be told: by a server that does not serve, or amid somebody's change.
        func isInconclusive(_ name: String) -> Bool {
            let state = observed.instances[name]?.placement.state
            return changer != nil || firstError != nil || state == .stopped || state == .unresponsive
        }
    }

    /// Observes the instance and plans for it; shows what was seen to those who ask the loop.
    func look(_ desired: DesiredFleet, _ force: LoopContext.Force) async throws -> Look {
        var observed = ObservedFleet(instances: [:])
        let changer = context.changer(of: name)
        if let placement = try await force.fleet.provider.observe(name) {
            let instance = await force.fleet.observer.instance(placement, desired: desired)
            observed.instances[name] = instance
            context.watch.follow(instance.placement, signal)
        }
        try await addSources(of: desired, to: &observed, force)
        var options = PlanOptions(prune: context.options.prune)
        options.now = Int(Date.now.timeIntervalSince1970)
        let planner = Planner(
            desired: desired,
            observed: observed,
            capabilities: force.fleet.provider.local.capabilities,
            options: options
        )
        var collector = DiagnosticCollector()
        let plan = planner.plan(collector: &collector).plan
        collector.emit(contentsOf: PolicyImpact.diagnostics(plan, desired))
        let look = Look(
            observed: observed,
            plan: plan,
            // How far one run may go is for the budgets to say, which let the rest go on.
            diagnostics: collector.sorted.filter { ![.deletionLimit, .restartLimit].contains($0.code) },
            backupAlarms: backupAlarms(desired, observed, now: options.now),
            // One that has begun meanwhile counts as well.
            changer: changer ?? context.changer(of: name)
        )
        await show(look, desired, force, now: options.now)
        return look
    }

    private func show(_ look: Look, _ desired: DesiredFleet, _ force: LoopContext.Force, now: Int) async {
        var ignored = DiagnosticCollector()
        let drift = Drift(look.plan, desired: desired, observed: look.observed, now: now, collector: &ignored)
        // Nobody's change: servers die.
        let fallen = Set(look.plan.changes.filter { $0.reason == .stopped }.map { "\($0.resource)" })
        let observed = look.observed.instances[name]
        var shown = LoopLook(
            observed: observed,
            plan: look.plan,
            drift: drift.items.map(\.subject).filter { !fallen.contains($0) },
            isInconclusive: look.isInconclusive(name),
            time: .now,
            fleet: force.fleet
        )
        shown.archive = look.observed.archives
            .first { $0.instance == name && $0.instanceID == observed?.placement.id }
            .map(ArchiveSummary.init)
        await context.status.note(shown, of: name)
    }

    /// Adds what the instance may be made from, and what is kept of it: nothing else is looked at here.
    private func addSources(of desired: DesiredFleet, to observed: inout ObservedFleet, _ force: LoopContext.Force)
        async throws
    {
        guard let instance = desired.instances[name], instance.backup != nil || instance.origin != nil else { return }
        let provider = force.fleet.provider
        observed.archives = provider.local.archives(of: name)
        guard observed.instances[name] == nil, let source = instance.sourceName, source != name else { return }
        observed.archives += provider.local.archives(of: source)
        observed.sources[source] = try await provider.observe(source)
    }
}
