import Execution
import FleetModel
import Providers
import Resources
import SideEffects
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What the loop was asked for.
package struct LoopOptions: Sendable {
    /// Between two looks at an instance that nothing has happened to.
    package var interval = Duration.seconds(30)
    package var prune = false
    /// Whether every instance is brought to where it should be once, and the loop ends.
    package var isOnce = false
    /// Whether the loop only looks and tells.
    package var isObserveOnly = false

    package init() {}
}

/// What everything in a loop shares.
final class LoopContext: Sendable {
    /// What is in force now.
    struct Force: Sendable {
        var revision: SpecRevision
        var fleet: LoopFleet
    }

    private struct State {
        var force: Force?
        var pause: String?
        var signals: [String: WakeSignal] = [:]
        var earlier: [String: [Condition]] = [:]
        /// Instances that are not changed until others are done.
        var waiting: Set<String> = []
        /// Gists of failed actions that have been told, by instance.
        var failures: [String: Set<String>] = [:]
    }

    let host: any LoopHost
    let options: LoopOptions
    let interruption: Interruption
    let status: LoopStatus
    private let home: LocalHome
    let watch = InstanceWatch()
    private let state = Mutex(State())
    private let memory: MemoryKeeper
    let statusFile: StatusFile

    init(
        host: any LoopHost,
        home: LocalHome,
        options: LoopOptions,
        interruption: Interruption,
        status: LoopStatus,
        isBesideLoop: Bool,
        effects: SideEffectCounter
    ) {
        self.host = host
        self.options = options
        self.interruption = interruption
        self.status = status
        self.home = home
        memory = MemoryKeeper(folder: home.loop, isBesideLoop: isBesideLoop, effects: effects)
        statusFile = StatusFile(folder: home.loop, effects: effects)
    }

    var force: Force? { state.withLock(\.force) }
    /// Who paused the loop, when and why; nil while it is not paused.
    var pause: String? { state.withLock(\.pause) }
    var isEmpty: Bool { state.withLock(\.signals.isEmpty) }

    func tell(_ event: LoopEvent) async {
        let event = event.of(event.commit ?? force?.revision.commit)
        host.report(event)
        await status.add(event)
    }

    /// The same where nothing can be waited for.
    func tellAtOnce(_ event: LoopEvent) {
        let event = event.of(event.commit ?? force?.revision.commit)
        host.report(event)
        Task { [status] in await status.add(event) }
    }

    /// Performs a plan as a run of its own, for specifications that are in force; each action is an event.
    ///
    /// - Parameters:
    ///   - desired: What the plan was made for; may be a part of what is in force.
    ///   - locks: The right to change the instances of the plan.
    func perform(
        _ plan: Plan,
        on observed: ObservedFleet,
        desired: DesiredFleet,
        _ force: Force,
        _ locks: InstanceLocks
    ) async throws -> Receipt {
        try await host.perform(
            plan,
            on: observed,
            desired: desired,
            commit: force.revision.commit,
            fleet: force.fleet,
            locks: locks,
            tell: { [self] in tellAtOnce(shortenedWhenKnown($0)) }
        )
    }

    /// An action that fails in the same way again and again is told at length once.
    private func shortenedWhenKnown(_ event: LoopEvent) -> LoopEvent {
        guard event.kind == .actionFailed, let name = event.instance else { return event }
        let isNew = state.withLock { state in
            // Messages that never are the same twice must not be kept for ever.
            if state.failures[name]?.count ?? 0 > 50 { state.failures[name] = nil }
            return state.failures[name, default: []].insert(event.gist).inserted
        }
        return isNew ? event : event.shortened
    }

    /// Called when an instance is as desired: what fails from now on is news.
    func forgetFailures(of name: String) { state.withLock { $0.failures[name] = nil } }

