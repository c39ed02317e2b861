import Backups
package import Diagnostics
package import FleetModel
package import SpecSchema
import YAMLSyntax

extension DiagnosticCode {
    package static let noBackupSchedule = DiagnosticCode("PGS-080", "Nothing makes backups")
    package static let shortRetention = DiagnosticCode("PGS-081", "Backups are kept for less than their schedule")
}

/// When base backups are made, how long they are kept, and when a restore is tried.
package struct BackupPolicy: Sendable {
    package var schedule: Located<String>?
    package var keep: Located<String>?
    package var drill: Located<String>?

    package static let schema = ObjectSchema<BackupPolicy>(
        "backup",
        "When base backups are made and how long they are kept; the write-ahead log is archived all the time.",
        make: { _ in BackupPolicy() },
        fields: [
            Field(
                "schedule",
                \.schedule,
                .cronSchedule,
                "When base backups are made: minute, hour, day, month and weekday, as cron has them, in UTC."
            ),
            Field("keep", \.keep, .retention, "How long a backup is kept: 7d, 4w; for ever when it is left out."),
            Field("drill", \.drill, .cronSchedule, "When a restore is tried, as cron has it, in UTC."),
        ]
    )

    package var facts: BackupFacts {
        BackupFacts(schedule: schedule?.value, keep: keep?.value, drill: drill?.value)
    }

    // MARK: What does not hold together

    func check(at range: SourceRange, of instance: String, collector: inout DiagnosticCollector) {
        guard let schedule else {
            collector.emit(
                Diagnostic(
                    .noBackupSchedule,
                    "Instance/\(instance) has no backup.schedule: its log is archived, and no base backup is made by itself.",
                    at: range,
                    severity: .warning,
                    help: Self.example
                )
            )
            return
        }
        guard let keep, let kept = Retention(keep.value)?.seconds,
            let pause = CronSchedule(schedule.value)?.longestPause(), kept < pause
        else { return }
        collector.emit(
            Diagnostic(
                .shortRetention,
                "Backups of Instance/\(instance) are kept for \(keep.value), and up to \(Self.words(pause)) pass between two of them.",
                at: keep.range,
                severity: .warning,
                notes: [Diagnostic.Note("the schedule", at: schedule.range)],
                help: "the newest one is always kept; raise keep, or make backups more often"
            )
        )
    }

    private static let example = "write backup: { schedule: \"0 3 * * *\", keep: 7d }"

    private static func words(_ seconds: Int) -> String {
        if seconds.isMultiple(of: 86_400) { return "\(seconds / 86_400)d" }
        return seconds.isMultiple(of: 3600) ? "\(seconds / 3600)h" : "\(seconds / 60) minutes"
    }
}

/// Parameters with which no backup could be made.
enum BackupRequirements {
    /// A backup takes two senders: one for the data, one for the log (PostgreSQL manual, `pg_basebackup`).
    private static let leastSenders = 2

    static func check(_ parameters: [ParameterAssignment], of instance: String, collector: inout DiagnosticCollector) {
        for parameter in parameters {
            let problem: String? =
                switch parameter.name {
                case "wal_level" where parameter.value.lowercased() == "minimal":
                    "the log would not hold what a restore needs"
                case "max_wal_senders" where (Int(parameter.value) ?? leastSenders) < leastSenders:
                    "at least \(leastSenders) are needed"
                default: nil
                }
            guard let problem else { continue }
            collector.emit(
                Diagnostic(
                    .badParameterValue,
                    "\(parameter.name) = \(parameter.value) leaves Instance/\(instance) without backups: \(problem).",
                    at: parameter.range,
                    help: "leave it out, or leave backup out"
                )
            )
        }
    }
}
