import ArgumentParser

/// `pgsteer backup`: base backups of instances.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Makes, lists, checks, hands out and removes backups; tries and says how to restore them.",
        discussion: """
            A backup is a base backup and the write-ahead log that follows it: backup in an Instance document lets the log \
            be archived all the time and says when base backups are made and how long they are kept. Backups outlive their \
            instance.
            """,
        subcommands: [
            BackupCreateCommand.self, BackupListCommand.self, BackupVerifyCommand.self, BackupRestoreCommand.self,
            BackupDeleteCommand.self, BackupDownloadCommand.self, BackupDrillCommand.self, BackupRunDueCommand.self,
        ]
    )
}

/// `pgsteer wal`: the archived write-ahead log.
struct LogArchiveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wal",
        abstract: "Lists and hands out the archived write-ahead log of an instance.",
        subcommands: [LogArchiveListCommand.self, LogArchiveDownloadCommand.self]
    )
}
