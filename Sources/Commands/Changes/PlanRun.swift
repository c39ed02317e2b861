import Diagnostics
import Execution
import FleetModel
import History
import Providers
import Resources

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Performs a plan as one run: progress, history, and what the instances remember of it.
struct PlanRun {
    let verb: String
    let session: FleetSession
    let desired: DesiredFleet
    /// The commit of the specifications; asked only where something is performed.
    let specCommit: @Sendable () async -> String?
    let parallelism: Int
    let interruption: Interruption
    /// The right to change the instances of the plan.
    let locks: InstanceLocks
    /// Tells people what is going on.
    let progress: any ExecutionRecorder

    /// - Parameter observed: What the plan was made from.
    func perform(_ plan: Plan, on observed: ObservedFleet) async throws -> Receipt {
        let history = plan.isEmpty ? nil : session.beginHistory(verb, specCommit: await specCommit())
        let executor = Executor(
            provider: session.provider,
            observer: session.observer,
            desired: desired,
            effects: session.effects,
            runner: ActionRunner(
                recorders: [progress] + session.historyRecorders(history) + release(plan),
                parallelism: parallelism,
                interruption: interruption
            ),
            migrations: DeclaredMigrations(session: session, desired: desired, interruption: interruption),
            locks: locks
        )
        var outcome = "failed"
        defer { session.endHistory(history, outcome: outcome) }
        try await executor.rememberIntended(of: plan, on: observed)
        let receipt = await executor.perform(plan, run: session.run)
        do { try await executor.rememberApplied(after: receipt) } catch {
            throw ProviderError(
                "\(receipt.count(.performed)) of \(receipt.entries.count) actions were performed, and what was applied could not be written down: \(error)",
                help: "put that right and apply again: what is done is not done twice"
            )
        }
        await tendLogs()
        outcome = receipt.outcome
        return receipt
    }

    /// A migration may take days, in which nobody is to wait for the instances that the plan has been through with.
    private func release(_ plan: Plan) -> [any ExecutionRecorder] {
        plan.actions.contains { $0.operation == .migrate } ? [LockRelease(locks, plan)] : []
    }

    /// Logs are looked after whenever the fleet is; that they cannot be is no reason for a run to fail.
    private func tendLogs() async {
        for name in desired.instances.keys.sorted() {
            do {
                guard try await session.provider.observe(name) != nil else { continue }
                _ = try await session.provider.perform(.tendLogs, on: name)
            } catch {
                let warning = session.terminal.progressStyle.paint("warning", .warning)
                session.terminal.tell("\(warning): the log of \(name): \("\(error)".visibleLines)\n")
            }
        }
    }
}

extension Receipt {
    /// How the run ended, as the history has it.
    var outcome: String { isInterrupted ? "interrupted" : isSuccess ? "done" : "failed" }
}
