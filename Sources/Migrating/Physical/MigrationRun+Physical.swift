import FleetModel
import Providers
import Resources
import SpecSchema

/// Moving a whole instance by its files: a base backup, its log, and taking over.
///
/// How far it is, the folders of the target tell (`PhysicalStage`); the task knows what was decided.
extension MigrationRun {
    /// What stands in the way of a physical migration; nothing for a logical one.
    func physicalObstacles() async -> [PhysicalObstacle] {
        guard let physical = order.physical else { return [] }
        return await physical.provider.physicalFacts(physical.ends(task)).obstacles
    }

    /// Begins or goes on until the target follows, or, without following, has taken over.
    func workPhysically(_ physical: PhysicalEndsOrder) async throws {
        let ends = physical.ends(task)
        try await finishCrossing()
        if task.state.isFinal { return }
        if task.state == .failed || task.state == .paused || task.state == .checkFailed { try move(.started) }
        if task.state == .checking { try await check() }
        if task.state == .checkPassed { try move(.started) }
        if task.hasEnded == true {
            if task.state.after(.filesPrepared) != nil { try move(.filesPrepared) }
            return try await finishPhysically(physical, ends)
        }
        activity("preparing")
        try await fillTarget(physical, ends)
        guard migration.type.value == .fullAndIncremental else { return try await finishPhysically(physical, ends) }
        startGuarding(isCopied: true)
        isCopied = true
        if task.state.after(.copied) != nil { try move(.copied) }
        try await catchUpPhysically(physical, ends)
        try await cutOverByItself()
    }

    /// Runs a body while nobody else changes some instances.
    func holding<Result: Sendable>(
        _ names: Set<String>,
        _ physical: PhysicalEndsOrder,
        _ body: () async throws -> Result
    ) async throws -> Result {
        let locks = try await InstanceLocks(
            names,
            home: physical.provider.home,
            purpose: "migration \(task.name)",
            patience: .seconds(120)
        )
        defer { withExtendedLifetime(locks) {} }
        return try await body()
    }

    // MARK: The copy

    private func fillTarget(_ physical: PhysicalEndsOrder, _ ends: PhysicalEnds) async throws {
        let provider = physical.provider
        var stage = try await provider.stage(of: ends)
        if stage == .following, try await !provider.hasSlot(ends) {
            guard try await provider.isCopyOfSource(ends) else {
                throw MigrationError(
                    "\(ends.source) was made anew: \(ends.target) has a copy of what it was before, and that is not overwritten",
                    help: "when the copy is not needed any more: pgsteer migration cancel \(task.name)"
                )
            }
            stage = .nothing
            let reason = "the source no longer keeps what the target lacks; it is copied anew"
            if task.state.isFollowing {
                try move(.failed, message: reason)
                try move(.started)
            } else {
                reporter.tell(reason)
            }
        }
        if stage == .nothing {
            try await holding([physical.target], physical) {
                // What is in a target that it has filled itself is no obstacle.
                if await !provider.isFilled(ends), let obstacle = await physicalObstacles().first {
                    throw MigrationError("\(task.name) was not begun: \(obstacle.message)", help: obstacle.help)
                }
                try await provider.beginCopy(ends)
            }
        }
        try board.throwIfStopped()
        if task.state.after(.filesPrepared) != nil { try move(.filesPrepared) }
        if stage == .nothing {
            startGuarding(isCopied: false)
            try await copyFiles(provider, ends)
        }
        try board.throwIfStopped()
        activity("letting the copy take its place")
        try await holding([physical.target], physical) {
            try await provider.adoptCopy(ends)
            if stage != .tookOver { try await provider.followSource(ends) }
        }
    }

