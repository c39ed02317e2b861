import Diagnostics
import FleetModel
import Resources
import SpecSchema

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What of an instance's plan may be performed now: by its maintenance windows, the fleet's budgets and its rollout.
struct PermittedPart: Sendable {
    let context: LoopContext
    let instance: Instance
    let force: LoopContext.Force
    /// Whether somebody said that it need not wait for a window.
    let isUrgent: Bool

    /// What waits for a window, and what does not.
    func heldByWindow(_ plan: Plan) -> (outcome: LoopOutcome, rest: Plan)? {
        let windows = instance.maintenanceWindows
        let rule = rule
        guard !isUrgent || rule != nil, !windows.isEmpty else { return nil }
        let hold = PlanHold(plan)
        guard let first = hold.held.first else { return nil }
        let why = isUrgent ? rule.map { "; the rule \"\($0.name.value)\" lets nobody hurry" } ?? "" : ""
        switch WindowState.of(windows, at: now, rules: ZoneFiles.rules) {
        case .open: return nil
        case .closed(let until, let window):
            let time = Date(timeIntervalSince1970: Double(until))
            let message = "\(first.summary): waits for \(window), which opens at \(time.formatted(.iso8601))\(why)"
            return (.held(.waitingForWindow, message, until: time), hold.now)
        case .unknown(let window):
            let message = "\(first.summary): waits, because this host does not know the time zone of \(window)"
            return (.held(.waitingForWindow, message, until: nil), hold.now)
        }
    }

    /// The rule of the fleet that lets nothing disturb the instance outside of its windows, not even by somebody's wish.
    private var rule: PolicyRule? {
        force.revision.desired.fleet.policy.first { rule in
            let limit = rule.demand.impactOutsideWindow?.value
            return rule.severity == .error && limit.map { $0 < .restart } ?? false && rule.selector.matches(instance)
        }
    }

    /// What is not tried again because the server did not come back from it, and what is left.
    func rejected(_ plan: Plan) -> (outcome: LoopOutcome, rest: Plan)? {
        guard let rejection = context.rejection(of: instance.name), let hold = rejection.hold(plan) else { return nil }
        return (.refused(.parametersRejected, rejection.message), hold.now)
    }

    /// Returns what may be performed now, and what the rest waits for; takes it into account.
    func permitted(_ plan: Plan) -> (plan: Plan, outcome: LoopOutcome?) {
        if let rejected = rejected(plan) {
            return (permitted(rejected.rest).plan, rejected.outcome)
        }
        let plan = knownPart(of: plan)
        let held = heldByWindow(plan)
        let rest = held?.rest ?? plan
        if rest.isEmpty { return (rest, held?.outcome) }
        if let held, !mayFollow(plan) { return (Self.recovery(in: plan), held.outcome) }
        if held == nil, let waiting = heldByRollout(rest) { return (Self.recovery(in: plan), waiting) }
        let afforded = afforded(rest)
        return (afforded.plan, afforded.outcome ?? held?.outcome)
    }

    /// Leaves out what the budgets of the fleet do not allow now; restarts do not wait for deletions, nor they for restarts.
    private func afforded(_ plan: Plan) -> (plan: Plan, outcome: LoopOutcome?) {
        let fleet = force.revision.desired.fleet
        let (limits, time) = ((restarts: fleet.restartLimit, deletions: fleet.deletionLimit), now)
        var (rest, waits) = (plan, [ActionLedger.Limit]())
        var sentences: [String] = []
        while waits.count < 2 {
            let actions = rest.actions
            let limit = context.deciding { _, ledger in
                ledger.reserve(actions, maxRestarts: limits.restarts, maxDeletes: limits.deletions, now: time)
            }
            guard let limit else { break }
            let hold = PlanHold(rest, holding: limit.matter.concerns)
            waits.append(limit)
            let end = limit.until.map { Date(timeIntervalSince1970: Double($0)) }
            let what = hold.held.first.map { "\($0.summary): " } ?? ""
            sentences.append(
                "\(what)waits: \(limit.message)\(end.map { ", not before \($0.formatted(.iso8601))" } ?? "")"
            )
            rest = hold.now
        }
        if waits.isEmpty { return (rest, nil) }
        let end = waits.compactMap(\.until).min().map { Date(timeIntervalSince1970: Double($0)) }
        return (rest, .held(.waitingForBudget, sentences.joined(separator: "; "), until: end))
    }

    /// How a change reaches the fleet; nil where it reaches all at once, or where a plan is no such change.
    private func policy(for plan: Plan) -> Rollout.Policy? {
        guard let canary = force.revision.desired.fleet.canary, Self.isRollout(plan) else { return nil }
        return Rollout.Policy(soak: canary.soak, batch: canary.batch ?? .max)
    }

    /// Whether the rest of a plan of which a part waits for a window may be performed as far as the rollout is.
    private func mayFollow(_ plan: Plan) -> Bool {
        guard let policy = policy(for: plan) else { return true }
        return context.deciding { rollout, _ in
            rollout.mayFollow(instance.name, digest: force.revision.digest, policy: policy, now: now)
        }
    }

    /// What is known of a server that has to be brought back first: with a canary, what differs in it is not changed at once
    /// after that, but when it has been looked at.
    private func knownPart(of plan: Plan) -> Plan {
        guard force.revision.desired.fleet.canary != nil, plan.changes.contains(where: { $0.reason == .stopped }) else {
            return plan
        }
        let unknown = Set(plan.changes.filter { $0.reason == .unknownYet }.map(\.resource))
        return PlanHold(plan) { unknown.contains($0.resource) }.now
    }

    private func heldByRollout(_ plan: Plan) -> LoopOutcome? {
        guard let policy = policy(for: plan) else { return nil }
        let (name, digest, time) = (instance.name, force.revision.digest, now)
        let permission = context.deciding { rollout, _ in
            rollout.permission(for: name, digest: digest, policy: policy, now: time)
        }
        switch permission {
        case .granted: return nil
        case .waitFor(let canary, let until):
            let message = "waits until \(canary), which is changed first, has been as desired for \(policy.soak) s"
            return .held(.waitingForCanary, message, until: until.map { Date(timeIntervalSince1970: Double($0)) })
        case .waitForBatch(let others):
            let message = "waits until \(others.joined(separator: ", ")) \(others.count == 1 ? "is" : "are") done"
            return .held(.waitingForCanary, message, until: .now + 2)
        case .stopped(let name, let message):
            return .held(.rolloutStopped, "is not changed, because \(name) failed: \(message)", until: nil)
        }
    }

    /// Whether a plan changes what has been there: neither makes it nor only brings it back.
    private static func isRollout(_ plan: Plan) -> Bool {
        plan.changes.contains {
            [.update, .delete].contains($0.operation) && ![.stopped, .unknownYet].contains($0.reason)
        }
            && !plan.actions.contains { $0.operation == .provision }
    }

    /// What brings a server back never waits.
    private static func recovery(in plan: Plan) -> Plan {
        PlanHold(plan) { !PlanHold.isRepair($0) }.now
    }

    private var now: Int { Int(Date.now.timeIntervalSince1970) }
}
