/// Hides what looks like a secret in a line that is about to be shown.
///
/// No secret belongs into a specification, but the line that puts one there by mistake is just the line a diagnostic
/// shows. Every hidden character becomes a star, so that columns stay where they are.
enum SecretMask {
    static func apply(to line: Substring) -> String {
        var result = String(line)
        for range in values(in: result) {
            let stars = String(repeating: "*", count: result[range].unicodeScalars.count)
            result.replaceSubrange(range, with: stars)
        }
        return result
    }

    /// The values of keys such as `password:` (but not `passwordFrom:`), and passwords inside URIs.
    private static func values(in line: String) -> [Range<String.Index>] {
        let key = /(?i)["']?[a-z_]*(?:pas+w?o?r?d|pwd|secret|token)["']?\s*:\s+(?<value>"[^"]*"?|'[^']*'?|[^\s,}\]{\[&*][^,}\]]*)/
        let uri = /:\/\/[^\s:\/@]*:(?<value>[^\s@]+)@/
        let found = line.matches(of: key).map { $0.value.startIndex..<$0.value.endIndex }
        return found.isEmpty ? line.matches(of: uri).map { $0.value.startIndex..<$0.value.endIndex } : found
    }
}
