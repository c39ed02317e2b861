import Synchronization

/// One text that was read, with the path to show for it.
///
/// A number and no reference, because every value that was read carries one: counting references to one object would cost
/// more than reading, most of all when several threads do it. The texts themselves are kept until somebody forgets them,
/// which only a process does that reads again and again.
package struct SourceFile: Hashable, Sendable {
    private static let contents = Mutex(Contents())

    private struct Contents {
        var all: [Int: Content] = [:]
        var next = 0
        /// Where the text is that was read last under a path.
        var latest: [String: Int] = [:]
    }

    private let number: Int

    /// Keeps a text.
    ///
    /// - Parameters:
    ///   - path: As the user gave it.
    ///   - text: As UTF-8. Text in UTF-16 has been converted before.
    package init(path: String, text: String) {
        number = Self.contents.withLock { contents in
            // The loop reads all files again when one has changed.
            if let known = contents.latest[path], let content = contents.all[known],
                content.text.utf8.elementsEqual(text.utf8)
            {
                return known
            }
            let number = contents.next
            contents.next += 1
            contents.all[number] = Content(path: path, text: text)
            contents.latest[path] = number
            return number
        }
    }

    /// The file that was read last under a path; an empty one when there is none.
    static func lastRead(as path: String) -> SourceFile { known(as: path) ?? SourceFile(path: path, text: "") }

    /// The file that was read last under a path; nil when there is none.
    package static func known(as path: String) -> SourceFile? {
        contents.withLock { $0.latest[path] }.map(SourceFile.init(number:))
    }

    /// Lets texts go. What is found in them from then on is shown without path and line, so nothing may come from them any
    /// more.
    package static func forget(_ files: some Sequence<SourceFile>) {
        contents.withLock { contents in
            for file in files {
                guard let content = contents.all.removeValue(forKey: file.number) else { continue }
                if contents.latest[content.path] == file.number { contents.latest[content.path] = nil }
            }
        }
    }

    private init(number: Int) { self.number = number }

    private var content: Content { Self.contents.withLock { $0.all[number] } ?? .forgotten }

    /// The path as the user gave it; shown in every diagnostic.
    package var path: String { content.path }

    /// The text as UTF-8.
    package var text: String { content.text }

    /// Returns a line's text without its line break; lines count from 1.
    package func line(_ number: Int) -> Substring? { content.line(number) }

    /// Returns a line as it may be shown, with what looks like a secret hidden.
    func shownLine(_ number: Int) -> [Unicode.Scalar]? { content.shownLine(number) }
}

/// What a file says.
private final class Content: Sendable {
    static let forgotten = Content(path: "an earlier specification", text: "")

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

    /// A hostile line is long, and has thousands of mistakes.
    private let lastShown = Mutex<(number: Int, scalars: [Unicode.Scalar])?>(nil)

    func shownLine(_ number: Int) -> [Unicode.Scalar]? {
        lastShown.withLock { last in
            if let last, last.number == number { return last.scalars }
            guard let line = line(number) else { return nil }
            let scalars = SecretMask.apply(to: line)
            last = (number, scalars)
            return scalars
        }
    }

    private static func lineStarts(in text: String) -> [String.Index] {
        var starts = [text.startIndex]
        for index in text.utf8.indices where text.utf8[index] == UInt8(ascii: "\n") {
            starts.append(text.utf8.index(after: index))
        }
        return starts
    }
}
