import FleetModel
import Migrating
import Resources
import SpecSchema

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Where one migration is; the document of `migration status -o json`.
struct MigrationStatus: Encodable {
    var formatVersion = "1.0"
    var name: String
    /// Nil for one that has not begun.
    var state: MigrationState?
    var type: MigrationType
    var method: MigrationMethod
    /// Why that method.
    var methodReason: String
    var source: String
    var target: String
    var started: Date?
    var changed: Date?
    var message: String?
    var progress: MigrationProgress?
    var gapBytes: Int?
    var lagSeconds: Double?
    var problem: String?
    var sourceLog: SourceLog?
    var definitionChanges: [DefinitionChange]?
    var acceptedAlarms: [AcceptedAlarm]?
    var verification: VerificationReport?
    var writePauseMilliseconds: Int?
    /// Of the way back.
    var rollbackPauseMilliseconds: Int?
    /// What becomes of the source's endpoint; left out unless both ends are instances of this home.
    var endpoint: EndpointTask?
    var leftovers: [String] = []

    /// What the source keeps of its write-ahead log for the migration.
    struct SourceLog: Encodable {
        var retainedBytes: Int
        var limitBytes: Int?
        /// What may still be written before the source gives the slot up; nil where it never does.
        var safeBytes: Int?
        var slotStatus: String?
        /// Free room on the disk with the log; nil for a source on another host.
        var diskFreeBytes: Int?
        /// Why somebody should look at it.
        var alarm: String?
    }

    /// Asks both ends of a migration that follows.
    init(_ context: MigrationContext) async throws {
        let migration = context.order.migration
        name = context.name
        type = migration.type.value
        method = migration.methodChoice.method
        methodReason = migration.methodChoice.reason
        source = migration.source.value.description
        target = migration.target.value.description
        guard try context.folder.task() != nil else { return }
        let run = try context.run()
        let task = await run.task
        let isFollowed = task.state.isFollowing || task.state == .wayBackOpen
        let following = isFollowed ? await run.observed() : nil
        let guarded = await run.guarded()
        state = task.state
        started = task.started
        changed = task.changed
        progress = context.folder.lastProgress
        gapBytes = following?.gapBytes
        if case .lost(let text) = guarded.verdict, task.state != .wayBackOpen {
            // What was said of a target that still followed is not so any more.
            problem = text
        } else {
            message = task.message
            lagSeconds = following?.lagSeconds
            problem = following?.problem ?? guarded.lost ?? guarded.problem
        }
        sourceLog = guarded.log.map {
            SourceLog(
                retainedBytes: $0.bytes,
                limitBytes: guarded.limitBytes,
                safeBytes: $0.safeBytes,
                slotStatus: $0.status,
                diskFreeBytes: $0.freeBytes,
                alarm: guarded.verdict.text
            )
        }
        definitionChanges = guarded.changes.isEmpty ? nil : guarded.changes
        acceptedAlarms = task.accepted.flatMap { $0.isEmpty ? nil : $0 }
        verification = task.verification
        writePauseMilliseconds = task.cutover?.pauseMilliseconds
        rollbackPauseMilliseconds = task.rollback?.pauseMilliseconds
        endpoint = task.endpoint
        leftovers = task.leftovers
    }

    /// For people.
    var text: String {
        var lines = [
            ("migration", "\(name), \(type.rawValue)"), ("method", "\(method.rawValue), since \(methodReason)"),
            ("state", state?.rawValue ?? "not begun"), ("from", source),
            ("to", target),
        ]
        if let message { lines.append(("", message)) }
        // With a way back it is the source that follows.
        let isBack = state == .wayBackOpen
        if var progress, let state, !state.isFinal, !isBack {
            // Those of this moment have lines of their own; these are of when a run told them last.
            (progress.gapBytes, progress.lagSeconds) = (nil, nil)
            lines.append(("progress", MigrationText.line(progress)))
        }
        if let gapBytes { lines.append((isBack ? "gap back" : "gap", "\(gapBytes) bytes")) }
        if let lagSeconds {
            lines.append((isBack ? "lag back" : "lag", "\(MigrationText.tenths(lagSeconds)) s"))
        }
        if let problem { lines.append(("problem", problem)) }
        if let sourceLog {
            let limit = sourceLog.limitBytes.map { ", limit \(ByteCount(bytes: $0).rounded)" } ?? ""
            lines.append(
                (isBack ? "target keeps" : "source keeps", ByteCount(bytes: sourceLog.retainedBytes).rounded + limit)
            )
            if let alarm = sourceLog.alarm { lines.append(("ALARM", alarm)) }
        }
        for change in definitionChanges ?? [] {
            lines.append(("CHANGED", "\(change.sentence); on the target: \(change.advice)"))
        }
        for alarm in acceptedAlarms ?? [] { lines.append(("accepted", "\(alarm.id.rawValue): \(alarm.reason)")) }
        if let verification { lines.append(("verification", verification.sentence)) }
        if let writePauseMilliseconds { lines.append(("write pause", "\(writePauseMilliseconds) ms")) }
        if let rollbackPauseMilliseconds { lines.append(("pause back", "\(rollbackPauseMilliseconds) ms")) }
        if let endpoint { lines.append(("endpoint", endpoint.sentence)) }
        lines += leftovers.map { ("left behind", $0) }
        return
            lines.map { label, value in
                label + String(repeating: " ", count: 14 - label.count) + value + "\n"
            }
            .joined()
    }
}
