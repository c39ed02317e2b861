import PostgresClient
import Providers

/// Notices when a primary runs and does not answer, where its standby could take over.
struct HangWatch: Sendable {
    let context: LoopContext

    /// A stopped process is seen in its state, so that asking servers, which costs them a session, is rare.
    private static let glance = Duration.milliseconds(100)
    private static let question = Duration.seconds(1)
    /// Whoever shuts it out looks once more for half a second; both together are hardly less than `apply` waits.
    private static let patienceWithStopped = Duration.milliseconds(900)
    private static let patience = Duration.milliseconds(2500)

    /// Watches until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            var nextQuestion: [String: ContinuousClock.Instant] = [:]
            var nextSuspicion: [String: ContinuousClock.Instant] = [:]
            while !Task.isCancelled {
                let now = ContinuousClock.now
                for primary in context.watch.primaries {
                    let name = primary.instance
                    if ProcessTable.isStopped(primary.processID), nextSuspicion[name].map({ now >= $0 }) ?? true {
                        // Not again before this answer is in.
                        nextSuspicion[name] = now + Self.patienceWithStopped
                        group.addTask { await ask(primary, within: Self.patienceWithStopped) }
                    } else if nextQuestion[name].map({ now >= $0 }) ?? true {
                        nextQuestion[name] = now + Self.patience + Self.question
                        group.addTask { await ask(primary, within: Self.patience) }
                    }
                }
                try? await Task.sleep(for: Self.glance)
            }
        }
    }

    /// Wakes the instance when its primary gives no answer in all that time.
    private func ask(_ primary: InstanceWatch.Primary, within limit: Duration) async {
        let deadline = ContinuousClock.now + limit
        guard let provider = context.force?.fleet.provider else { return }
        while ContinuousClock.now < deadline {
            guard let target = try? await provider.administration(of: primary.instance, node: nil) else { return }
            if await PostgresProbe.isAnswering(target, within: deadline - .now) { return }
            if !ProcessTable.isAlive(primary.processID) { return }
            try? await Task.sleep(for: .milliseconds(50))
        }
        context.wake(.hung, primary.instance)
    }
}
