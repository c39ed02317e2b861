import Execution
import Providers
import Resources
import Synchronization

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
        var rollout = Rollout()
        var ledger = ActionLedger()
    }

    let host: any LoopHost
    let options: LoopOptions
    let interruption: Interruption
    let status: LoopStatus
    private let home: LocalHome
    private let access: HomeAccess
    let watch = InstanceWatch()
    private let state = Mutex(State())

    init(
        host: any LoopHost,
        home: LocalHome,
        options: LoopOptions,
        interruption: Interruption,
        status: LoopStatus
    ) {
        self.host = host
        self.options = options
        self.interruption = interruption
        self.status = status
        self.home = home
        access = HomeAccess(home: home)
    }

    var force: Force? { state.withLock(\.force) }
    /// Who paused the loop, when and why; nil while it is not paused.
    var pause: String? { state.withLock(\.pause) }
    var isEmpty: Bool { state.withLock(\.signals.isEmpty) }

    func tell(_ event: LoopEvent) async {
        host.report(event)
        await status.add(event)
    }

    /// Runs a body while nobody but the loop changes the home; tells when that takes long to come about.
    func changingHome<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        try await enter()
        do {
            let result = try await body()
            await access.leave()
            return result
        } catch {
            await access.leave()
            throw error
        }
    }

    private func enter() async throws {
        async let _: Void = tellLongWait()
        try await access.enter()
    }

    private func tellLongWait() async {
        do { try await Task.sleep(for: .seconds(2)) } catch { return }
        let holder = HomeLock.holder(of: home) ?? "another program"
        await tell(LoopEvent(.waiting, .warning, "waiting for the home, which another pgsteer changes: \(holder)"))
    }

    func setPause(_ pause: String?) { state.withLock { $0.pause = pause } }

    /// Decides by what the whole fleet has been through; one instance at a time.
    func deciding<Result>(_ body: (inout Rollout, inout ActionLedger) -> Result) -> Result {
        state.withLock { body(&$0.rollout, &$0.ledger) }
    }

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
            return true
        }
    }

    /// Wakes one instance, or all of them.
    func wake(_ wake: Wake, _ name: String? = nil) {
        let signals = state.withLock { state in
            name.map { name in [state.signals[name]].compactMap(\.self) } ?? Array(state.signals.values)
        }
        for signal in signals { signal.wake(wake) }
    }
}
