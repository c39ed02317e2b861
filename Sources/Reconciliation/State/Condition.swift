#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// One thing that is known of an instance under the loop: whether it is as desired, being worked on, or stuck.
///
/// `Ready` is always there. `Reconciling` and `Stalled` are there only while they hold.
package struct Condition: Codable, Hashable, Sendable {
    package enum Kind: String, Codable, Sendable {
        case ready = "Ready"
        case reconciling = "Reconciling"
        case stalled = "Stalled"
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
        /// It differs, and the loop was told to leave it alone.
        case suspended = "Suspended"
        case paused = "Paused"
        case observeOnly = "ObserveOnly"
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
    /// The conditions that an outcome means.
    ///
    /// - Parameters:
    ///   - before: The conditions until now; what has not changed keeps its time.
    ///   - failures: How many times in a row it has failed, this time included.
    package func conditions(before: [Condition], failures: Int, now: Date) -> [Condition] {
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
                    + (failures >= Self.failuresUntilStalled
                        ? [Condition(.stalled, .actionFailed, "it failed \(failures) times in a row", since: now)] : [])
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
            }
        return found.map { condition in
            var condition = condition
            let same = before.first { $0.type == condition.type }
            if let same, same.isTrue == condition.isTrue, same.reason == condition.reason {
                condition.since = same.since
            }
            return condition
        }
    }

    /// What fails this often does not pass by itself.
    private static let failuresUntilStalled = 5
}
