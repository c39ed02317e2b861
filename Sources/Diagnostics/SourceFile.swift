/// One text that was read, with the path to show for it.
///
/// A class, because every node of a document points at it and a pointer is all that a range should carry.
package final class SourceFile: Sendable {
    /// The path as the user gave it; shown in every diagnostic.
    package let path: String
    /// The text as UTF-8. Text in UTF-16 has been converted before.
    package let text: String

    package init(path: String, text: String) {
        self.path = path
        self.text = text
    }

    /// Returns a line's text without its line break; lines count from 1.
    package func line(_ number: Int) -> Substring? {
        guard number >= 1 else { return nil }
        var remaining = text.utf8[...]
        for _ in 1..<number {
            guard let lineBreak = remaining.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
            remaining = remaining[remaining.index(after: lineBreak)...]
        }
        var line = remaining.prefix { $0 != UInt8(ascii: "\n") }
        if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
        return Substring(line)
    }
}

extension SourceFile: Hashable {
    package static func == (left: SourceFile, right: SourceFile) -> Bool { left === right }

    package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
