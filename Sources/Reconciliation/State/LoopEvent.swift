import Diagnostics

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// Something that happened in the loop: one line for people, one object for programs.
package struct LoopEvent: Codable, Hashable, Sendable {
    package enum Level: String, Codable, Sendable {
        case info
        case warning
        case error
    }

    /// What it is about; values may be added, and each keeps its meaning.
    package enum Kind: String, Codable, Sendable {
        case started
        case standingBy
        case stopping
        case specsChanged
        case specsRefused
        /// A diagnostic that is no error.
        case diagnosed
        case serverDied
        case serverHung
        /// All endpoints of the home are closed until it is there again.
        case gatewayDied
        case actionDone
        case actionFailed
        /// Another program changes the instance.
        case waiting
        case settled
        case failed
        case refused
        case held
        case retained
        /// A backup, or a restore that is tried: begun, done, failed.
        case backupBegun
        case backupDone
        case backupFailed
        case paused
        case resumed
        case pageOpened
        case pageFailed
        /// A client of the page was turned away.
        case clientRefused
        /// What the loop must not forget could not be read or written.
        case memoryFailed
        /// The history cannot be written, or can be again.
        case historyFailed
        /// What became of a migration that the loop works on.
        case migration
        /// The remote repository cannot be reached, and can be again.
        case gitUnreachable
        case gitReached
        case gitReplaced
        /// A commit that may not come into force.
        case gitRefused
        /// Notifications of one channel cannot be delivered, and can be again.
        case notificationsFailed
        case notificationsResumed
    }

    package var time: Date
    package var level: Level
    package var kind: Kind
    /// Nil for what is about the loop as a whole.
    package var instance: String?
    package var message: String
    /// The commit of the specifications that were in force then; nil when they are not in git.
    package var commit: String?

    package init(_ kind: Kind, instance: String? = nil, _ message: String) {
        self.init(kind, .info, instance: instance, message)
    }

    package init(_ kind: Kind, _ level: Level, instance: String? = nil, _ message: String) {
        time = .now
        self.level = level
        self.kind = kind
        self.instance = instance
        self.message = message
    }

    /// The message but for its times, sizes, processes and files of the log: what only differs in those is no news.
    package var gist: String { Self.gist(of: message) }

    package static func gist(of text: String) -> String {
        text.filter { !("0"..."9").contains($0) && !("A"..."F").contains($0) }
    }

    /// The same event in one line, for what has been told at length before.
    package var shortened: LoopEvent {
        var event = self
        event.message = message.firstLine + " (as before)"
        return event
    }

    /// The same event, with the commit of the specifications in force.
    package func of(_ commit: String?) -> LoopEvent {
        var event = self
        event.commit = commit
        return event
    }
}
