/// Something a person should know about what they wrote: what is wrong, where, and what to do.
package struct Diagnostic: Hashable, Sendable {
    /// How bad it is; only errors stop the work.
    package enum Severity: String, Codable, Sendable, Comparable {
        case warning
        case error

        package static func < (left: Severity, right: Severity) -> Bool { left == .warning && right == .error }
    }

    /// A second place that explains the first.
    package struct Note: Hashable, Sendable {
        package var message: String
        package var range: SourceRange

        package init(_ message: String, at range: SourceRange) {
            self.message = message
            self.range = range
        }
    }

    package var severity: Severity
    package var code: DiagnosticCode
    /// What is wrong with which thing, in full sentences.
    package var detail: String
    /// Nil for what has no place in a file, such as a folder that is missing.
    package var range: SourceRange?
    package var notes: [Note]
    /// How to fix it: a question for a guess, otherwise a sentence.
    package var help: String?

    package init(
        _ code: DiagnosticCode,
        _ detail: String,
        at range: SourceRange?,
        severity: Severity = .error,
        notes: [Note] = [],
        help: String? = nil
    ) {
        self.severity = severity
        self.code = code
        self.detail = detail
        self.range = range
        self.notes = notes
        self.help = help
    }
}

/// A stable name of one sort of mistake; it keeps its meaning for ever and is never reused.
package struct DiagnosticCode: Hashable, Sendable {
    /// For example `PGS-031`.
    package let id: String
    /// A short title that names no thing of the user's, so that readers recognise it.
    package let title: String

    package init(_ id: String, _ title: String) {
        self.id = id
        self.title = title
    }
}

/// Collects diagnostics, so that a reader can go on after a mistake and all mistakes are told in one go.
public struct DiagnosticCollector: Sendable {
    package private(set) var diagnostics: [Diagnostic] = []
    package private(set) var errorCount = 0
    /// How many values were asked for that could not be read, which had been told before.
    package private(set) var unreadableCount = 0
    /// How many names have been looked at in order to guess which one was meant.
    var candidatesSeen = 0
    /// Keys that nobody knew where they stand, with the places of their diagnostics.
    private var strayKeys: [(place: Int, key: String)] = []

    package init() {}

    package var hasErrors: Bool { errorCount > 0 }

    package mutating func emit(_ diagnostic: Diagnostic) {
        diagnostics.append(diagnostic)
        if diagnostic.severity == .error { errorCount += 1 }
    }

    package mutating func emit(contentsOf others: [Diagnostic]) {
        for diagnostic in others { emit(diagnostic) }
    }

    /// Takes note that something cannot be read, and that this has been told before.
    package mutating func noteUnreadable() { unreadableCount += 1 }

    // MARK: Keys in a wrong place

    /// Whether there are keys that nobody knew where they stand.
    public var hasStrayKeys: Bool { !strayKeys.isEmpty }

    /// Takes note that the last diagnostic is about a key that is not known where it stands; objects around that place may
    /// know it. Of very many only the first are followed.
    package mutating func noteStrayKey(_ key: String) {
        if strayKeys.count < 32 { strayKeys.append((diagnostics.count - 1, key)) }
    }

    /// Gives help to those of these keys that somebody knows.
    package mutating func placeStrayKeys(_ help: (String) -> String?) {
        strayKeys.removeAll { stray in
            guard let help = help(stray.key) else { return false }
            diagnostics[stray.place].help = help
            return true
        }
    }

    /// Nothing around knows these keys: the document ends.
    package mutating func forgetStrayKeys() { strayKeys = [] }

    /// The diagnostics by file, line, column, then code; those without a place come first. Each is told once.
    package var sorted: [Diagnostic] {
        var seen: Set<Diagnostic> = []
        return diagnostics.filter { seen.insert($0).inserted }
            .sorted { left, right in
                switch (left.range, right.range) {
                case (nil, .some): true
                case (.some, nil): false
                case (let first?, let second?) where first < second || second < first: first < second
                default: (left.code.id, left.detail) < (right.code.id, right.detail)
                }
            }
    }
}
