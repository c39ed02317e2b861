import Diagnostics

/// Some whole documents of a file.
package struct YAMLPiece: Sendable {
    let file: SourceFile
    /// UTF-8.
    let bytes: ArraySlice<UInt8>
    /// How many lines of the file stand before it.
    let linesBefore: Int

    /// Cuts a file where a line starts a document, each piece as soon as it has a size in bytes.
    ///
    /// A line that starts with `---` and white space is never anything else (YAML 1.2.2, section 9.1.2). A file with
    /// directives, whose lines start with `%`, stays whole, because they belong to the document after them.
    static func cut(_ file: SourceFile, size: Int) -> [YAMLPiece] {
        let bytes = Array(file.text.utf8)
        guard bytes.count > size else { return [YAMLPiece(file: file, bytes: bytes[...], linesBefore: 0)] }
        var pieces: [YAMLPiece] = []
        var start = 0
        var startLine = 0
        var line = 0
        var lineStart = 0
        for index in bytes.indices where bytes[index] == UInt8(ascii: "\n") {
            line += 1
            lineStart = index + 1
            if lineStart < bytes.count, bytes[lineStart] == UInt8(ascii: "%") {
                return [YAMLPiece(file: file, bytes: bytes[...], linesBefore: 0)]
            }
            guard lineStart - start >= size, isDocumentStart(bytes, at: lineStart) else { continue }
            pieces.append(YAMLPiece(file: file, bytes: bytes[start..<lineStart], linesBefore: startLine))
            start = lineStart
            startLine = line
        }
        pieces.append(YAMLPiece(file: file, bytes: bytes[start...], linesBefore: startLine))
        return pieces
    }

    private static func isDocumentStart(_ bytes: [UInt8], at index: Int) -> Bool {
        guard bytes[index...].starts(with: "---".utf8) else { return false }
        guard index + 3 < bytes.count else { return true }
        return " \t\r\n".utf8.contains(bytes[index + 3])
    }
}
