/// A stretch of a source file; lines and columns count from 1, columns in characters, the end is exclusive.
public struct SourceRange: Hashable, Sendable {
    package let file: SourceFile
    private let startLine: Int32
    private let startColumn: Int32
    private let lastLine: Int32
    private let lastColumn: Int32

    package init(file: SourceFile, line: Int, column: Int, endLine: Int, endColumn: Int) {
        self.file = file
        startLine = Int32(clamping: line)
        startColumn = Int32(clamping: column)
        lastLine = Int32(clamping: endLine)
        lastColumn = Int32(clamping: endColumn)
    }

    package var line: Int { Int(startLine) }
    package var column: Int { Int(startColumn) }
    package var endLine: Int { Int(lastLine) }
    package var endColumn: Int { Int(lastColumn) }

    /// The range as `file:line:column`, the form editors and terminals turn into a link.
    package var location: String { "\(file.path):\(line):\(column)" }
}

extension SourceRange {
    /// The place of what no document declares.
    package static let nowhere = SourceRange(
        file: SourceFile(path: "", text: ""),
        line: 1,
        column: 1,
        endLine: 1,
        endColumn: 1
    )
}

extension SourceRange {
    /// The character at a place, in the file that was read last under its path.
    package init(_ place: SourceLocation) {
        self.init(
            file: .lastRead(as: place.file),
            line: place.line,
            column: place.column,
            endLine: place.line,
            endColumn: place.column + 1
        )
    }
}

extension SourceRange: Comparable {
    /// By path, line, column.
    public static func < (left: SourceRange, right: SourceRange) -> Bool {
        if left.file != right.file, left.file.path != right.file.path { return left.file.path < right.file.path }
        return (left.line, left.column) < (right.line, right.column)
    }
}

/// The place of a range, for JSON: `{ "file", "line", "column" }`.
package struct SourceLocation: Codable, Hashable, Sendable {
    package var file: String
    package var line: Int
    package var column: Int

    package init(_ range: SourceRange) {
        file = range.file.path
        line = range.line
        column = range.column
    }

    /// The place as `file:line:column`.
    package var text: String { "\(file):\(line):\(column)" }
}
