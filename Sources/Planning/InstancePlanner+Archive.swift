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
        let archive = fleet.archives.first { $0.instance == instance.name && $0.removed == nil }
        let alarms = BackupAlarm.all(
            of: instance.name,
            backup.value.facts,
            archive,
            observed.server?.archiver,
            now: options.now
        )
        for alarm in alarms {
            let (code, range) = Self.place(of: alarm.kind, in: backup)
            collector.emit(Diagnostic(code, alarm.message, at: range, severity: .warning, help: alarm.help))
        }
    }

    private static func place(of kind: BackupAlarm.Kind, in backup: Located<BackupPolicy>) -> (
        DiagnosticCode, SourceRange
    ) {
        let schedule = backup.value.schedule?.range ?? backup.range
        return switch kind {
        case .standstill: (.archiveStandstill, backup.range)
        case .gap: (.logGap, backup.range)
        case .overdue: (.backupOverdue, schedule)
        case .failed: (.backupFailed, schedule)
        case .drill: (.drillFailed, backup.value.drill?.range ?? backup.range)
        }
    }
}
