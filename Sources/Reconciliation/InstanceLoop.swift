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
            if !wakes.isDisjoint(with: Wake.wishes) { context.note(nil, of: name) }
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
            let areOthersAtWork = context.areOthersAtWork(besides: name)
            let outcome = await look(instance, force, isUrgent: wakes.contains(.wish(isUrgent: true)), &memory)
            await context.status.count(outcome, of: name, seconds: (ContinuousClock.now - start).seconds)
            var delay = await conclude(outcome, force, &memory)
            context.note(name, isWaitingForOthers: outcome.isWaitingForOthers)
            if context.options.isOnce, delay > .zero {
                // What becomes of the others was not known yet when it was looked at.
                if outcome.isWaitingForOthers, areOthersAtWork {
                    delay = .milliseconds(500)
                } else if context.retire(name, always: true) {
                    return
                }
            }
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

    private func look(
        _ instance: Instance,
        _ force: LoopContext.Force,
        isUrgent: Bool,
        _ memory: inout Memory
    ) async -> LoopOutcome {
        let desired = force.revision.desired.only(name)
        do {
            var look = try await look(desired, force)
            // A server that dies while it is looked at is dead, and not one that cannot be asked.
            if look.firstError != nil, let now = try await force.fleet.provider.observe(name),
                now.state != look.observed.instances[name]?.placement.state
            {
                look = try await self.look(desired, force)
            }
            memory.backupAlarms = look.backupAlarms
            if let changer = look.changer, look.firstError != nil || isLeftAlone(instance) != nil {
                return .changed(by: changer)
            }
            await tellNew(look.diagnostics.filter { $0.severity == .warning }, &memory)
            if let error = look.firstError {
                guard let alone = isLeftAlone(instance), error.code == .blockedInstance,
                    look.observed.instances[name]?.placement.state == .running
                else { return .refused(.planRefused, error.sentence) }
                return .refused(.notServing, "\(error.sentence), and nobody looks after it: \(alone.message)")
            }
            await note(look.plan.actions)
            let isRemembered = memory.remembered == force.revision.digest
            if let alone = isLeftAlone(instance) { return outcome(of: look, alone) }
            if look.plan.isEmpty, isRemembered {
                await tendLogs(instance, force)
                return .settled
            }
            let part = PermittedPart(context: context, instance: instance, force: force, isUrgent: isUrgent)
            let waiting = part.rejected(look.plan) ?? part.heldByWindow(look.plan)
            if let waiting, waiting.rest.isEmpty, isRemembered { return waiting.outcome }
            return try await act(desired, force, part, &memory)
        } catch {
            if let changer = context.changer(of: name) { return .changed(by: changer) }
            return .failed("\(error)")
        }
    }

    /// What a look comes to where nothing may be done.
    private func outcome(of look: Look, _ alone: (reason: Condition.Reason, message: String)) -> LoopOutcome {
        guard let first = look.plan.actions.first else { return .settled }
        if let state = look.observed.instances[name]?.placement.state, state == .stopped || state == .unresponsive {
            let what = state == .stopped ? "its server does not run" : "its server does not answer"
            return .refused(.notServing, "\(what), and nobody brings it back: \(alone.message)")
        }
        let more = look.plan.actions.count - 1
        let todo = more == 0 ? first.summary : "\(first.summary), and \(more) more"
        return .held(alone.reason, "\(alone.message); to do: \(todo)", until: nil)
    }

    /// Takes the instance, looks once more, and performs what is to be done.
    private func act(
        _ desired: DesiredFleet,
        _ force: LoopContext.Force,
        _ part: PermittedPart,
        _ memory: inout Memory
    ) async throws -> LoopOutcome {
        let done = try await context.changing([name]) { locks async throws -> Done? in
            if context.interruption.isWished { return nil }
            let look = try await look(desired, force)
            if look.firstError != nil { return nil }
            let permitted = part.permitted(look.plan)
            await noteProgress(permitted.plan)
            let receipt = try await context.perform(permitted.plan, on: look.observed, desired: desired, force, locks)
            return Done(plan: look.plan, receipt: receipt, waiting: permitted.outcome)
        }
        guard let done else { return .performed }
        let failures = done.receipt.entries.filter { $0.status == .failed }
        memory.failures.noteTry(failed: failures.map(\.action.summary))
        if let failure = failures.first {
            memory.isFailureTold = true
            let message = "\(failure.action.summary): \(failure.message ?? "it failed")"
            guard failure.isTakenBack ?? false, PlanHold.isRestart(failure.action) else { return .failed(message) }
            let command = context.options.isOnce ? "pgsteer apply" : "pgsteer reconcile \(name)"
            let rest = "it is not restarted again for the same ones; \(command) tries once more"
            let lines = message.split(separator: "\n", maxSplits: 1)
            let text = "\(lines.first ?? ""), and \(rest)" + (lines.count > 1 ? "\n\(lines[1])" : "")
            let rejection = RejectedRestart(done.plan, text)
            context.note(rejection, of: name)
            return .refused(.parametersRejected, rejection.message)
        }
        memory.remembered = force.revision.digest
        if !done.receipt.entries.isEmpty { return .performed }
        return done.waiting.map { memory.failures.explained($0) } ?? .settled
    }

    /// What came of acting: what was to be done, what was, and what the rest waits for.
    private struct Done: Sendable {
        var plan: Plan
        var receipt: Receipt
        var waiting: LoopOutcome?
    }
}

extension Diagnostic {
    /// Everything in one line.
    package var sentence: String {
        let place = range.map { "\($0.location): " } ?? ""
        return "\(place)\(code.id) \(detail)\(help.map { " (\($0))" } ?? "")"
    }
}
