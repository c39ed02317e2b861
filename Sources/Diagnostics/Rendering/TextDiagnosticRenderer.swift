/// Writes diagnostics for people: place, what is wrong, the line with a caret under the culprit, and help.
package struct TextDiagnosticRenderer: Sendable {
    package var style: TerminalStyle

    package init(style: TerminalStyle) {
        self.style = style
    }

    /// Returns all diagnostics as text, a blank line between two of them, ending in a line break.
    package func render(_ diagnostics: [Diagnostic]) -> String {
        diagnostics.map(render).joined(separator: "\n")
    }

    /// Returns one diagnostic as text that ends in a line break.
    package func render(_ diagnostic: Diagnostic) -> String {
        let severity = style.paint(
            "\(diagnostic.severity.rawValue)[\(diagnostic.code.id)]",
            diagnostic.severity == .error ? .error : .warning
        )
        var lines = ["\(severity): \(style.paint(diagnostic.code.title, .emphasis))"]
        let margin = marginWidth(of: diagnostic)
        if let range = diagnostic.range {
            lines.append(contentsOf: snippet(of: range, margin: margin, label: ""))
        }
        lines.append(contentsOf: hanging(diagnostic.detail, behind: "= ", margin: margin))
        for note in diagnostic.notes {
            lines.append(contentsOf: snippet(of: note.range, margin: margin, label: note.message))
        }
        if let help = diagnostic.help {
            lines.append(contentsOf: hanging(help, behind: "help: ", margin: margin))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func marginWidth(of diagnostic: Diagnostic) -> Int {
        let ranges = [diagnostic.range].compactMap(\.self) + diagnostic.notes.map(\.range)
        return String(ranges.map(\.line).max() ?? 0).count
    }

    private func hanging(_ text: String, behind lead: String, margin: Int) -> [String] {
        let indent = String(repeating: " ", count: margin + 1)
        return Self.shortened(text).visibleLines.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
            .map { index, line in
                indent + (index == 0 ? style.paint(lead, .faint) : String(repeating: " ", count: lead.count)) + line
            }
    }

    /// A name may have megabytes, of which nobody reads more.
    private static let longest = 2000

    private static func shortened(_ text: String) -> String {
        guard text.utf8.count > longest,
            let end = text.unicodeScalars.index(
                text.startIndex,
                offsetBy: longest,
                limitedBy: text.endIndex
            ), end < text.endIndex
        else { return text }
        return String(text[..<end]) + "…"
    }

    private func snippet(of range: SourceRange, margin: Int, label: String) -> [String] {
        let indent = String(repeating: " ", count: margin)
        let arrow =
            "\(indent)\(style.paint("-->", .faint)) \(range.location.visible)\(label.isEmpty ? "" : ": \(label.visible)")"
        guard let line = range.file.shownLine(range.line) else { return [arrow] }
        let end = range.endLine == range.line ? range.endColumn : line.count + 1
        let excerpt = Excerpt(of: line, from: range.column, width: max(1, end - range.column))
        let number = String(range.line)
        let gap = String(repeating: " ", count: margin - number.count)
        return [
            arrow,
            "\(style.paint("\(gap)\(number) |", .faint)) \(excerpt.text)",
            "\(style.paint("\(indent) |", .faint)) \(excerpt.lead)\(style.paint(excerpt.carets, .error))",
        ]
    }
}

/// The part of a source line that is shown, with what puts the carets under the culprit.
private struct Excerpt {
    /// Longer lines are cut around the culprit; a terminal line is about this wide.
    static let widest = 160

    let text: String
    let lead: String
    let carets: String

    init(of scalars: [Unicode.Scalar], from column: Int, width: Int) {
        let start = min(max(column - 1, 0), scalars.count)
        let from = scalars.count > Self.widest ? max(0, start - Self.widest / 3) : 0
        let to = min(scalars.count, from + Self.widest)
        text = (from > 0 ? "…" : "") + Self.text(scalars[from..<to]) + (to < scalars.count ? "…" : "")
        // Tabs stay tabs, so that the caret stands under its character whatever the terminal's tab width.
        lead =
            (from > 0 ? " " : "")
            + String(String.UnicodeScalarView(scalars[from..<start].map { $0 == "\t" ? "\t" : " " }))
        carets = String(repeating: "^", count: max(1, min(width, to - start)))
    }

    /// One character for one, so that the caret stands where it should.
    private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        String(
            String.UnicodeScalarView(
                scalars.map { $0 != "\t" && $0.actsOnTerminals ? "\u{FFFD}" : $0 }
            )
        )
    }
}
