/// The JSON form of diagnostics, `validate -o json`; documented in `docs/output.md`.
package struct DiagnosticReport: Codable, Hashable, Sendable {
    package struct Entry: Codable, Hashable, Sendable {
        package var severity: Diagnostic.Severity
        package var code: String
        package var title: String
        package var detail: String
        package var source: SourceLocation?
        package var endLine: Int?
        package var endColumn: Int?
        package var notes: [Note]
        package var help: String?
    }

    package struct Note: Codable, Hashable, Sendable {
        package var message: String
        package var source: SourceLocation
    }

    package var formatVersion = "1.0"
    package var errors: Int
    package var warnings: Int
    package var diagnostics: [Entry]

    package init(_ diagnostics: [Diagnostic]) {
        errors = diagnostics.count { $0.severity == .error }
        warnings = diagnostics.count { $0.severity == .warning }
        self.diagnostics = diagnostics.map { diagnostic in
            Entry(
                severity: diagnostic.severity,
                code: diagnostic.code.id,
                title: diagnostic.code.title,
                detail: diagnostic.detail,
                source: diagnostic.range.map(SourceLocation.init),
                endLine: diagnostic.range?.endLine,
                endColumn: diagnostic.range?.endColumn,
                notes: diagnostic.notes.map { Note(message: $0.message, source: SourceLocation($0.range)) },
                help: diagnostic.help
            )
        }
    }
}
