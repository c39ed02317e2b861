import Diagnostics
package import Execution
import FleetModel
package import Providers
import Resources
package import SideEffects
import SpecLoading

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The reconcile loop of a home: looks, plans and acts for every declared instance, side by side, again and again.
///
/// One process at a time keeps a home; others stand by until it is gone. What wakes an instance never says what is to be
/// done: that is decided by what is there.
package struct Reconciler: Sendable {
    private let source: any SpecSource
    private let home: LocalHome
    private let effects: SideEffectCounter
    private let context: LoopContext
    /// The right to keep the home, for a single round that has got it.
    private let keeping: FileLock?

    /// Between two looks at what is cheap to look at: wishes, the pause, the end.
    private static let tick = Duration.milliseconds(200)
    private static let specTick = Duration.seconds(1)

    /// - Parameter keeping: The right to keep the home, of a single round that is alone in it; any other loop waits for it.
    package init(
        source: any SpecSource,
        host: any LoopHost,
        home: LocalHome,
        keeping: FileLock? = nil,
        options: LoopOptions,
        interruption: Interruption,
        status: LoopStatus,
        effects: SideEffectCounter
    ) {
        self.source = source
        self.home = home
        self.effects = effects
        self.keeping = keeping
        context = LoopContext(
            host: host,
            home: home,
            options: options,
            interruption: interruption,
            status: status,
            isBesideLoop: options.isOnce && keeping == nil,
            effects: effects
        )
    }

    /// Runs until an interruption is wished; with `isOnce`, until every instance and every migration has been brought to where
    /// it should be or has failed. Returns the migrations that failed in such a round.
    @discardableResult
    package func run() async throws -> [String] {
        try home.loop.make(effects)
        let lock = try keeping ?? FileLock(home.loop.lock)
        defer { withExtendedLifetime(lock) {} }
        if !context.options.isOnce, try await !lead(lock) { return [] }
        // Not before: whoever kept the home until now may have written it last.
        await context.recall()
        let failed = await withTaskGroup(of: Void.self) { group in
            if !context.options.isOnce {
                group.addTask { await keepStatus() }
                group.addTask { await HangWatch(context: context).run() }
                group.addTask { await LagWatch(context: context).run() }
                group.addTask { await BackupKeeper(context: context).run() }
                group.addTask { await ProcessMemory.trim() }
                group.addTask { await source.follow(telling) }
            } else {
                await source.refresh(telling)
            }
            await withDiscardingTaskGroup { workers in
                if !context.options.isOnce { workers.addTask { await MigrationKeeper(context: context).run() } }
                await coordinate(&workers)
                context.wake(.stop)
            }
            // Beside a loop a single round leaves migrations, and that loop's state, alone.
            let failed =
                context.options.isOnce && keeping != nil ? await MigrationKeeper(context: context).runOnce() : []
            group.cancelAll()
            return failed
        }
        // A round that found no specifications that it could work with knows nothing better than what was written before.
        let hasLooked = !context.options.isOnce || context.force != nil
        if !context.options.isOnce || keeping != nil, hasLooked { await write(await context.status.state) }
        return failed
    }

    /// Waits until no other process keeps the home; false when the loop is to end before.
    private func lead(_ lock: FileLock) async throws -> Bool {
        var hasTold = false
        while !lock.take(for: "run") {
            if context.interruption.isWished { return false }
            if !hasTold {
                await context.tell(LoopEvent(.standingBy, "standing by: another loop keeps this home (\(lock.holder))"))
            }
            hasTold = true
            context.host.beat()
            try await Task.sleep(for: .milliseconds(100))
        }
        return true
    }

    private var telling: SourceTelling {
        SourceTelling(status: context.status) { [context] event in await context.tell(event) }
    }

    // MARK: Coordination

    private func coordinate(_ workers: inout DiscardingTaskGroup) async {
        let interval = await context.status.state.interval
        await context.tell(
            LoopEvent(
                .started,
                "keeping \(home.path) as process \(ProcessInfo.processInfo.processIdentifier), a look every \(interval) s"
            )
        )
        var reader = SpecReader(source: source, context: context)
        let undeclared = UndeclaredInstances(context: context)
        var nextSpecLook = ContinuousClock.now
        var nextRead = ContinuousClock.now
        while !context.interruption.isWished {
            let now = ContinuousClock.now
            context.host.beat()
            await followPause()
            // In a single round, who is through is through.
            if now >= nextSpecLook, !context.options.isOnce || context.force == nil {
                let force = await reader.read(always: now >= nextRead)
                if now >= nextRead { nextRead = now + context.options.interval }
                nextSpecLook = now + Self.specTick
                if let force {
                    if !reader.hasCleared { reader.hasCleared = await removeLeftovers(force) }
                    for (name, signal) in context.adopt(force) {
                        workers.addTask { await InstanceLoop(name: name, signal: signal, context: context).run() }
                    }
                    if reader.hasMoved { context.wake(.specs) }
                    let isNew = reader.hasMoved
                    workers.addTask { await undeclared.look(force, isNew: isNew) }
                }
                if context.options.isOnce, force == nil { return }
            }
            if context.options.isOnce, context.isEmpty { return }
            if !context.options.isOnce {
                for (name, isUrgent) in home.loop.takeWishes(effects) {
                    context.wake(.wish(isUrgent: isUrgent), name)
                }
            }
            try? await Task.sleep(for: Self.tick)
        }
        await context.tell(LoopEvent(.stopping, "stopping: what runs is finished, nothing more is started"))
    }

    private func removeLeftovers(_ force: LoopContext.Force) async -> Bool {
        do {
            try await force.fleet.provider.local.removeLeftovers()
            return true
        } catch {
            await context.tell(LoopEvent(.failed, .error, "\(error)"))
            return false
        }
    }

    private func followPause() async {
        let pause = home.loop.text(home.loop.pause)?.split(separator: "\n").first.map(String.init)
        guard pause != context.pause else { return }
        context.setPause(pause)
        await context.status.update { $0.pause = pause }
        await context.tell(
            pause.map { LoopEvent(.paused, .warning, "paused: \($0)") } ?? LoopEvent(.resumed, "going on")
        )
        context.wake(.surroundings)
    }

    // MARK: Status

    /// Writes the state down when it has changed, once a second at most.
    private func keepStatus() async {
        for await state in await context.status.changes() {
            await write(state)
            try? await Task.sleep(for: .seconds(1))
        }
    }

    private func write(_ state: LoopState) async {
        if let news = context.statusFile.write(state) { await context.tell(news) }
    }
}
