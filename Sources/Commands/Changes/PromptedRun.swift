import ArgumentParser
import Execution
import FleetModel
import History
import Observing
import Providers

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A run that somebody asked for by a command of its own, with progress, history and Ctrl-C as `apply` has them.
struct PromptedRun {
    let verb: String
    let session: FleetSession
    var parallelism = 1

    /// Performs the actions of a plan, each by one operation of the provider; ends the command when one of them failed.
    func perform(_ plan: Plan, by operation: ProviderOperation) async throws -> Receipt {
        try await perform(plan) { action in
            try await session.provider.perform(operation, on: action.resource.instance)
        }
    }

    /// Performs the actions of a plan, each by a body; tells before what one closes that closes sessions.
    func perform(
        _ plan: Plan,
        by body: @escaping @Sendable (Action) async throws -> ProviderOutcome
    ) async throws -> Receipt {
        let history = session.beginHistory(verb)
        let interruption = Interruption()
        let interrupts = Interrupts(interruption, terminal: session.terminal)
        defer { withExtendedLifetime(interrupts) {} }
        let runner = ActionRunner(
            recorders: [session.progressRecorder(total: plan.actions.count)] + session.historyRecorders(history),
            parallelism: parallelism,
            interruption: interruption
        )
        let receipt = await runner.run(plan, run: session.run) { action in
            if action.impact >= .restart,
                let disruption = await session.observer.disruption(of: action.resource.instance)
            {
                await runner.post(.closes(disruption))
            }
            return try await body(action)
        }
        session.endHistory(history, outcome: receipt.outcome)
        return receipt
    }
}

extension Receipt {
    /// Ends the command when something was not done.
    func stopOnFailure() throws {
        if isInterrupted { throw ExitCode(130) }
        if !isSuccess { throw ExitCode(1) }
    }
}
