import FleetModel
package import Resources
import Synchronization

/// How far a migration is, in all and for the tables at work.
package struct MigrationProgress: Codable, Sendable, Equatable {
    package var state = MigrationState.checking
    /// One sentence: what is being done now.
    package var activity = ""
    package var tables = 0
    package var tablesDone = 0
    /// The size of the tables on the source, an estimate of what goes over the wire.
    package var bytes = 0
    package var bytesDone = 0
    package var rowsDone = 0
    /// Seconds since this run began, and the bytes of this run alone: what a rate is made of.
    package var seconds = 0.0
    package var bytesOfRun = 0
    /// Tables that are copied now, by their names.
    package var running: [String] = []
    /// The same tables, each once, with how far they are; nil where nothing tells.
    package var runningTables: [Table]?
    /// WAL of the source that the target has not confirmed; nil while nothing is followed.
    package var gapBytes: Int?
    /// The age of the newest change of the source that the target has; nil while nothing is followed.
    package var lagSeconds: Double?
    /// What the source keeps of its log for this migration, in bytes; nil while nothing is followed.
    package var retainedBytes: Int?
    /// Why somebody should look at the source's disk.
    package var alarm: String?

    /// A table that is copied now.
    package struct Table: Codable, Sendable, Hashable {
        package var name: String
        /// Its size on the source.
        package var bytes: Int
        /// What went over the wire in this run, and the rows that it was.
        package var movedBytes = 0
        package var rows = 0
    }

    package init() {}

    /// Bytes a second; nil until it can be told.
    package var rate: Double? { seconds > 0.5 && bytesOfRun > 0 ? Double(bytesOfRun) / seconds : nil }

    /// Seconds that the rest of the copy may take; nil until it can be told.
    package var remaining: Double? {
        guard seconds > 0.5, bytesDone > 0, bytes > bytesDone else { return nil }
        return Double(bytes - bytesDone) * seconds / Double(bytesDone)
    }
}

/// Who is told how a migration goes.
package protocol MigrationReporter: Sendable {
    /// Told again and again while something is done.
    func show(_ progress: MigrationProgress)
    /// Told once of each thing that happened.
    func tell(_ line: String)
}

/// The progress that many workers write into, and the wish to stop that they look at.
final class ProgressBoard: Sendable {
    private struct Contents {
        var progress = MigrationProgress()
        /// The tables that this run has begun, by name.
        var tables: [String: MigrationProgress.Table] = [:]
        var stop: MigrationStopped?
        var hasFailed = false
    }

    private let contents = Mutex(Contents())
    private let started = ContinuousClock.now

    var snapshot: MigrationProgress {
        let elapsed = ContinuousClock.now - started
        return contents.withLock {
            var progress = $0.progress
            progress.seconds = elapsed.seconds
            let tables = $0.tables
            progress.runningTables = Set(progress.running).sorted().compactMap { tables[$0] }
            return progress
        }
    }

    func change(_ body: (inout MigrationProgress) -> Void) { contents.withLock { body(&$0.progress) } }

    func moved(_ bytes: Int, rows: Int, of table: String) {
        contents.withLock {
            $0.progress.bytesOfRun += bytes
            $0.tables[table]?.movedBytes += bytes
            $0.tables[table]?.rows += rows
        }
    }

    /// A table is in; what it takes on the source is what the whole is measured by, not what went over the wire.
    func copied(_ bytes: Int) {
        contents.withLock {
            $0.progress.tablesDone += 1
            $0.progress.bytesDone += bytes
        }
    }

    /// - Parameter bytes: The size of the whole table, of which this may be a piece.
    func began(_ table: String, bytes: Int) {
        contents.withLock {
            $0.progress.running.append(table)
            if $0.tables[table] == nil { $0.tables[table] = MigrationProgress.Table(name: table, bytes: bytes) }
        }
    }

    func ended(_ table: String) {
        contents.withLock { contents in
            if let index = contents.progress.running.firstIndex(of: table) {
                contents.progress.running.remove(at: index)
            }
        }
    }

    /// Asks all workers to stop.
    func stop(_ reason: MigrationStopped) { contents.withLock { if $0.stop == nil { $0.stop = reason } } }

    /// Asks the other workers to stop, because one of them failed.
    func fail() { contents.withLock { $0.hasFailed = true } }

    var goesOn: Bool { contents.withLock { $0.stop == nil && !$0.hasFailed } }

    func throwIfStopped() throws { if let stop = contents.withLock(\.stop) { throw stop } }
}
