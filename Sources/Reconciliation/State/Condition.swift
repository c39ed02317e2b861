package import Backups

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// One thing that is known of an instance under the loop: whether it is as desired, being worked on, or stuck.
///
/// `Ready` is always there, and `BackedUp` where the instance is backed up. `Reconciling` and `Stalled` are there only
/// while they hold.
package struct Condition: Codable, Hashable, Sendable {
    package enum Kind: String, Codable, Sendable {
        case ready = "Ready"
        case reconciling = "Reconciling"
        case stalled = "Stalled"
        /// Only there for an instance that is backed up: whether backups and the archived log are as they should be.
        case backedUp = "BackedUp"
        /// Only there for an instance that is there and that no specification declares any more: what becomes of it.
        case declared = "Declared"
    }

    /// Why, in one word for programs; values may be added, and each keeps its meaning.
    package enum Reason: String, Codable, Sendable {
        /// It is as desired.
        case succeeded = "Succeeded"
        /// Actions are being performed.
        case progressing = "Progressing"
        /// Something failed and is tried again.
        case progressingWithRetry = "ProgressingWithRetry"
        case actionFailed = "ActionFailed"
        /// What is desired cannot be planned; a changed specification or a look at the server is needed.
        case planRefused = "PlanRefused"
        /// Its server does not start with the parameters that are desired, and runs with those before.
        case parametersRejected = "ParametersRejected"
        /// Its server does not serve, and the loop was told to leave it alone.
        case notServing = "NotServing"
        /// Every run succeeds, and something differs again afterwards.
        case notConverging = "NotConverging"
        /// What disturbs waits for the maintenance window.
        case waitingForWindow = "WaitingForWindow"
        /// What disturbs waits because enough has been disturbed.
        case waitingForBudget = "WaitingForBudget"
        /// Another instance shows first that the change is good.
        case waitingForCanary = "WaitingForCanary"
        /// Another instance has shown that the change is bad.
        case rolloutStopped = "RolloutStopped"
        /// No specification declares it any more, and it stays.
        case retained = "Retained"
        /// No specification declares it any more, and it is removed when nothing keeps it.
        case removing = "Removing"
        /// It differs, and the loop was told to leave it alone.
        case suspended = "Suspended"
        case paused = "Paused"
        case observeOnly = "ObserveOnly"
        /// What is wrong with the backups; each is an alarm of its own.
        case archiveStandstill = "ArchiveStandstill"
        case logGap = "LogGap"
        case backupOverdue = "BackupOverdue"
        case backupFailed = "BackupFailed"
        case drillFailed = "DrillFailed"
    }

    package var type: Kind
    package var isTrue: Bool
    package var reason: Reason
    /// One sentence for people.
    package var message: String
    /// When type, truth or reason changed last.
    package var since: Date

    package init(_ type: Kind, isTrue: Bool = true, _ reason: Reason, _ message: String, since: Date) {
        self.type = type
        self.isTrue = isTrue
        self.reason = reason
        self.message = message
        self.since = since
    }
}

extension Condition {
    /// The same, since when it has been so.
    func keepingTime(of before: [Condition]) -> Condition {
        guard let same = before.first(where: { $0.type == type }), same.isTrue == isTrue, same.reason == reason else {
            return self
        }
        var condition = self
        condition.since = same.since
        return condition
    }

    /// Whether the backups of an instance are as they should be.
    ///
    /// - Parameter alarms: The most urgent first.
    package static func backedUp(_ alarms: [BackupAlarm], before: [Condition], now: Date) -> Condition {
        let condition =
            alarms.first.map { first in
                Condition(
                    .backedUp,
                    isTrue: false,
                    Reason(rawValue: first.kind.rawValue) ?? .backupFailed,
                    alarms.map(\.message).joined(separator: " "),
                    since: now
                )
            } ?? Condition(.backedUp, .succeeded, "backups and the archived log are as they should be", since: now)
        return condition.keepingTime(of: before)
    }
}

/// What a look at one instance, and what was done after it, came to.
package enum LoopOutcome: Sendable, Hashable {
    /// Nothing is left to do.
    case settled
    /// Actions were performed; another look shows what they came to.
    case performed
    /// Something failed and is tried again.
    case failed(String)
    /// Only a change of the specification or of the server helps.
    case refused(Condition.Reason, String)
    /// There is something to do, and it has to wait.
    case held(Condition.Reason, String, until: Date?)
}

extension LoopOutcome {
    /// Another program changes the instance, and what is seen may be half of it.
    static func changed(by program: String) -> LoopOutcome {
        .held(.progressing, "another pgsteer changes it: \(program)", until: .now + 2)
    }

    /// Whether only other instances decide when it goes on.
    var isWaitingForOthers: Bool {
        if case .held(.waitingForCanary, _, _) = self { true } else { false }
    }

    /// Whether it is to be told after what was told before: times and processes alone are no news, and that another program is
    /// waited for is told where it takes long.
    func isNews(after before: LoopOutcome?) -> Bool {
        switch (self, before) {
        case (.held(.progressing, _, _), _): false
        case (.held(let reason, let message, _), .held(let earlier, let told, _)),
            (.refused(let reason, let message), .refused(let earlier, let told)):
            reason != earlier || LoopEvent.gist(of: message) != LoopEvent.gist(of: told)
        default: self != before
        }
    }

    /// The conditions that an outcome means.
    ///
    /// - Parameters:
    ///   - before: The conditions until now; what has not changed keeps its time.
    ///   - failures: How many times in a row it has failed, this time included.
    ///   - isLastTry: Whether nobody tries again what has failed now.
    package func conditions(before: [Condition], failures: Int, isLastTry: Bool = false, now: Date) -> [Condition] {
        let found: [Condition] =
            switch self {
            case .settled: [Condition(.ready, .succeeded, "it is as desired", since: now)]
            case .performed:
                [
                    Condition(.ready, isTrue: false, .progressing, "actions were performed", since: now),
                    Condition(.reconciling, .progressing, "looking at what the actions came to", since: now),
                ]
            case .failed(let message):
                [
                    Condition(.ready, isTrue: false, .actionFailed, message, since: now),
                    Condition(.reconciling, .progressingWithRetry, "tried again after a while", since: now),
                ]
                    + stalled(failures, isLastTry: isLastTry, now: now)
            case .refused(let reason, let message):
                [
                    Condition(.ready, isTrue: false, reason, message, since: now),
                    Condition(.stalled, reason, message, since: now),
                ]
            case .held(let reason, let message, _):
                [
                    Condition(.ready, isTrue: false, reason, message, since: now),
                    Condition(.reconciling, reason, message, since: now),
                ]
                    + stalled(failures, isLastTry: false, now: now)
            }
        return found.map { $0.keepingTime(of: before) }
    }

    private func stalled(_ failures: Int, isLastTry: Bool, now: Date) -> [Condition] {
        guard isLastTry || failures >= Self.failuresUntilStalled else { return [] }
        let message = failures == 1 ? "it failed, and the next run tries again" : "it failed \(failures) times in a row"
        return [Condition(.stalled, .actionFailed, message, since: now)]
    }

    /// What fails this often does not pass by itself.
    private static let failuresUntilStalled = 5
}
