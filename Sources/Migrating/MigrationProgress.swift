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
    /// WAL of the source that the target has not confirmed; nil while nothing is followed.
    package var gapBytes: Int?
    /// The age of the newest change of the source that the target has; nil while nothing is followed.
    package var lagSeconds: Double?

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
        var sizes: [String: Int] = [:]
        var stop: MigrationStopped?
        var hasFailed = false
    }

    private let contents = Mutex(Contents())
    private let started = ContinuousClock.now

    var snapshot: MigrationProgress {
        let elapsed = (ContinuousClock.now - started).components
        return contents.withLock {
            var progress = $0.progress
            progress.seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18
            return progress
        }
    }

    func change(_ body: (inout MigrationProgress) -> Void) { contents.withLock { body(&$0.progress) } }

    func moved(_ bytes: Int) {
        contents.withLock { $0.progress.bytesOfRun += bytes }
    }

    /// A table is in; what it takes on the source is what the whole is measured by, not what went over the wire.
    func copied(_ bytes: Int) {
        contents.withLock {
            $0.progress.tablesDone += 1
            $0.progress.bytesDone += bytes
        }
    }

    func began(_ table: String) { contents.withLock { $0.progress.running.append(table) } }

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
