import CLibYAML
package import Diagnostics

/// Reads YAML text into trees, one a document.
package enum YAMLReader {
    /// Returns the documents that could be read; what is wrong with the rest goes to the collector.
    ///
    /// UTF-8 and UTF-16 with or without a byte order mark are accepted; line breaks may be LF or CRLF. Documents
    /// without content are left out.
    package static func documents(
        in bytes: [UInt8],
        path: String,
        limits: YAMLLimits = YAMLLimits(),
        collector: inout DiagnosticCollector
    ) -> [YAMLNode] {
        pieces(of: bytes, path: path, size: .max, limits: limits, collector: &collector)
            .flatMap { piece in
                documents(in: piece, limits: limits, collector: &collector)
            }
    }

    /// Returns the documents of one piece of a file.
    package static func documents(
        in piece: YAMLPiece,
        limits: YAMLLimits = YAMLLimits(),
        collector: inout DiagnosticCollector
    ) -> [YAMLNode] {
        var composer = YAMLComposer(piece: piece, limits: limits)
        let documents = composer.documents()
        collector.emit(contentsOf: composer.collector.diagnostics)
        return documents
    }

    /// Cuts a file between documents into pieces of about a size in bytes, so that they can be read side by side.
    ///
    /// Returns no piece for a file that cannot be read, which goes to the collector.
    package static func pieces(
        of bytes: [UInt8],
        path: String,
        size: Int,
        limits: YAMLLimits = YAMLLimits(),
        collector: inout DiagnosticCollector
    ) -> [YAMLPiece] {
        guard bytes.count <= limits.fileSize else {
            let detail = "\(path) has \(bytes.count) bytes; at most \(limits.fileSize) are read."
            collector.emit(Diagnostic(.tooLarge, detail, at: nil, help: "split it into several files"))
            return []
        }
        guard let text = TextEncoding.decode(bytes) else {
            let detail = "\(path) is not text in UTF-8 or UTF-16."
            collector.emit(Diagnostic(.unreadableFile, detail, at: nil, help: "save it as UTF-8"))
            return []
        }
        return YAMLPiece.cut(SourceFile(path: path, text: text), size: size)
    }
}

/// Tells UTF-8 from UTF-16 by the byte order mark or, without one, by where the zero bytes are.
enum TextEncoding {
    /// Returns the text without its byte order mark, or nil when the bytes are no text.
    static func decode(_ bytes: [UInt8]) -> String? {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return String(validating: bytes.dropFirst(3), as: UTF8.self) }
        if bytes.starts(with: [0xFF, 0xFE]) { return utf16(bytes.dropFirst(2)) { UInt16($0) | UInt16($1) << 8 } }
        if bytes.starts(with: [0xFE, 0xFF]) { return utf16(bytes.dropFirst(2)) { UInt16($0) << 8 | UInt16($1) } }
        if bytes.count >= 2, bytes[0] != 0, bytes[1] == 0 { return utf16(bytes[...]) { UInt16($0) | UInt16($1) << 8 } }
        if bytes.count >= 2, bytes[0] == 0, bytes[1] != 0 { return utf16(bytes[...]) { UInt16($0) << 8 | UInt16($1) } }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func utf16(_ bytes: ArraySlice<UInt8>, unit: (UInt8, UInt8) -> UInt16) -> String? {
        guard bytes.count.isMultiple(of: 2) else { return nil }
        let units = stride(from: bytes.startIndex, to: bytes.endIndex, by: 2).map { unit(bytes[$0], bytes[$0 + 1]) }
        return String(validating: units, as: UTF16.self)
    }
}