    /// Copies the files, telling how far it is, until that is done or somebody asks to stop.
    private func copyFiles(_ provider: LocalProvider, _ ends: PhysicalEnds) async throws {
        activity("copying the files of \(ends.source)")
        board.change { $0.running = ["base backup"] }
        let watch = Task {
            var told = 0
            while !Task.isCancelled {
                if !board.goesOn { try? await provider.stopCopying(ends) }
                if let progress = try? await provider.copyProgress(ends) {
                    board.moved(progress.done - told, rows: 0, of: "base backup")
                    told = progress.done
                    board.change {
                        $0.bytes = progress.all
                        $0.bytesDone = progress.done
                    }
                }
                try? await Task.sleep(for: .milliseconds(300))
            }
        }
        defer {
            watch.cancel()
            board.change { $0.running = [] }
        }
        do { try await provider.makeCopy(ends) } catch {
            try board.throwIfStopped()
            throw error
        }
        board.change { $0.bytesDone = $0.bytes }
    }

    // MARK: Following

    private func catchUpPhysically(_ physical: PhysicalEndsOrder, _ ends: PhysicalEnds) async throws {
        activity("catching up")
        let provider = physical.provider
        var silentRounds = 0
        while true {
            try board.throwIfStopped()
            let position = try await provider.position(ends)
            board.change {
                $0.gapBytes = position.gapBytes
                $0.lagSeconds = position.lagSeconds
            }
            let begin = ContinuousClock.now
            let place = try await provider.writtenPlace(ends)
            let isThere = try await provider.awaitReplay(
                ends,
                of: place,
                until: begin + .seconds(10),
                polling: .milliseconds(20)
            )
            if isThere {
                board.change {
                    $0.gapBytes = 0
                    $0.lagSeconds = (ContinuousClock.now - begin).seconds
                }
                break
            }
            silentRounds = position.problem == nil ? 0 : silentRounds + 1
            if let problem = position.problem, silentRounds > 2 {
                throw MigrationError(problem, help: "go on with: pgsteer migration start \(task.name)")
            }
        }
        if task.state.after(.caughtUp) != nil {
            try move(.caughtUp, message: "cut over with: pgsteer migration complete \(task.name)")
        }
    }

    /// How far the target is behind, for who looks on.
    func observedPhysically(_ physical: PhysicalEndsOrder) async -> FollowingObservation {
        do {
            let position = try await physical.provider.position(physical.ends(task))
            return FollowingObservation(
                gapBytes: position.gapBytes,
                lagSeconds: position.lagSeconds,
                problem: position.problem
            )
        } catch {
            return FollowingObservation(problem: "\(error)")
        }
    }

    /// Lets the target fetch nothing more.
    func suspendPhysically(_ physical: PhysicalEndsOrder) async throws {
        let ends = physical.ends(task)
        try await holding([physical.target], physical) { try await physical.provider.stopFollowing(ends) }
    }

    // MARK: The end without following

    /// Lets the target take over with what the source had when the copy ended; the source goes on.
    private func finishPhysically(_ physical: PhysicalEndsOrder, _ ends: PhysicalEnds) async throws {
        activity("taking over")
        await stopGuarding()
        try await holding([physical.target], physical) {
            if await physical.provider.isFilled(ends) { try await physical.provider.takeOver(ends) }
            // Before the mark of the target goes: without it nothing else tells that all is done.
            try remember { $0.hasEnded = true }
            try await physical.provider.endCopy(ends)
        }
        try await physical.provider.dropSlot(ends)
        try move(.finished, message: "all of \(ends.source) as it was at the end of the copy")
    }

    // MARK: Removal

    /// Gives the target back as it was, and removes what the source keeps for it; each by itself.
    func removePhysically(_ physical: PhysicalEndsOrder) async throws {
        let ends = physical.ends(task)
        let provider = physical.provider
        var leftovers: [String] = []
        do {
            try await holding([physical.target], physical) { try await provider.takeCopyBack(ends) }
        } catch {
            leftovers.append("on the target: the copy of \(ends.source) in \(ends.target) (\(error))")
        }
        do {
            try await holding([physical.source], physical) { try await provider.unfence(ends) }
            try await provider.dropSlot(ends)
        } catch {
            leftovers.append("on the source: the slot \(ends.slot) of \(ends.source) (\(error))")
        }
        try remember { $0.leftovers = leftovers }
    }
}
