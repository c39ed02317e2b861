import Backups
import Diagnostics
import FleetModel
import Resources
import SpecSchema

extension InstancePlanner {
    /// The difference between how the server archives its log and how it is to; nil when there is none, or it cannot be
    /// asked.
    func archiveDifference(_ observed: ObservedInstance) -> Difference? {
        guard let commands = observed.placement.archive, let parameters = observed.server?.parameters else {
            return nil
        }
        let isOn = parameters["archive_mode"]?.setting != "off"
        let command = parameters["archive_command"]?.setting
        if instance.backup == nil {
            guard isOn, command != commands.passing else { return nil }
            return Difference("backup.archive", observed: "on", desired: "off", impact: .reload)
        }
        if isOn, command == commands.keeping { return nil }
        return Difference(
            "backup.archive",
            observed: isOn && command != commands.passing ? "to another place" : "off",
            desired: "on",
            impact: isOn ? .reload : .restart,
            source: instance.backup?.range
        )
    }

    func archiveSummary(_ isOn: Bool) -> String {
        isOn ? "archive the log of \(instance.name)" : "stop archiving the log of \(instance.name)"
    }

    /// Tells what is wrong with the backups of an instance that is there.
    func checkBackups(_ observed: ObservedInstance, _ collector: inout DiagnosticCollector) {
        guard let backup = instance.backup, observed.placement.archive != nil else { return }
        func warn(_ code: DiagnosticCode, _ detail: String, at range: SourceRange, help: String) {
            collector.emit(Diagnostic(code, detail, at: range, severity: .warning, help: help))
        }
        let name = instance.name
        if let standstill = observed.server?.archiver?.standstill(now: options.now) {
            warn(
                .archiveStandstill,
                "The archive of Instance/\(name) stands still: \(standstill). The server keeps its log until it has been archived.",
                at: backup.range,
                help: "look at the end of the server's log and at the space in the home's folder backups/\(name)"
            )
        }
        guard let archive = fleet.archives.first(where: { $0.instance == name && $0.removed == nil }) else { return }
        if let gap = archive.gapsAfterLastBackup.first {
            warn(
                .logGap,
                "The archived log of Instance/\(name) has a gap at \(gap): nothing after it can be restored.",
                at: backup.range,
                help: "make a backup, from which later moments can be restored: pgsteer backup create \(name)"
            )
        }
        if let due = Self.overdue(archive, backup.value, now: options.now) {
            warn(
                .backupOverdue,
                "The backup of Instance/\(name) that was due at \(Moment.text(due)) has not been made.",
                at: backup.value.schedule?.range ?? backup.range,
                help:
                    "a timer or the loop makes backups: pgsteer backup run-due; or by hand: pgsteer backup create \(name)"
            )
        }
    }

    /// How long a backup may be late before it is told, in seconds.
    private static let lateness = 3600

    private static func overdue(_ archive: ObservedArchive, _ policy: BackupPolicy, now: Int) -> Int? {
        let need = BackupNeed.decide(
            schedule: policy.schedule.flatMap { CronSchedule($0.value) },
            starts: archive.goodBackups.map(\.started),
            now: now
        )
        guard case .scheduled(let due) = need, now - due > lateness else { return nil }
        return due
    }
}
