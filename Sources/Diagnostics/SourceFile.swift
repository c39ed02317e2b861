import Synchronization

/// One text that was read, with the path to show for it.
///
/// A number and no reference, because every value that was read carries one: counting references to one object would cost
/// more than reading, most of all when several threads do it. The texts themselves are kept for the life of the process.
package struct SourceFile: Hashable, Sendable {
    private static let contents = Mutex<[Content]>([])

    private let number: Int

    /// Keeps a text.
    ///
    /// - Parameters:
    ///   - path: As the user gave it.
    ///   - text: As UTF-8. Text in UTF-16 has been converted before.
    package init(path: String, text: String) {
        number = Self.contents.withLock { contents in
            contents.append(Content(path: path, text: text))
            return contents.count - 1
        }
    }

    /// The file that was read last under a path; an empty one when there is none.
    static func lastRead(as path: String) -> SourceFile {
        let found = contents.withLock { contents in contents.lastIndex { $0.path == path } }
        return found.map(SourceFile.init(number:)) ?? SourceFile(path: path, text: "")
    }

    private init(number: Int) { self.number = number }

    private var content: Content { Self.contents.withLock { $0[number] } }

    /// The path as the user gave it; shown in every diagnostic.
    package var path: String { content.path }

    /// The text as UTF-8.
    package var text: String { content.text }

    /// Returns a line's text without its line break; lines count from 1.
    package func line(_ number: Int) -> Substring? { content.line(number) }
}

/// What a file says.
private final class Content: Sendable {
    let path: String
    let text: String

    init(path: String, text: String) {
        self.path = path
        self.text = text
    }

    /// Where lines start, in bytes of the text; looked up once, when the first line is asked for.
    private let lineStarts = Mutex<[String.Index]>([])

    func line(_ number: Int) -> Substring? {
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
