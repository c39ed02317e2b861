/// What an instance remembers of how it is backed up; each key as it was written.
package struct BackupFacts: Codable, Hashable, Sendable {
    /// When base backups are made: a cron line, in UTC.
    package var schedule: String?
    /// How long backups are kept: `7d`.
    package var keep: String?
    /// When a restore is tried: a cron line, in UTC.
    package var drill: String?

    package init(schedule: String? = nil, keep: String? = nil, drill: String? = nil) {
        self.schedule = schedule
        self.keep = keep
        self.drill = drill
    }
}

/// What `archive_command` is on an instance's servers.
package struct ArchiveCommands: Codable, Hashable, Sendable {
    /// While the log is to be kept.
    package var keeping: String
    /// While it is not.
    package var passing: String

    package init(keeping: String, passing: String) {
        self.keeping = keeping
        self.passing = passing
    }
}
