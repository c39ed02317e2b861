import PostgresClient
import Providers

/// Notices when a primary runs and does not answer, where its standby could take over.
struct HangWatch: Sendable {
    let context: LoopContext

    /// A stopped process is seen in its state, so that asking servers, which costs them a session, is rare.
    private static let glance = Duration.milliseconds(200)
    private static let question = Duration.seconds(3)
    /// Together with the look of whoever shuts it out, as long as `apply` waits for an answer.
    private static let patienceWithStopped = Duration.milliseconds(1100)
    private static let patience = Duration.milliseconds(2500)

    /// Watches until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            var asked: [String: ContinuousClock.Instant] = [:]
            while !Task.isCancelled {
                let now = ContinuousClock.now
                for primary in context.watch.primaries {
                    let isStopped = ProcessTable.isStopped(primary.processID)
                    let isDue = asked[primary.instance].map { now >= $0 } ?? true
                    guard isDue || isStopped, asked[primary.instance].map({ now >= $0 - Self.question }) ?? true else {
                        continue
                    }
                    let limit = isStopped ? Self.patienceWithStopped : Self.patience
                    // Not again before this answer is in.
                    asked[primary.instance] = now + limit + Self.question
                    group.addTask { await ask(primary, within: limit) }
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
