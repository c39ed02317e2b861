import FleetModel
import Providers
import Resources

/// The moment at which a whole instance's writes go over.
extension MigrationRun {
    func completePhysically(_ physical: PhysicalEndsOrder) async throws {
        try await finishCrossing()
        if task.state.isFinal { return }
        guard task.state.isFollowing else {
            throw MigrationError(
                "\(task.name) is \(task.state.rawValue); it can be completed when it is ready to complete"
            )
        }
        let ends = physical.ends(task)
        try await holding([physical.source, physical.target], physical) {
            try await refuseUnlessReplayed(physical.provider, ends)
            try await decideEndpoint()
            try await prepareEndpoint()
            try remember { $0.cutover = CutoverRecord(readOnlyBefore: nil, connectionLimitBefore: -1) }
            try move(.completionAsked)
            try await crossPhysically(physical.provider, ends)
            try await settlePhysically(physical.provider, ends)
        }
    }

    private func refuseUnlessReplayed(_ provider: LocalProvider, _ ends: PhysicalEnds) async throws {
        activity("catching up")
        let place = try await provider.writtenPlace(ends)
        let isThere = try await provider.awaitReplay(ends, of: place, until: .now + .seconds(60))
        // A place says nothing of a source whose standby took over: its log may have gone another way since.
        if isThere, try await provider.position(ends).problem == nil {
            if task.state == .incrementalSync { try move(.caughtUp) }
            return
        }
        let position = try? await provider.position(ends)
        try move(.fellBehind, message: position?.problem)
        throw MigrationError(
            "the cut-over is refused: \(position?.problem ?? "the target is \(position?.gapBytes ?? 0) bytes behind and did not catch up in a minute")",
            help: "see how it goes on: pgsteer migration status \(task.name)"
        )
    }

    private func crossPhysically(_ provider: LocalProvider, _ ends: PhysicalEnds) async throws {
        activity("cutting over")
        let limit = migration.cutover.maxWritePause
        let begin = ContinuousClock.now
        do {
            try await passPhysically(provider, ends, until: begin + limit)
        } catch {
            let pause = Self.milliseconds(ContinuousClock.now - begin)
            // When it was told to take over, only its folder tells whether it did.
            if task.cutover?.isReleased == true, try await provider.stopTakingOver(ends) {
                throw MigrationError(
                    "the target has taken over, and then: \(error)",
                    help: "go on with: pgsteer migration start \(task.name)"
                )
            }
            try await takeBackPhysically(provider, ends, because: "\(error)")
            throw MigrationError(
                "the cut-over was taken back after \(pause) ms, and the source takes writes again: \(error)",
                help:
                    "try again when less is written, or allow more: cutover.maxWritePause is \(Self.milliseconds(limit)) ms"
            )
        }
        try await leadEndpoint(.forth)
        let pause = Self.milliseconds(ContinuousClock.now - begin)
        try remember { $0.cutover?.pauseMilliseconds = pause }
        reporter.tell("writes may go to \(task.target) now; they waited \(pause) ms")
    }

    private func passPhysically(
        _ provider: LocalProvider,
        _ ends: PhysicalEnds,
        until deadline: ContinuousClock.Instant
    ) async throws {
        try await provider.fence(ends)
        let place = try await provider.endSessions(ends, until: deadline)
        guard try await provider.awaitReplay(ends, of: place, until: deadline) else {
            throw MigrationError("the last changes did not arrive in time")
        }
        if let problem = try await provider.position(ends).problem { throw MigrationError(problem) }
        try await awaitEndpoint(until: deadline)
        guard ContinuousClock.now < deadline else { throw MigrationError("it took too long") }
        // Written down before it is told to: from here on the way leads forward.
        try remember { $0.cutover?.isReleased = true }
        try await provider.takeOver(ends)
    }

    private func takeBackPhysically(_ provider: LocalProvider, _ ends: PhysicalEnds, because reason: String)
        async throws
    {
        // First: a later run must not take it for one that was let go on.
        try remember { $0.cutover?.isReleased = false }
        try await provider.unfence(ends)
        try await provider.followSource(ends)
        await forgetEndpointMove()
        try remember { $0.cutover = nil }
        try move(.takenBack, message: "the cut-over was taken back: \(reason)")
    }

    /// Ends a cut-over that an earlier run did not: forward when the target had been told to take over, otherwise back.
    func finishCrossingPhysically(_ physical: PhysicalEndsOrder) async throws {
        let ends = physical.ends(task)
        try await holding([physical.source, physical.target], physical) {
            if task.cutover?.isReleased == true {
                try await settlePhysically(physical.provider, ends)
            } else {
                try await takeBackPhysically(physical.provider, ends, because: "pgsteer ended in the middle of it")
            }
        }
    }

    /// Does what may come after the pause, once the target has taken over.
    private func settlePhysically(_ provider: LocalProvider, _ ends: PhysicalEnds) async throws {
        activity("tidying up")
        if await provider.isFilled(ends) { try await provider.takeOver(ends) }
        try await leadEndpoint(.forth)
        try await provider.endCopy(ends)
        switch migration.cutover.sourceAfter {
        case .readOnly: try await provider.leaveSource(ends, isClosed: false)
        case .closed: try await provider.leaveSource(ends, isClosed: true)
        case .untouched: break
        }
        try await provider.dropSlot(ends)
        try await provider.unfence(ends)
        try await endEndpointMove()
        let pause = task.cutover?.pauseMilliseconds.map { "writes waited \($0) ms; " } ?? ""
        try move(
            .cutOver,
            message:
                "\(pause)the target had everything when it took over; pgsteer apply brings it to its specifications"
        )
    }
}
