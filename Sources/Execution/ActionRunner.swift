package import FleetModel
package import Providers

/// Performs actions in the order of their prerequisites, independent ones side by side, and tells what becomes of them.
///
/// How an action is performed is the caller's business.
package struct ActionRunner: Sendable {
    private let recorders: [any ExecutionRecorder]
    private let parallelism: Int
    private let interruption: Interruption

    package init(recorders: [any ExecutionRecorder], parallelism: Int, interruption: Interruption) {
        self.recorders = recorders
        self.parallelism = max(1, parallelism)
        self.interruption = interruption
    }

    /// Performs all actions that can be performed; a failure or a wish to stop skips the rest, with the reason.
    package func run(
        _ plan: Plan,
        run: String,
        perform: @escaping @Sendable (Action) async throws -> ProviderOutcome
    ) async -> Receipt {
        var schedule = Schedule(plan.actions)
        var entries: [String: Receipt.Entry] = [:]
        await withTaskGroup(of: Receipt.Entry.self) { group in
            var running = 0
            while true {
                while running < parallelism, !interruption.isWished, let action = schedule.next() {
                    running += 1
                    await post(.started(action))
                    group.addTask { await Self.entry(for: action, perform) }
                }
                guard let entry = await group.next() else { break }
                running -= 1
                entries[entry.action.id] = entry
                await post(.ended(entry))
                for (skipped, cause) in schedule.finish(entry.action, isSuccess: entry.status != .failed) {
                    entries[skipped.id] = await skip(skipped, "because \"\(cause.summary)\" was not done")
                }
            }
        }
        let remaining = schedule.remaining
        for action in remaining { entries[action.id] = await skip(action, "because the run was interrupted") }
        return Receipt(
            run: run,
            isInterrupted: interruption.isWished && !remaining.isEmpty,
            entries: plan.actions.compactMap { entries[$0.id] }
        )
    }

    /// Tells all recorders, in the order they were given.
    package func post(_ event: ExecutionEvent) async {
        for recorder in recorders { await recorder.record(event) }
    }

    private func skip(_ action: Action, _ reason: String) async -> Receipt.Entry {
        let entry = Receipt.Entry(action: action, status: .skipped, message: "not started, \(reason)", seconds: 0)
        await post(.ended(entry))
        return entry
    }

    private static func entry(
        for action: Action,
        _ perform: (Action) async throws -> ProviderOutcome
    ) async -> Receipt.Entry {
        let start = ContinuousClock.now
        var status = Receipt.Status.performed
        var message: String?
        var isTakenBack = false
        do {
            status = try await perform(action) == .performed ? .performed : .alreadyDone
        } catch {
            status = .failed
            message = "\(error)"
            isTakenBack = (error as? ProviderError)?.isTakenBack ?? false
        }
        let elapsed = start.duration(to: .now)
        var entry = Receipt.Entry(action: action, status: status, message: message, seconds: elapsed.seconds)
        if isTakenBack { entry.isTakenBack = true }
        return entry
    }
}
