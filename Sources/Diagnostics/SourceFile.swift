import Synchronization

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

    /// Where lines start, in bytes of the text; looked up once, when the first line is asked for.
    private let lineStarts = Mutex<[String.Index]>([])

    /// Returns a line's text without its line break; lines count from 1.
    package func line(_ number: Int) -> Substring? {
        let starts = lineStarts.withLock { starts in
            if starts.isEmpty { starts = Self.lineStarts(in: text) }
            return starts
        }
        guard number >= 1, number <= starts.count else { return nil }
        let end = number < starts.count ? starts[number] : text.endIndex
        var line = text.utf8[starts[number - 1]..<end]
        if line.last == UInt8(ascii: "\n") { line = line.dropLast() }
        if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
        return Substring(line)
    }

    private static func lineStarts(in text: String) -> [String.Index] {
        var starts = [text.startIndex]
        for index in text.utf8.indices where text.utf8[index] == UInt8(ascii: "\n") {
            starts.append(text.utf8.index(after: index))
        }
        return starts
    }
}

extension SourceFile: Hashable {
    package static func == (left: SourceFile, right: SourceFile) -> Bool { left === right }

    package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
