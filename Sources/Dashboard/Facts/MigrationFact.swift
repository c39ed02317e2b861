package import Reconciliation
package import Resources
import SpecSchema

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// A declared migration, and where it stands.
package struct MigrationFact: Codable, Hashable, Sendable {
    package struct Progress: Codable, Hashable, Sendable {
        package var activity: String
        package var tables: Int
        package var tablesDone: Int
        package var bytes: Int
        package var bytesDone: Int
        package var rowsDone: Int
        /// Tables that are copied now.
        package var running: [String]
        /// The same tables, each once, with how far they are.
        package var runningTables: [MigrationLook.Progress.Table]
        package var bytesPerSecond: Double?
        package var remainingSeconds: Double?

        /// From 0 to 1; nil while nothing is known of what there is.
        package var share: Double? { bytes > 0 ? min(1, Double(bytesDone) / Double(bytes)) : nil }
    }

    package var name: String
    /// As people say it: `database shop of orders`.
    package var source: String
    package var target: String
    package var type: String
    /// Where it stands; nil while it has not begun.
    package var stage: String?
    /// What one that has not begun, or does not go on, waits for.
    package var waitsFor: String?
    package var started: Date?
    /// Since when it stands there.
    package var since: Date?
    /// Why it failed, which checks failed.
    package var message: String?
    /// Whether a process works on it now.
    package var isWorkedOn = false
    package var progress: Progress?
    /// Write-ahead log of the source that the target has not confirmed, while it follows.
    package var lagBytes: Int?
    /// The age of the newest change that the target has, while it follows.
    package var lagSeconds: Double?
    /// What keeps the target from following.
    package var problem: String?
    /// What comparing both ends found.
    package var verification: String?
    package var isVerified: Bool?
    package var writePauseMilliseconds: Int?
    /// What becomes of the source's endpoint, in words; nil where it is none of this home's.
    package var endpoint: String?
    /// What could not be removed yet.
    package var leftovers: [String] = []
    /// What to do next, in a sentence.
    package var next: String

    /// One that has not begun.
    package init(name: String, source: String, target: String, type: String, waitsFor: String? = nil) {
        self.name = name
        self.source = source
        self.target = target
        self.type = type
        self.waitsFor = waitsFor
        next =
            waitsFor.map { "Nothing: it \($0.hasPrefix("begins") ? $0 : "waits, because \($0)")." }
            ?? "Nothing: the loop is about to begin it."
    }

    package init(_ migration: Migration, look: MigrationLook?, waitsFor: String?) {
        self.init(
            name: migration.name.value,
            source: migration.source.value.description,
            target: migration.target.value.description,
            type: migration.type.value.rawValue,
            waitsFor: waitsFor
        )
        if let look { show(look) }
    }

    /// Shows where one stands that has begun.
    package mutating func show(_ look: MigrationLook) {
        stage = look.state.rawValue
        started = look.started
        since = look.changed
        message = look.message
        isWorkedOn = look.isWorkedOn
        progress = look.progress.flatMap { $0.tables > 0 ? Progress($0) : nil }
        lagBytes = look.following?.gapBytes
        lagSeconds = look.following?.lagSeconds
        problem = look.following?.problem
        verification = look.verification
        isVerified = look.isVerified
        writePauseMilliseconds = look.writePauseMilliseconds
        endpoint = look.endpoint
        leftovers = look.leftovers
        next = Self.next(
            look.state,
            name: name,
            isWorkedOn: look.isWorkedOn,
            isEndpointMoved: look.isEndpointMoved,
            waitsFor: waitsFor
        )
    }

    private static func next(
        _ state: MigrationState,
        name: String,
        isWorkedOn: Bool,
        isEndpointMoved: Bool,
        waitsFor: String?
    ) -> String {
        switch state {
        case .completed where isEndpointMoved:
            return "Nothing: the endpoint leads to the target. pgsteer migration delete \(name) forgets the migration."
        case .completed: return "Nothing: let programs use the target. pgsteer migration delete \(name) forgets it."
        case .wayBackOpen:
            return
                "The source follows the target: pgsteer migration finish \(name) gives that up, pgsteer migration rollback \(name) goes back."
        case .rolledBack, .cancelled: return "Nothing. pgsteer migration delete \(name) forgets it."
        case .paused: return "pgsteer migration resume \(name) goes on with it."
        case .readyToComplete: return "pgsteer migration complete \(name) lets the writes go over to the target."
        case .checkFailed:
            return "Put right what failed; pgsteer migration check \(name) tells how. It is tried again by itself."
        case .failed where !isWorkedOn && waitsFor == nil:
            return "Look at the message; it is tried again by itself, and by pgsteer migration start \(name)."
        case .checking, .checkPassed, .preparing, .structure, .fullCopy, .incrementalSync, .completing, .rollingBack,
            .failed:
            if isWorkedOn { return "Nothing: it is being worked on." }
            return waitsFor.map { "Nothing: it does not go on, because \($0)." } ?? "Nothing: the loop goes on with it."
        }
    }
}

extension MigrationFact.Progress {
    init(_ progress: MigrationLook.Progress) {
        self.init(
            activity: progress.activity,
            tables: progress.tables,
            tablesDone: progress.tablesDone,
            bytes: progress.bytes,
            bytesDone: progress.bytesDone,
            rowsDone: progress.rowsDone,
            running: progress.running,
            runningTables: progress.tablesAtWork,
            bytesPerSecond: progress.bytesPerSecond,
            remainingSeconds: progress.remainingSeconds
        )
    }
}
