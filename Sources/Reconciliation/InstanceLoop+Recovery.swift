import Execution
import FleetModel
import Observing
import Planning
import Providers
import Resources

extension InstanceLoop {
    /// Brings a server that died or hangs back before anything else is looked at: clients wait for it.
    func recover(
        _ instance: Instance,
        _ force: LoopContext.Force,
        isHung: Bool,
        _ memory: inout Memory
    ) async {
        guard isLeftAlone(instance) == nil, instance.connection == nil else { return }
        let wait = memory.pace.delay(at: .now, jitter: .random(in: 0...1))
        guard let force = wait > .zero ? await rest(for: wait) : force else { return }
        do {
            // Who restarts it by hand has the instance meanwhile, so that nothing is missing by then.
            let hasDied = try await context.changing([name]) { try await bringBack(force, $0, isHung: isHung) }
            if hasDied { memory.pace.note(.now) }
            // The next death is to be noticed while the look that follows takes its time.
            if let placement = try await force.fleet.provider.observe(name) { context.watch.follow(placement, signal) }
        } catch {
            await context.tell(LoopEvent(.failed, .error, instance: name, "\(error)"))
        }
    }

    /// Waits before an instance that keeps dying is brought back; returns what is in force then, nil when it is to be left
    /// alone, or the loop ends.
    private func rest(for wait: Duration) async -> LoopContext.Force? {
        let end = ContinuousClock.now + wait
        while ContinuousClock.now < end {
            if context.interruption.isWished { return nil }
            try? await Task.sleep(for: min(.milliseconds(100), end - ContinuousClock.now))
        }
        guard let force = context.force, let instance = force.revision.desired.instances[name],
            isLeftAlone(instance) == nil
        else { return nil }
        return force
    }

    /// Returns whether there was anything to bring back.
    private func bringBack(_ force: LoopContext.Force, _ locks: InstanceLocks, isHung: Bool) async throws -> Bool {
        guard let placement = try await force.fleet.provider.observe(name), let primary = placement.primary else {
            return false
        }
        let hangs = isHung && placement.state == .running
        guard hangs || placement.state == .stopped, !context.interruption.isWished else { return false }
        let what = hangs ? "does not answer" : "does not run"
        await context.tell(
            LoopEvent(hangs ? .serverHung : .serverDied, .warning, instance: name, "node \(primary.number) \(what)")
        )
        _ = try await context.perform(
            Plan(changes: [], actions: [recovery(of: placement, primary, isHung: hangs)], digest: ""),
            on: ObservedFleet(instances: [:]),
            desired: force.revision.desired.only(name),
            force,
            locks
        )
        return true
    }

    private func recovery(of placement: InstanceObservation, _ primary: ObservedNode, isHung: Bool) -> Action {
        var taker: Int?
        if isHung { taker = placement.standby?.number }
        if case .failOver(let node) = placement.recovery { taker = node }
        if case .finishHandover(let node) = placement.recovery { taker = node }
        let why = isHung ? "does not answer" : "does not run"
        return Action(
            id: "a1",
            resource: .instance(name),
            operation: taker == nil ? .start : .failover,
            summary: taker.map { "let node \($0) of \(name) take over: node \(primary.number) \(why)" }
                ?? "start \(name)",
            reason: .stopped,
            impact: taker == nil ? .none : .switchover
        )
    }
}
