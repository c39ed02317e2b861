package import Backups
package import FleetModel
import Glibc
import SideEffects

/// What is to be done for backups, and how it makes way for what is more urgent.
extension LocalProvider {
    /// How instances of this home are to be backed up, by name: also those that no specification declares any more.
    package nonisolated var backupPolicies: [String: BackupFacts] {
        let names = LocalFiles.names(in: home.instances).filter { !$0.hasPrefix(".") }
        let policies = names.compactMap { name in
            (try? record(of: name))?.ownership.backup.map { (name, $0) }
        }
        return Dictionary(policies) { first, _ in first }
    }

    /// Returns what is to be done now for the backups of an instance; nil when nothing is.
    package nonisolated func backupDuty(of name: String, now: Int) -> BackupDuty? {
        guard let record = try? record(of: name), record.state == .ready, let policy = record.ownership.backup else {
            return nil
        }
        // A standby of another instance has that one's data, and an archive of its own only when it has taken over.
        if record.copy != nil { return nil }
        let folder = archiveFolder(of: name, record)
        let archive =
            LocalFiles.exists(folder.path)
            ? archive(in: folder, instance: name, id: record.id, readsLog: false) : nil
        let primary = home.folder(of: name).node(record.primary)
        return BackupDuty.next(policy, archive, isRunning: LocalServer.processID(in: primary) != nil, now: now)
    }

    /// Who makes, checks or removes backups of an instance right now: `backup, process 17, user root`; nil when nobody does.
    package nonisolated func backupHolder(of name: String) -> String? {
        guard let record = try? record(of: name) else { return nil }
        let path = archiveFolder(of: name, record).lock
        guard FileLock.isHeld(path) else { return nil }
        return LocalFiles.text(path)?.split(separator: "\n").first.map(String.init)
    }

    /// Another hand for work that takes long: nobody who asks this one waits while it removes a large folder.
    package nonisolated var beside: LocalProvider { LocalProvider(beside: self) }

    /// Ends the copying of a primary that is about to stop. Its server would wait for the copier to take the rest of the
    /// log, and clients would wait with it.
    func endBackups(of name: String) {
        guard let record = try? record(of: name) else { return }
        let folder = archiveFolder(of: name, record)
        let copiers = ProcessTable.processes(mentioning: "--pgdata=\(folder.backups)")
        guard !copiers.isEmpty else { return }
        files.effects.willPerform("end pg_basebackup, which copies the primary of \(name)")
        for processID in copiers { kill(pid_t(processID), SIGKILL) }
    }
}