    /// Runs a body while nobody else changes some instances; tells when that takes long to come about.
    func changing<Result: Sendable>(_ names: Set<String>, _ body: (InstanceLocks) async throws -> Result) async throws
        -> Result
    {
        let locks = try await enter(names)
        defer { withExtendedLifetime(locks) {} }
        return try await body(locks)
    }

    private func enter(_ names: Set<String>) async throws -> InstanceLocks {
        async let _: Void = tellLongWait(names)
        return try await InstanceLocks(
            names,
            home: home,
            purpose: InstanceLocks.loopPurpose,
            patience: .seconds(86_400)
        )
    }

    private func tellLongWait(_ names: Set<String>) async {
        do { try await Task.sleep(for: .seconds(2)) } catch { return }
        let holder = InstanceLocks.holder(of: names, home: home) ?? "another program"
        let name = names.count == 1 ? names.first : nil
        await tell(LoopEvent(.waiting, .warning, instance: name, "waiting for another pgsteer to be done: \(holder)"))
    }

    func setPause(_ pause: String?) { state.withLock { $0.pause = pause } }

    /// Reads what an earlier loop has left; called once, by the loop that keeps the home.
    func recall() async {
        let earlier = statusFile.conditions
        state.withLock { $0.earlier = earlier }
        if let problem = memory.recall(now: .now) { await tell(problem) }
    }

    /// Returns the conditions of an instance that an earlier loop has left; once, since later it may be another one.
    func takeEarlierConditions(of name: String) -> [Condition] {
        state.withLock { $0.earlier.removeValue(forKey: name) ?? [] }
    }

    /// Decides by what the whole fleet has been through, one instance at a time, and writes it down before anything is done.
    func deciding<Result: Sendable>(_ body: (inout Rollout, inout ActionLedger) -> Result) -> Result {
        let (result, problem) = memory.change { body(&$0.rollout, &$0.ledger) }
        if let problem { tellAtOnce(problem) }
        return result
    }

    /// The restart that an instance did not come back from with its new parameters; nil when there is none.
    func rejection(of name: String) -> RejectedRestart? { memory.memory[rejectionOf: name] }

    func note(_ rejection: RejectedRestart?, of name: String) {
        guard self.rejection(of: name) != rejection else { return }
        if let problem = memory.change({ $0[rejectionOf: name] = rejection }).problem { tellAtOnce(problem) }
    }

    /// Which other program changes an instance now: `apply, process 17, user root`.
    func changer(of name: String) -> String? { InstanceLocks.changer(of: name, home: home) }

    /// Brings a revision into force; returns the instances that nobody looks after yet.
    func adopt(_ force: Force) -> [(name: String, signal: WakeSignal)] {
        state.withLock { state in
            state.force = force
            return force.revision.desired.instances.keys.sorted()
                .compactMap { name in
                    guard state.signals[name] == nil else { return nil }
                    let signal = WakeSignal()
                    state.signals[name] = signal
                    return (name, signal)
                }
        }
    }

    /// Ends looking after an instance that is not declared any more; false when it is declared again.
    func retire(_ name: String, always: Bool = false) -> Bool {
        state.withLock { state in
            if !always, state.force?.revision.desired.instances[name] != nil { return false }
            state.signals[name] = nil
            state.waiting.remove(name)
            return true
        }
    }

    /// Takes note of whether an instance waits for what becomes of others.
    func note(_ name: String, isWaitingForOthers: Bool) {
        state.withLock { state in
            if isWaitingForOthers { state.waiting.insert(name) } else { state.waiting.remove(name) }
        }
    }

    /// Whether something may still become of an instance other than this one.
    func areOthersAtWork(besides name: String) -> Bool {
        state.withLock { state in state.signals.keys.contains { $0 != name && !state.waiting.contains($0) } }
    }

    /// Wakes one instance, or all of them.
    func wake(_ wake: Wake, _ name: String? = nil) {
        let signals = state.withLock { state in
            name.map { name in [state.signals[name]].compactMap(\.self) } ?? Array(state.signals.values)
        }
        for signal in signals { signal.wake(wake) }
    }
}
