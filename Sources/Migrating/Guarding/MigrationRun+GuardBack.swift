import PostgresClient
import Resources

/// Keeping the target's disk from being filled by the way back: since the cut-over it is the target that keeps its log, for a
/// source that may never come again.
extension MigrationRun {
    /// What the target keeps for the way back, right now; only reads.
    func guardedBack() async -> GuardObservation {
        do {
            let target = try await openTarget()
            return try await target.closing { target in
                var result = GuardObservation()
                let limits = try await logLimits(target, isBack: true)
                // That it is gone is what looking at the way back itself tells.
                guard let log = try await retainedLog(target, for: task.backName) else { return result }
                result.log = log
                result.limitBytes = limits.bytes
                result.verdict = advised(limits.verdict(log))
                return result
            }
        } catch {
            return GuardObservation(problem: "\(error)")
        }
    }

    private func advised(_ verdict: LogVerdict) -> LogVerdict {
        let command = "pgsteer migration finish \(task.name)"
        return switch verdict {
        case .fine: .fine
        case .alarm(let text): .alarm("\(text); without a source that takes it in, give the way back up: \(command)")
        case .limit(let text):
            .limit("\(text); make room, allow more in guard.retainedWAL, or give the way back up: \(command)")
        case .lost(let text): .lost("\(text), so there is no way back any more; end it with: \(command)")
        }
    }

    /// Gives the way back up at the limit, where the document says so; there is nothing that a pause would change.
    func guardBackOnce(_ observation: GuardObservation, isStuck: Bool) async throws -> MigrationError? {
        guard case .limit(let text) = observation.verdict, isStuck, migration.sourceGuard.atLimit == .release else {
            return nil
        }
        try await finish()
        return MigrationError("\(text); it was given up, so that the target is safe, as guard.atLimit: release says")
    }
}
