package import Backups
import FleetModel

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// What is kept of one instance.
package struct BackupsFact: Codable, Hashable, Sendable {
    package struct Backup: Codable, Hashable, Sendable {
        package var id: String
        package var started: Date
        /// The earliest moment that it can be restored to.
        package var ended: Date
        package var dataBytes: Int
        /// On disk.
        package var bytes: Int
        package var checked: Date?
        /// What is wrong with it.
        package var problem: String?
    }

    package struct Drill: Codable, Hashable, Sendable {
        package var time: Date
        package var backup: String
        package var files: Int
        package var restoreSeconds: Double?
        package var checkSeconds: Double?
        package var databases: Int?
        /// How old the newest commit was that came back.
        package var lostSeconds: Int?
        package var problem: String?
    }

    /// Moments that can be restored.
    package struct Span: Codable, Hashable, Sendable {
        package var from: Date
        /// Nil for now.
        package var until: Date?
    }

    /// Cron lines in UTC, and how long backups are kept, as they were written.
    package var schedule: String?
    package var keep: String?
    package var drillSchedule: String?
    package var nextDue: Date?
    package var nextDrill: Date?
    /// When the newest backup that can be restored ended.
    package var lastGood: Date?
    /// When a backup last failed; nil when the last one did not.
    package var lastFailed: Date?
    package var drill: Drill?
    /// Newest first; at most `kept` of `count`.
    package var backups: [Backup]
    package var count: Int
    package var archivedFiles: Int
    package var archivedBytes: Int
    package var lastArchived: Date?
    /// How the archive stands still, in a sentence.
    package var standstill: String?
    /// Files of the log that are missing, and the first of them.
    package var missingFiles: Int
    package var firstMissing: String?
    /// Latest first.
    package var restorable: [Span]

    /// More than a month of daily ones.
    package static let kept = 40

    /// - Parameters:
    ///   - archiver: How the running server archives; nil when it could not be asked.
    ///   - now: When both were looked at.
    package init(_ archive: ArchiveSummary, archiver: ObservedArchiver?, now: Date) {
        let seconds = Int(now.timeIntervalSince1970)
        schedule = archive.policy?.schedule
        keep = archive.policy?.keep
        drillSchedule = archive.policy?.drill
        nextDue = archive.due(after: seconds).map(Self.date)
        nextDrill = archive.drillDue(after: seconds).map(Self.date)
        lastGood = archive.goodBackups.last.map { Self.date($0.ended) }
        lastFailed = archive.failure.map { Self.date($0.time) }
        drill = archive.drill.map(Drill.init)
        backups = archive.backups.reversed().prefix(Self.kept).map(Backup.init)
        count = archive.backups.count
        archivedFiles = archive.files
        archivedBytes = archive.bytes
        lastArchived = archive.lastArchived.map(Self.date)
        standstill = archiver?.standstill(now: seconds)
        missingFiles = archive.missing.count
        firstMissing = archive.missing.first.map { "\($0)" }
        let last = archive.spans.last
        restorable = archive.spans.reversed().prefix(Self.kept)
            .map { span in
                Span(
                    from: Self.date(span.lowerBound),
                    until: archive.isOpen && span == last ? nil : Self.date(span.upperBound)
                )
            }
    }

    fileprivate static func date(_ seconds: Int) -> Date { Date(timeIntervalSince1970: Double(seconds)) }
}

extension BackupsFact.Backup {
    init(_ record: BackupRecord) {
        id = record.id
        started = BackupsFact.date(record.started)
        ended = BackupsFact.date(record.ended)
        dataBytes = record.dataBytes
        bytes = record.bytes
        checked = record.verification.map { BackupsFact.date($0.time) }
        problem = record.verification?.problem
    }
}

extension BackupsFact.Drill {
    init(_ result: DrillResult) {
        time = BackupsFact.date(result.time)
        backup = result.backup
        files = result.files
        restoreSeconds = result.restoreSeconds
        checkSeconds = result.checkSeconds
        databases = result.databases
        lostSeconds = result.lostSeconds
        problem = result.problem
    }
}

/// Statements of one text that took long, with values taken out.
package struct SlowStatementFact: Codable, Hashable, Sendable {
    package var statement: String
    package var calls: Int
    package var totalMilliseconds: Double
    package var meanMilliseconds: Double
    package var worstMilliseconds: Double
    /// When the worst of them ended.
    package var worstTime: Date?
    package var databases: [String]

    package init(
        statement: String,
        calls: Int,
        totalMilliseconds: Double,
        meanMilliseconds: Double,
        worstMilliseconds: Double,
        worstTime: Date? = nil,
        databases: [String]
    ) {
        self.statement = statement
        self.calls = calls
        self.totalMilliseconds = totalMilliseconds
        self.meanMilliseconds = meanMilliseconds
        self.worstMilliseconds = worstMilliseconds
        self.worstTime = worstTime
        self.databases = databases
    }
}
