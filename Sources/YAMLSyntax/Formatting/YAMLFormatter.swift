package import Diagnostics

/// Gives YAML text its canonical look without changing what it says.
///
/// Lines stay lines: nothing is joined, broken or quoted differently. What changes is indentation (two spaces a level, also
/// for lists in mappings), the spaces between the parts of a line, blank lines (one at most, none around `---`), and the
/// order of a document's outermost keys.
package enum YAMLFormatter {
    package enum Outcome: Hashable, Sendable {
        case formatted(String)
        /// The text can be read but not formatted safely; why, as the end of a sentence.
        case declined(String)
    }

    /// Formats a text.
    ///
    /// Returns nil when it is no YAML that pgsteer reads; the collector knows why. The result is compared with what was
    /// given: it has the same values and comments, and formatting it again changes nothing. Where that does not hold, the
    /// text is declined.
    ///
    /// - Parameter keys: The outermost keys of a document in their order; others follow. A document that has not at
    ///   least the first two keeps its order.
    package static func format(
        _ bytes: [UInt8],
        path: String,
        keys: [String] = [],
        collector: inout DiagnosticCollector
    ) -> Outcome? {
        var own = DiagnosticCollector()
        let documents = YAMLReader.documents(in: bytes, path: path, collector: &own)
        collector.emit(contentsOf: own.diagnostics)
        guard !own.hasErrors, let text = TextEncoding.decode(bytes) else { return nil }
        let normalised = text.replacing("\r\n", with: "\n")
        if let obstacle = obstacle(in: normalised) { return .declined(obstacle) }
        // An anchor must stand before its aliases, so that some keys cannot change places.
        for keys in keys.isEmpty ? [keys] : [keys, []] {
            guard let layout = YAMLLayout.of(normalised, keys: keys) else { break }
            if isSafe(layout, keys: keys, for: documents) { return .formatted(layout.text) }
        }
        return .declined("it has a construct that cannot be laid out anew for certain")
    }

    /// What a formatter of lines cannot deal with.
    private static func obstacle(in text: String) -> String? {
        let breaks = text.unicodeScalars.first { ["\r", "\u{85}", "\u{2028}", "\u{2029}"].contains($0) }
        return breaks.map { "it has a line break of another kind, U+\(hexadecimal($0.value))" }
    }

    private static func hexadecimal(_ value: UInt32) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    private static func isSafe(_ layout: YAMLLayout.Result, keys: [String], for documents: [YAMLNode]) -> Bool {
        var collector = DiagnosticCollector()
        let again = YAMLReader.documents(in: Array(layout.text.utf8), path: "", collector: &collector)
        guard !collector.hasErrors, again.count == documents.count else { return false }
        guard zip(documents, again).allSatisfy({ $0.saysTheSame(as: $1, inAnyOrder: true) }) else { return false }
        guard let second = YAMLLayout.of(layout.text, keys: keys) else { return false }
        return second.text == layout.text && second.comments == layout.comments
    }
}

extension YAMLNode {
    /// Whether two trees have the same keys and values, wherever they stand.
    ///
    /// - Parameter inAnyOrder: Whether the outermost keys may stand in another order.
    package func saysTheSame(as other: YAMLNode, inAnyOrder: Bool = false) -> Bool {
        switch (content, other.content) {
        case (.scalar(let left), .scalar(let right)): return left == right
        case (.sequence(let left), .sequence(let right)):
            return left.count == right.count && zip(left, right).allSatisfy { $0.saysTheSame(as: $1) }
        case (.mapping(var left), .mapping(var right)):
            if inAnyOrder {
                left.sort { $0.key < $1.key }
                right.sort { $0.key < $1.key }
            }
            return left.count == right.count
                && zip(left, right).allSatisfy { $0.key == $1.key && $0.value.saysTheSame(as: $1.value) }
        default: return false
        }
    }
}
