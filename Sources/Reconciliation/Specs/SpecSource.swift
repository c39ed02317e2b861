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
    /// Reads the specifications.
    func read() async -> SpecReading
}

/// Specifications as they were read, before anything was made of them.
package struct SpecReading: Sendable {
    package var texts: [SpecText]
    /// With what was wrong while they were read.
    package var collector: DiagnosticCollector
    /// The commit that they are of; nil when they are not in git.
    package var commit: String?

    package init(texts: [SpecText], collector: DiagnosticCollector, commit: String? = nil) {
        self.texts = texts
        self.collector = collector
        self.commit = commit
    }

    package var digest: String {
        SHA256.digest(texts.flatMap { Array($0.path.utf8) + [0] + $0.bytes + [0] })
    }
}

/// What the loop keeps the fleet equal to: specifications without a mistake, with their secrets.
package struct SpecRevision: Sendable {
    package var desired: DesiredFleet
    package var digest: String
    package var commit: String?

    package init(desired: DesiredFleet, digest: String, commit: String?) {
        self.desired = desired
        self.digest = digest
        self.commit = commit
    }
}

/// Files and folders of this host.
package struct FolderSource: SpecSource {
    private let paths: [String]
    private let commits: any CommitFinder.Type

    package init(_ paths: [String], commits: any CommitFinder.Type) {
        self.paths = paths
        self.commits = commits
    }

    package func stamp() async -> String {
        SpecFiles.stamp(of: paths)
    }

    package func read() async -> SpecReading {
        var collector = DiagnosticCollector()
        let texts = SpecFiles.read(paths, collector: &collector)
        return SpecReading(texts: texts, collector: collector, commit: await commits.commit(of: texts))
    }
}

/// Tells the commit of specifications in a folder.
package protocol CommitFinder: Sendable {
    static func commit(of texts: [SpecText]) async -> String?
}
