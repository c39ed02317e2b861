package import Resources

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// How far a migration is, as its files in the home and both its ends say; for those who show it and for the loop.
package struct MigrationLook: Hashable, Sendable {
    /// Of the copy; counted over all runs.
    package struct Progress: Hashable, Sendable {
        /// One sentence: what is being done.
        package var activity = ""
        package var tables = 0
        package var tablesDone = 0
        /// The size of the tables on the source.
        package var bytes = 0
        package var bytesDone = 0
        package var rowsDone = 0
        /// Tables that are copied now.
        package var running: [String] = []
        /// The same tables, each once, with how far they are.
        package var tablesAtWork: [Table] = []
        /// In a second; nil until it can be told.
        package var bytesPerSecond: Double?
        /// Nil until it can be told.
        package var remainingSeconds: Double?

        /// A table that is copied now.
        package struct Table: Codable, Hashable, Sendable {
            package var name: String
            /// Its size on the source.
            package var bytes: Int
            /// What went over the wire in this run, and the rows that it was.
            package var movedBytes: Int
            package var rows: Int

            package init(name: String, bytes: Int, movedBytes: Int, rows: Int) {
                self.name = name
                self.bytes = bytes
                self.movedBytes = movedBytes
                self.rows = rows
            }
        }

        package init() {}
    }

    /// How far the target is behind while it follows.
    package struct Following: Hashable, Sendable {
        /// Write-ahead log of the source that the target has not confirmed.
        package var gapBytes: Int?
        /// The age of the newest change that the target has.
        package var lagSeconds: Double?
        /// What keeps it from following.
        package var problem: String?

        package init(gapBytes: Int? = nil, lagSeconds: Double? = nil, problem: String? = nil) {
            self.gapBytes = gapBytes
            self.lagSeconds = lagSeconds
            self.problem = problem
        }
    }

    package var state: MigrationState
    /// When its state changed last.
    package var changed: Date
    package var started: Date
    /// Why it failed, which checks failed, what it waits for.
    package var message: String?
    package var progress: Progress?
    package var following: Following?
    /// What comparing both ends found, in a sentence.
    package var verification: String?
    package var isVerified: Bool?
    /// How long no write was possible at the cut-over.
    package var writePauseMilliseconds: Int?
    /// What becomes of the source's endpoint, in words; nil where it is none of this home's.
    package var endpoint: String?
    /// Whether it leads to the target.
    package var isEndpointMoved = false
    /// What could not be removed yet.
    package var leftovers: [String] = []
    /// Whether a process works on it now.
    package var isWorkedOn = false

    package init(state: MigrationState, started: Date, changed: Date) {
        self.state = state
        self.started = started
        self.changed = changed
    }
}
