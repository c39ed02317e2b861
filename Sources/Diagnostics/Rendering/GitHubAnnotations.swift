/// Diagnostics as GitHub workflow commands, one annotation a line.
package enum GitHubAnnotations {
    /// Returns `::error file=…,line=…,col=…,title=…::message` lines; empty for no diagnostics.
    package static func render(_ diagnostics: [Diagnostic]) -> String {
        diagnostics.map { diagnostic in
            var properties: [String] = []
            if let range = diagnostic.range {
                properties.append("file=\(property(range.file.path))")
                properties.append("line=\(range.line)")
                properties.append("endLine=\(range.endLine)")
                properties.append("col=\(range.column)")
                if range.endLine == range.line { properties.append("endColumn=\(range.endColumn)") }
            }
            properties.append("title=\(property("\(diagnostic.code.id) \(diagnostic.code.title)"))")
            let message = [diagnostic.detail, diagnostic.help].compactMap(\.self).joined(separator: "\n")
            return "::\(diagnostic.severity.rawValue) \(properties.joined(separator: ","))::\(data(message))\n"
        }
        .joined()
    }

    /// Workflow commands end at a line break, so those are written as percent codes.
    private static func data(_ text: String) -> String {
        String(text.flatMap { $0 == "%" ? "%25" : $0 == "\n" ? "%0A" : $0 == "\r" ? "%0D" : String($0) })
    }

    private static func property(_ text: String) -> String {
        String(data(text).flatMap { $0 == ":" ? "%3A" : $0 == "," ? "%2C" : String($0) })
    }
}
