import Diagnostics
import MigrationChecks
import Resources

/// The result of checks, for people and for programs.
struct CheckReportText {
    private let report: CheckReport
    /// Whether what passed is told, too.
    private let isComplete: Bool
    private let style: TerminalStyle

    init(report: CheckReport, isComplete: Bool, style: TerminalStyle) {
        self.report = report
        self.isComplete = isComplete
        self.style = style
    }

    /// The JSON form.
    private struct Document: Encodable {
        var formatVersion = "1.0"
        var migration: String
        var type: MigrationType
        var method: MigrationMethod
        var methodReason: String
        var source: String
        var target: String
        var verdict: CheckReport.Verdict
        var checks: [CheckResult]
    }

    func write(_ format: CheckFormat, to terminal: Terminal) throws {
        switch format {
        case .text: terminal.write(text)
        case .markdown: terminal.write(markdown)
        case .json:
            try terminal.write(
                json: Document(
                    migration: report.migration,
                    type: report.type,
                    method: report.method,
                    methodReason: report.methodReason,
                    source: report.source,
                    target: report.target,
                    verdict: report.verdict,
                    checks: report.results
                )
            )
        }
    }

    // MARK: For people

    /// The worst comes first, in the order of the catalogue; objects and commands beyond these are in the other forms.
    private static let order: [CheckStatus] = [.failed, .alarm, .accepted, .notTried, .notNeeded, .passed]
    private static let quiet: Set<CheckStatus> = [.passed, .notNeeded, .notTried]
    private static let shownObjects = 8
    private static let shownCommands = 4

    private var text: String {
        var lines: [String] = []
        for status in Self.order where isComplete || !Self.quiet.contains(status) {
            for result in report.results where result.status == status { lines += self.lines(of: result) }
        }
        let title = "\(report.migration), \(report.type.rawValue): \(report.source) -> \(report.target)"
        let method = "method: \(report.method.rawValue), since \(report.methodReason)"
        return ([style.paint(title.visible, .emphasis), style.paint(method, .faint)] + lines + ["", verdict])
            .joined(separator: "\n") + "\n"
    }

    private func lines(of result: CheckResult) -> [String] {
        let tone: TerminalStyle.Meaning =
            switch result.status {
            case .failed: .error
            case .alarm: .warning
            default: .faint
            }
        let word = result.status == .failed ? "FAILED" : result.status.rawValue
        let head = "  \(style.paint(word, tone))  \(result.id.rawValue)"
        guard !result.findings.isEmpty else { return ["\(head)  \(result.title)"] }
        var lines = ["", head]
        for finding in result.findings {
            lines.append("      \(finding.found.visible)")
            lines += Self.list(finding.objects, Self.shownObjects).map { "        - \($0.visible)" }
        }
        if let reason = result.reason {
            let isAccepted = result.status == .accepted
            lines.append("      \(isAccepted ? "accepted" : "not accepted, since it failed"): \(reason.visible)")
        }
        guard result.status != .accepted else { return lines }
        lines.append("      why: \(result.why)")
        for fix in result.findings.compactMap(\.fix) {
            let note = fix.note.map { " (\($0.visible))" } ?? ""
            lines.append("      fix, \(Self.place(fix.place))\(note):")
            lines += Self.list(fix.commands, Self.shownCommands).map { "          \($0.visible)" }
        }
        return lines
    }

    private static func list(_ items: [String], _ most: Int) -> [String] {
        items.count <= most ? items : items.prefix(most - 1) + ["... and \(items.count - most + 1) more; see -o json"]
    }

    private static func place(_ place: CheckFix.Place) -> String {
        switch place {
        case .source: "on the source"
        case .target: "on the target"
        case .shell: "in a shell"
        case .specification: "in the specification"
        }
    }

    private var verdict: String {
        switch report.verdict {
        case .passed: style.paint("Passed: \(report.summary).", .create)
        case .alarm: style.paint("Passed with alarms: \(report.summary).", .warning)
        case .failed: style.paint("Failed: \(report.summary).", .error)
        }
    }

    // MARK: For programs

    private var markdown: String {
        var lines = [
            "## Checks of \(MarkdownTable.escaped(report.migration))", "",
            "\(MarkdownTable.escaped(report.source)) to \(MarkdownTable.escaped(report.target)), \(report.type.rawValue)",
            "", "**\(report.summary)**", "", "| check | result | found | fix |", "|---|---|---|---|",
        ]
        for status in Self.order where isComplete || !Self.quiet.contains(status) {
            for result in report.results where result.status == status { lines.append(row(of: result)) }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func row(of result: CheckResult) -> String {
        let found = result.findings.map { finding in
            ([finding.found] + (finding.objects.isEmpty ? [] : [finding.objects.joined(separator: ", ")]))
                .joined(separator: " ")
        }
        let word = result.status == .accepted ? "Accepted" : "Not accepted, since it failed"
        let reason = result.reason.map { ["\(word): \($0)"] } ?? []
        let fixes = result.findings.compactMap(\.fix)
            .map { fix in
                "\(Self.place(fix.place)): \(fix.commands.joined(separator: " "))\(fix.note.map { " (\($0))" } ?? "")"
            }
        return MarkdownTable.row([
            result.id.rawValue, result.status.rawValue,
            (found + reason).isEmpty ? result.title : (found + reason).joined(separator: " "),
            fixes.joined(separator: " "),
        ])
    }
}
