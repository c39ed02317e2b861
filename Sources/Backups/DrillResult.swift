/// What came out when a restore was tried.
package struct DrillResult: Codable, Hashable, Sendable {
    /// When it was begun; seconds since 1970-01-01T00:00:00Z.
    package var time: Int
    package var backup: String
    /// How many files of the log were replayed.
    package var files: Int
    /// When the last transaction was committed that came back; nil where the log has none after the backup.
    package var reached: Int?
    package var databases: Int?
    package var restoreSeconds: Double?
    package var checkSeconds: Double?
    /// What is wrong; nil when nothing is.
    package var problem: String?

    package init(time: Int, backup: String, files: Int) {
        self.time = time
        self.backup = backup
        self.files = files
    }

    /// How old the newest commit was that came back, in seconds: no more would have been lost with the instance. Nil where
    /// that is not known.
    package var lostSeconds: Int? { reached.map { max(0, time - $0) } }
}
