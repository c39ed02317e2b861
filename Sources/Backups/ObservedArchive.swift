package import FleetModel

/// What is kept of one instance: its base backups and its write-ahead log. It outlives the instance.
package struct ObservedArchive: Hashable, Sendable {
    package var instance: String
    /// The instance's own id, `pg-xxxxxxxx`: one that is made anew under the same name has another archive.
    package var instanceID: String
    /// Whether the instance is there and runs, so that the end of its log can still be archived.
    package var isRunning: Bool
    /// When the instance was removed; nil while it is there.
    package var removed: Int?
    /// By when they ended.
    package var backups: [BackupRecord]
    package var log: ArchivedLog
    /// That the last attempt to make a backup failed; nil when it did not.
    package var failure: BackupFailure?
    /// What came out when a restore was last tried; nil while none was.
    package var drill: DrillResult?
    /// How the instance is to be backed up; nil for one that is gone.
    package var policy: BackupFacts?

    package init(
        instance: String,
        instanceID: String,
        isRunning: Bool,
        removed: Int? = nil,
        backups: [BackupRecord],
        log: ArchivedLog
    ) {
        self.instance = instance
        self.instanceID = instanceID
        self.isRunning = isRunning
        self.removed = removed
        self.backups = backups.sorted { ($0.ended, $0.id) < ($1.ended, $1.id) }
        self.log = log
    }

    /// The backups that can be restored.
    package var goodBackups: [BackupRecord] { backups.filter { !$0.isDamaged } }

    /// What is missing in the log after the newest backup, so that no later moment can be restored; empty when nothing is.
    package var gapsAfterLastBackup: [LogSegment] {
        guard let last = goodBackups.last?.lastSegment else { return [] }
        return log.pieces(after: last).filter { $0.file == nil }.map(\.segment)
    }
}
