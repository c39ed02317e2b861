import Diagnostics
import FleetModel

extension DiagnosticCode {
    static let disruptiveChange = DiagnosticCode("PGS-064", "Disruptive change")
}

/// What a plan disturbs, as warnings on the lines that ask for it: for annotations and code scanning.
enum PlanWarnings {
    /// Returns a warning for each difference that needs a restart or more, and for each change that does so as a whole;
    /// what disturbs most comes first, since pages show the first few only.
    static func diagnostics(_ plan: Plan) -> [Diagnostic] {
        plan.changes.flatMap(warnings).enumerated()
            .sorted { ($1.element.0, $0.offset) < ($0.element.0, $1.offset) }
            .map(\.element.1)
    }

    private static func warnings(of change: Change) -> [(Impact, Diagnostic)] {
        guard change.impact >= .restart else { return [] }
        let causes = change.differences.filter { $0.impact >= .restart && $0.source != nil }
        if causes.isEmpty {
            let text = "\(change.operation.rawValue) \(change.resource) means \(change.impact.rawValue)."
            return [(change.impact, warning(text, at: change.source))]
        }
        return causes.map { difference in
            let values = "\(difference.observed ?? "(not set)") -> \(difference.desired ?? "(not set)")"
            let text = "\(change.resource) \(difference.path): \(values) means \(difference.impact.rawValue)."
            return (difference.impact, warning(text, at: difference.source))
        }
    }

    private static func warning(_ text: String, at place: SourceLocation?) -> Diagnostic {
        Diagnostic(
            .disruptiveChange,
            text,
            at: place.map(SourceRange.init),
            severity: .warning,
            help: "sessions of the instance are closed; apply it when that is all right"
        )
    }
}
