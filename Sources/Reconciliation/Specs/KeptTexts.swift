import Diagnostics
package import SpecLoading

/// Which of the texts that the loop has read stay in memory: those in force, and those of the last readings, to whose lines
/// work may point that has already begun.
package struct KeptTexts {
    package static let readings = 8

    private var inForce: Set<SourceFile> = []
    /// Oldest first.
    private var last: [Set<SourceFile>] = []

    package init() {}

    package mutating func noteRead(_ texts: [SpecText]) {
        last.append(Self.files(of: texts))
        guard last.count > Self.readings else { return }
        let oldest = last.removeFirst()
        forget(oldest)
    }

    package mutating func noteInForce(_ texts: [SpecText]) {
        let before = inForce
        inForce = Self.files(of: texts)
        forget(before)
    }

    private func forget(_ files: Set<SourceFile>) {
        SourceFile.forget(last.reduce(files.subtracting(inForce)) { $0.subtracting($1) })
    }

    private static func files(of texts: [SpecText]) -> Set<SourceFile> {
        Set(texts.compactMap { SourceFile.known(as: $0.path) })
    }
}
