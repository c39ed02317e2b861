package import Diagnostics
import Hashing
package import Resources
package import SpecLoading

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Where the loop's specifications come from.
package protocol SpecSource: Sendable {
    /// Returns a text that moves when the specifications may have changed; asked every second, so it must be cheap.
    func stamp() async -> String
    /// Reads the specifications; nil while there are none to read yet, which the source tells by itself.
    func read() async -> SpecReading?
    /// What was in force before, for a loop that starts while the newest specifications have a mistake; nil when the source
    /// keeps no such thing.
    func lastGood() async -> SpecReading?
    /// Told when specifications have come into force, and when another commit has that says the same.
    func noteInForce(_ reading: SpecReading) async
    /// Brings what `read` gives up to date once, within a bounded time.
    func refresh(_ telling: SourceTelling) async
    /// Does so again and again, until the task is cancelled.
    func follow(_ telling: SourceTelling) async
}

/// Files of this host need nothing of that.
extension SpecSource {
    package func lastGood() async -> SpecReading? { nil }
    package func noteInForce(_ reading: SpecReading) async {}
    package func refresh(_ telling: SourceTelling) async {}
    package func follow(_ telling: SourceTelling) async {}
}

/// Where a source tells how it gets on.
package struct SourceTelling: Sendable {
    package var status: LoopStatus
    package var tell: @Sendable (LoopEvent) async -> Void

    package init(status: LoopStatus, tell: @escaping @Sendable (LoopEvent) async -> Void) {
        self.status = status
        self.tell = tell
    }
}

/// Specifications as they were read, before anything was made of them.
package struct SpecReading: Sendable {
    package var texts: [SpecText]
    /// With what was wrong while they were read.
    package var collector: DiagnosticCollector
    /// The commit that they are of; nil when they are not in git.
    package var commit: String?
    /// What all paths start with and what says nothing about the specifications: their commit.
    package var prefix: String

    package init(texts: [SpecText], collector: DiagnosticCollector, commit: String? = nil, prefix: String = "") {
        self.texts = texts
        self.collector = collector
        self.commit = commit
        self.prefix = prefix
    }

    /// Files without a word in them, as an editor or a full disk leaves them: what they said may come back.
    package var emptyFiles: [String] {
        texts.filter { $0.bytes.allSatisfy { [0x09, 0x0A, 0x0D, 0x20].contains($0) } }.map(\.path)
    }

    package var digest: String {
        SHA256.digest(texts.flatMap { Array($0.path.utf8.dropFirst(prefix.utf8.count)) + [0] + $0.bytes + [0] })
    }
}

/// What the loop keeps the fleet equal to: specifications without a mistake, with their secrets.
package struct SpecRevision: Sendable {
    package var desired: DesiredFleet
    package var digest: String
    package var commit: String?
    /// Files without a word in them; while there are any, nothing is removed for being declared no more.
    package var emptyFiles: [String]

    package init(desired: DesiredFleet, digest: String, commit: String?, emptyFiles: [String] = []) {
        self.desired = desired
        self.digest = digest
        self.commit = commit
        self.emptyFiles = emptyFiles
    }
}

/// Files and folders of this host.
package struct FolderSource: SpecSource {
    private let paths: [String]
    private let commits: any CommitFinder.Type
    private let last: LastSpecifications?

    /// - Parameter last: Where those in force are kept; nil for a single round, which does nothing after a mistake.
    package init(_ paths: [String], commits: any CommitFinder.Type, last: LastSpecifications? = nil) {
        self.paths = paths
        self.commits = commits
        self.last = last
    }

    package func lastGood() async -> SpecReading? { last?.reading }

    package func noteInForce(_ reading: SpecReading) async { last?.keep(reading) }

    package func stamp() async -> String {
        SpecFiles.stamp(of: paths)
    }

    package func read() async -> SpecReading? {
        var collector = DiagnosticCollector()
        let texts = SpecFiles.read(paths, collector: &collector)
        return SpecReading(texts: texts, collector: collector, commit: await commits.commit(of: texts))
    }
}

/// Tells the commit of specifications in a folder.
package protocol CommitFinder: Sendable {
    static func commit(of texts: [SpecText]) async -> String?
}
