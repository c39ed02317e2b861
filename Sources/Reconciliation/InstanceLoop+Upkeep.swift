import Backups
import FleetModel
import Observing
import Providers
import Resources
import SpecSchema

/// What is seen to at every look, whether anything differs or not.
extension InstanceLoop {
    /// Returns what is wrong with the backups of the instance; nil when it is not backed up, or not there.
    func backupAlarms(_ desired: DesiredFleet, _ observed: ObservedFleet, now: Int) -> [BackupAlarm]? {
        guard let policy = desired.instances[name]?.backup?.value.facts, let found = observed.instances[name],
            found.placement.archive != nil
        else { return nil }
        let archive = observed.archives.first { $0.instance == name && $0.removed == nil }
        return BackupAlarm.all(of: name, policy, archive, found.server?.archiver, now: now)
    }

    /// Begins logs anew that have become too large, and removes old ones, where there is something to do.
    ///
    /// A round that acts does so at its end; this is for those in which nothing differs.
    func tendLogs(_ instance: Instance, _ force: LoopContext.Force) async {
        let provider = force.fleet.provider
        guard instance.connection == nil, provider.local.hasLogsToTend(of: name) else { return }
        do {
            _ = try await context.changing([name]) { _ in try await provider.perform(.tendLogs, on: name) }
        } catch {
            await context.tell(LoopEvent(.failed, .warning, instance: name, "its log: \(error)"))
        }
    }
}
