import Diagnostics
import Execution
import FleetModel
import Planning
import Providers

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension InstanceLoop {
    func note(_ actions: [Action]) async {
        let (name, pending) = (name, actions.map(\.summary))
        await context.status.update { state in
            var instance = state[name] ?? InstanceState(name: name)
            instance.pending = pending
            state[name] = instance
        }
    }

    func noteProgress(_ plan: Plan) async {
        guard !plan.isEmpty else { return }
        let (name, count) = (name, plan.actions.count)
        await context.status.update { state in
            var instance = state[name] ?? InstanceState(name: name)
            let message = count == 1 ? "performing 1 action" : "performing \(count) actions"
            instance.conditions.removeAll { $0.type == .reconciling }
            instance.conditions.append(Condition(.reconciling, .progressing, message, since: .now))
            state[name] = instance
        }
    }

    /// Tells what a look came to, writes it down, and returns when to look again.
    func conclude(_ outcome: LoopOutcome, _ force: LoopContext.Force, _ memory: inout Memory) async -> Duration {
        var outcome = outcome
        if case .performed = outcome {
            memory.fruitlessRuns += 1
            if memory.fruitlessRuns > Self.fruitlessRuns {
                outcome = .refused(.notConverging, "it differs again after each of \(Self.fruitlessRuns) runs")
            }
        } else {
            memory.fruitlessRuns = 0
        }
        memory.failures.note(outcome)
        // A server that came back whole is brought back at once the next time, too.
        if case .settled = outcome {
            memory.pace = RecoveryPace()
            context.forgetFailures(of: name)
            context.note(nil, of: name)
        }
        noteInRollout(outcome, force)
        let delay = delay(after: outcome, memory)
        if case .failed = outcome { memory.failures.pause(until: .now + delay) }
        let (name, digest, failures, result) = (name, force.revision.digest, memory.failures.count, outcome)
        let alarms = memory.backupAlarms
        let isLastTry = context.options.isOnce
        let earlier = context.takeEarlierConditions(of: name)
        let next = Date.now.addingTimeInterval(delay.seconds)
        await context.status.update { state in
            var instance = state[name] ?? InstanceState(name: name)
            let before = instance.conditions.isEmpty ? earlier : instance.conditions
            instance.conditions = result.conditions(
                before: before,
                failures: failures,
                isLastTry: isLastTry,
                now: .now
            )
            if let alarms { instance.conditions.append(.backedUp(alarms, before: before, now: .now)) }
            instance.specDigest = digest
            instance.lastLook = .now
            instance.nextLook = next
            instance.failures = failures
            if case .settled = result { instance.pending = [] }
            state[name] = instance
        }
        await tell(outcome, delay: delay, memory)
        memory.outcome = outcome
        followGateway(force)
        return delay
    }

    func followGateway(_ force: LoopContext.Force) {
        guard let process = force.fleet.provider.local.gatewayProcessID else {
            return context.watch.followGateway(nil) {}
        }
        context.watch.followGateway(process) { [context] in
            if !context.interruption.isWished {
                context.tellAtOnce(LoopEvent(.gatewayDied, .warning, "the gateway, process \(process), does not run"))
            }
            context.wake(.surroundings)
        }
    }

    private func noteInRollout(_ outcome: LoopOutcome, _ force: LoopContext.Force) {
        let (name, digest, now) = (name, force.revision.digest, Int(Date.now.timeIntervalSince1970))
        context.deciding { rollout, _ in
            switch outcome {
            case .settled: rollout.noteReady(name, digest: digest, now: now)
            case .failed(let message), .refused(_, let message):
                rollout.noteFailure(name, digest: digest, message)
            case .held(.waitingForWindow, _, _): rollout.postpone(name, digest: digest)
            case .performed, .held: break
            }
        }
    }

    /// A run whose result does not last is repeated this often.
    private static let fruitlessRuns = 3

    private func delay(after outcome: LoopOutcome, _ memory: Memory) -> Duration {
        let usual = context.options.interval * Double.random(in: 0.9...1.1)
        switch outcome {
        case .performed: return .zero
        case .failed: return Backoff().delay(after: memory.failures.count, jitter: .random(in: 0...1))
        case .held(_, _, let until?):
            return min(usual, .seconds(max(1, until.timeIntervalSinceNow)))
        case .settled, .refused, .held: return usual
        }
    }

    private func tell(_ outcome: LoopOutcome, delay: Duration, _ memory: Memory) async {
        guard outcome.isNews(after: memory.outcome) else { return }
        switch outcome {
        case .performed: return
        case .settled: await context.tell(LoopEvent(.settled, instance: name, "as desired"))
        case .failed(let message):
            let again = context.options.isOnce ? nil : "again in \(max(1, Int(delay.seconds.rounded()))) s"
            if !memory.isFailureTold {
                let text = message + (again.map { " (\($0))" } ?? "")
                await context.tell(LoopEvent(.failed, .error, instance: name, text))
            } else if let again {
                await context.tell(LoopEvent(.failed, .warning, instance: name, "tried \(again)"))
            }
        case .refused(_, let message):
            // What was told at length a moment ago is told with what it comes to, and no more.
            let text = memory.isFailureTold ? message.firstLine : message
            await context.tell(LoopEvent(.refused, .error, instance: name, text))
        case .held(_, let message, _):
            await context.tell(LoopEvent(.held, .warning, instance: name, message))
        }
    }

    /// Tells the warnings that were not there at the last look.
    func tellNew(_ warnings: [Diagnostic], _ memory: inout Memory) async {
        let sentences = warnings.map { (text: $0.sentence, kind: LoopEvent.gist(of: $0.sentence)) }
        for sentence in sentences where !memory.told.contains(sentence.kind) {
            await context.tell(LoopEvent(.diagnosed, .warning, instance: name, sentence.text))
        }
        memory.told = Set(sentences.map(\.kind))
    }
}
