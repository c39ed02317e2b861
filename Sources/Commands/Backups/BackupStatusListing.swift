import Backups
import Diagnostics
import FleetModel
import Observing
import Providers
import Resources

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// How the backups of one instance are doing, as `describe` shows it.
struct BackupStatusListing: Encodable {
    struct Alarm: Encodable {
        var kind: BackupAlarm.Kind
        var message: String
        var help: String
    }

    /// As the specification has them.
    var schedule: String?
    var keep: String?
    var drill: String?
    /// How many backups can be restored.
    var count: Int
    /// When the newest of them had ended.
    var newest: String?
    /// When the next one is due; in the past for one that is overdue.
    var next: String?
    /// Who works on the backups right now: `backup, process 17, user root`.
    var holder: String?
    /// What came out when a restore was last tried.
    var lastDrill: DrillListing?
    var alarms: [Alarm]

    /// Nil for an instance that is not backed up.
    init?(_ instance: ObservedInstance, _ local: LocalProvider, now: Int) {
        let name = instance.placement.name
        guard let policy = instance.placement.record.backup, instance.placement.archive != nil else { return nil }
        let archive = local.archive(of: name)
        (schedule, keep, drill) = (policy.schedule, policy.keep, policy.drill)
        count = archive?.goodBackups.count ?? 0
        newest = archive?.goodBackups.last.map { Moment.text($0.ended) }
        let last = archive?.goodBackups.map(\.started).max()
        next = policy.schedule.flatMap(CronSchedule.init)?.next(after: last ?? now).map { Moment.text($0) }
        holder = local.backupHolder(of: name)
        lastDrill = archive?.drill.map { DrillListing($0, of: name) }
        alarms = BackupAlarm.all(of: name, policy, archive, instance.server?.archiver, now: now)
            .map { Alarm(kind: $0.kind, message: $0.message, help: $0.help) }
    }

    /// Lines for people.
    func lines(_ terminal: Terminal) -> [String] {
        var parts = [newest.map { "\(count), the newest of \($0)" } ?? "none yet"]
        if let next { parts.append("next due at \(next)") }
        if let holder { parts.append("worked on now: \(holder)") }
        if let lastDrill, lastDrill.problem == nil { parts.append("restore tried at \(lastDrill.time)") }
        let style = terminal.resultStyle
        return ["  backups     \(parts.joined(separator: "; ").visible)"]
            + alarms.map { "  \(style.paint("alarm", .warning))       \($0.message.visible) (\($0.help.visible))" }
    }

    /// Tells the alarms of an instance, or of all, on stderr.
    static func tellAlarms(of name: String?, _ session: FleetSession) async {
        let warning = session.terminal.progressStyle.paint("warning", .warning)
        let now = Int(Date.now.timeIntervalSince1970)
        for found in session.local.backupPolicies.keys.sorted() where name == nil || found == name {
            guard let placement = (try? await session.provider.observe(found)) ?? nil else { continue }
            let instance = await session.observer.instance(placement, desired: nil)
            for alarm in BackupStatusListing(instance, session.local, now: now)?.alarms ?? [] {
                session.terminal.tell("\(warning): \(alarm.message.visible)\nhelp: \(alarm.help.visible)\n")
            }
        }
    }
}
