import Diagnostics
import Resources
import SpecLoading
import TestSupport

/// Loads one document's text, whose `1️⃣`, `2️⃣` ... mark where diagnostics must point.
struct LoadedText {
    let fleet: DesiredFleet
    let diagnostics: [Diagnostic]
    let marks: MarkedText

    init(_ marked: String) {
        marks = MarkedText(marked)
        var collector = DiagnosticCollector()
        fleet = SpecLoader.load([SpecText(path: "specs/a.yaml", bytes: Array(marks.text.utf8))], collector: &collector)
        diagnostics = collector.sorted
    }

    /// Each diagnostic's code and the number of the mark it points at; 0 for a place without a mark.
    var found: [String] {
        diagnostics.map { diagnostic in
            let place = diagnostic.range.map { MarkedText.Place(line: $0.line, column: $0.column) }
            let mark = marks.places.first { $0.value == place }?.key ?? 0
            return "\(diagnostic.code.id) at \(mark)"
        }
    }
}

/// An Instance document with more lines in its `spec`.
func instance(_ spec: String, name: String = "orders") -> String {
    """
    apiVersion: pgsteer/v1
    kind: Instance
    metadata: { name: \(name) }
    spec:
      version: 15
    \(spec.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }.joined(separator: "\n"))

    """
}
