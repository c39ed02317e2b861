import Backups
import Diagnostics
import Execution
import FleetModel
import Observing
import Planning
import Providers
import Resources
import SpecSchema

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Looks after one instance, again and again: what is there now counts, not what woke it.
struct InstanceLoop: Sendable {
    let name: String
    let signal: WakeSignal
    let context: LoopContext

    /// What it keeps from one look to the next; losing it costs a look.
    struct Memory {
        var failures = FailureRecord()
        /// Runs that succeeded one after the other without reaching what is desired.
        var fruitlessRuns = 0
        var pace = RecoveryPace()
        /// What has been told and is not told again while it stays.
        var told: Set<String> = []
        var outcome: LoopOutcome?
        /// Whether what failed in the last look was told when it happened.
        var isFailureTold = false
        /// The specifications after which the instance has remembered what was applied to it.
        var remembered: String?
        /// What is wrong with its backups; nil when it is not backed up.
        var backupAlarms: [BackupAlarm]?
    }

    /// Runs until the instance is not declared any more, or the loop ends.
    func run() async {
        var memory = Memory()
        var wakes: Set<Wake> = []
        while true {
            if context.interruption.isWished, context.retire(name, always: true) { return }
            guard let force = context.force, let instance = force.revision.desired.instances[name] else {
                guard context.retire(name) else { continue }
                context.watch.forget(name)
                let name = name
                await context.status.forgetLook(of: name)
                return await context.status.update { $0[name] = nil }
            }
            if wakes.contains(.specs) { (memory.failures, memory.fruitlessRuns) = (FailureRecord(), 0) }
            if wakes.contains(.died) || wakes.contains(.hung) {
                await recover(instance, force, isHung: wakes.contains(.hung), &memory)
            }
            if memory.failures.rest(at: .now, despite: wakes) != nil {
                if !wakes.isDisjoint(with: [.died, .hung, .surroundings]) { await repair(instance, force, &memory) }
                wakes = await signal.wait(for: memory.failures.rest(at: .now, despite: []) ?? .zero)
                continue
            }
            let start = ContinuousClock.now
            memory.isFailureTold = false
            let outcome = await look(instance, force, isUrgent: wakes.contains(.wish(isUrgent: true)), &memory)
            await context.status.count(outcome, of: name, seconds: (ContinuousClock.now - start).seconds)
            let delay = await conclude(outcome, force, &memory)
            if context.options.isOnce, delay > .zero, context.retire(name, always: true) { return }
            wakes = delay > .zero ? await signal.wait(for: delay) : []
        }
    }

    // MARK: Looking and acting

    /// Why the instance is only looked at; nil when the loop may act.
    func isLeftAlone(_ instance: Instance) -> (reason: Condition.Reason, message: String)? {
        if context.options.isObserveOnly { return (.observeOnly, "the loop only observes") }
        if let pause = context.pause { return (.paused, "the loop is paused: \(pause)") }
        if let suspended = instance.suspended, suspended.value {
            return (.suspended, "suspend: true at \(suspended.range.location)")
        }
        return nil
    }

    /// What one look showed.
    struct Look {
        var observed: ObservedFleet
        var plan: Plan
        var diagnostics: [Diagnostic]
        var backupAlarms: [BackupAlarm]?

        var firstError: Diagnostic? { diagnostics.first { $0.severity == .error } }
    }

    private func look(
        _ instance: Instance,
        _ force: LoopContext.Force,
        isUrgent: Bool,
        _ memory: inout Memory
    ) async -> LoopOutcome {
        let desired = force.revision.desired.only(name)
        do {
            let look = try await look(desired, force)
            memory.backupAlarms = look.backupAlarms
            await tellNew(look.diagnostics.filter { $0.severity == .warning }, &memory)
            if let error = look.firstError { return .refused(.planRefused, error.sentence) }
            await note(look.plan.actions)
            let isRemembered = memory.remembered == force.revision.digest
            if let alone = isLeftAlone(instance) {
                return look.plan.isEmpty ? .settled : .held(alone.reason, "\(alone.message); it differs", until: nil)
            }
            if look.plan.isEmpty, isRemembered {
                await tendLogs(instance, force)
                return .settled
            }
            let part = PermittedPart(context: context, instance: instance, force: force, isUrgent: isUrgent)
            if let held = part.heldByWindow(look.plan), held.rest.isEmpty, isRemembered { return held.outcome }
            return try await act(desired, force, part, &memory)
        } catch {
            return .failed("\(error)")
        }
    }

    func look(_ desired: DesiredFleet, _ force: LoopContext.Force) async throws -> Look {
        var observed = ObservedFleet(instances: [:])
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
        let planned = planner.plan(collector: &collector)
        collector.emit(contentsOf: PolicyImpact.diagnostics(planned.plan, desired))
        let plan = planned.plan
        var ignored = DiagnosticCollector()
        let drift = Drift(plan, desired: desired, observed: observed, now: options.now, collector: &ignored)
        var shown = LoopLook(
            observed: observed.instances[name],
            plan: plan,
            drift: drift.items.map(\.subject),
            time: .now,
            fleet: force.fleet
        )
        let id = observed.instances[name]?.placement.id
        shown.archive = observed.archives.first { $0.instance == name && $0.instanceID == id }.map(ArchiveSummary.init)
        await context.status.note(shown, of: name)
        return Look(
            observed: observed,
            plan: plan,
            diagnostics: collector.sorted,
            backupAlarms: backupAlarms(desired, observed, now: options.now)
        )
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

    /// Takes the instance, looks once more, and performs what is to be done.
    private func act(
        _ desired: DesiredFleet,
        _ force: LoopContext.Force,
        _ part: PermittedPart,
        _ memory: inout Memory
    ) async throws -> LoopOutcome {
        let (receipt, held) = try await context.changing([name]) { locks async throws -> (Receipt?, LoopOutcome?) in
            if context.interruption.isWished { return (nil, nil) }
            let look = try await look(desired, force)
            if look.firstError != nil { return (nil, nil) }
            let permitted = part.permitted(look.plan)
            await noteProgress(permitted.plan)
            let receipt = try await context.perform(permitted.plan, on: look.observed, desired: desired, force, locks)
            return (receipt, permitted.outcome)
        }
        guard let receipt else { return .performed }
        let failures = receipt.entries.filter { $0.status == .failed }
        memory.failures.noteTry(failed: failures.map(\.action.summary))
        if let failure = failures.first {
            memory.isFailureTold = true
            return .failed("\(failure.action.summary): \(failure.message ?? "it failed")")
        }
        memory.remembered = force.revision.digest
        if !receipt.entries.isEmpty { return .performed }
        return held ?? .settled
    }
}

extension Diagnostic {
    /// Everything in one line.
    package var sentence: String {
        let place = range.map { "\($0.location): " } ?? ""
        return "\(place)\(code.id) \(detail)\(help.map { " (\($0))" } ?? "")"
    }
}
