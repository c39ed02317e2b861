/// Writes tokens with canonical white space between them; comments and line breaks stay where they are.
struct YAMLLayout {
    struct Result {
        var text: String
        /// Every comment, sorted.
        var comments: [String]
    }

    /// A block collection that is open: where its keys or dashes stood and where they go.
    private struct Frame {
        var isMapping: Bool
        /// Whether it is a list whose dashes stood right under its key; the scanner opens none for it.
        var isImplicit = false
        var oldColumn: Int
        var column: Int
    }

    /// The text has something that lines cannot be laid out anew around.
    private struct Unsupported: Error {}

    private let source: [Unicode.Scalar]
    private var lines: [LayoutLine] = []
    private var comments: [String] = []
    /// The line that is being written; nil at the start of one.
    private var line: LayoutLine?
    /// How far the line was moved to the right.
    private var shift = 0
    private var frames: [Frame] = []
    /// The frames around the token before; a comment may still belong to one of them.
    private var framesBefore: [Frame] = []
    private var flowDepth = 0
    private var flowShift = 0
    private var previous: YAMLToken?
    private var isKey = false
    /// Whether the text ends in a block scalar without a line break, which would become part of it.
    private var lacksLastBreak = false

    /// Lays a text out; nil when it has something that cannot be.
    static func of(_ text: String, keys: [String]) -> Result? {
        guard let tokens = YAMLTokenStream.tokens(of: text) else { return nil }
        var layout = YAMLLayout(source: Array(text.unicodeScalars))
        do throws(Unsupported) {
            for token in tokens { try layout.take(token) }
        } catch {
            return nil
        }
        let lines = KeyOrder(keys: keys).apply(to: layout.lines)
        let end = layout.lacksLastBreak ? "" : "\n"
        return Result(
            text: lines.map(\.text).joined(separator: "\n") + (lines.isEmpty ? "" : end),
            comments: layout.comments.sorted()
        )
    }

    private init(source: [Unicode.Scalar]) {
        self.source = source
    }

    private mutating func take(_ token: YAMLToken) throws(Unsupported) {
        switch token.kind {
        case .streamStart: return
        case .blockMappingStart, .blockSequenceStart:
            frames.append(Frame(isMapping: token.kind == .blockMappingStart, oldColumn: token.column, column: inside))
            return
        case .blockEnd:
            closeImplicit()
            _ = frames.popLast()
            return
        case .key:
            // An explicit `? key` may be anything.
            guard token.range.isEmpty else { throw Unsupported() }
            if flowDepth == 0 { closeImplicit() }
            isKey = true
            return
        case .blockEntry:
            if let frame = frames.last, frame.isMapping {
                frames.append(Frame(isMapping: false, isImplicit: true, oldColumn: token.column, column: inside))
            }
        default: break
        }
        try writeSpace(before: token)
        if token.kind != .streamEnd { try write(token) }
        previous = token
        framesBefore = frames
        isKey = false
    }

    /// Where what belongs to the innermost key or dash is indented to.
    private var inside: Int { frames.last.map { $0.column + 2 } ?? 0 }

    private mutating func closeImplicit() {
        if frames.last?.isImplicit == true { frames.removeLast() }
    }

    // MARK: Between tokens

    private mutating func writeSpace(before token: YAMLToken) throws(Unsupported) {
        let between = source[(previous?.range.upperBound ?? 0)..<token.range.lowerBound]
        var pieces = between.split(separator: "\n", omittingEmptySubsequences: false)
        if line != nil {
            let rest = pieces.removeFirst()
            if pieces.isEmpty, token.kind != .streamEnd {
                append(separator(before: token))
                return
            }
            writeTrailingComment(rest)
            endLine()
        }
        let indentation = indentation(of: token)
        // The last piece is what stands before the token in its own line.
        if token.kind != .streamEnd { pieces.removeLast() }
        for piece in pieces { writeLine(piece, before: token, indentation: indentation) }
        switch token.kind {
        case .streamEnd, .documentStart, .documentEnd: dropBlankLines()
        case .value where flowDepth == 0: throw Unsupported()
        default: break
        }
        guard token.kind != .streamEnd else { return }
        line = LayoutLine(text: spaces(indentation), role: .content)
        shift = indentation - token.column
    }

    private func separator(before token: YAMLToken) -> String {
        guard let before = previous?.kind else { return "" }
        switch (before, token.kind) {
        // `*name:` would be an alias whose name ends with a colon.
        case (.alias, .value), (.value, _): return " "
        case (.flowMappingStart, .flowMappingEnd): return ""
        case (.flowMappingStart, _), (_, .flowMappingEnd): return " "
        case (.flowSequenceStart, _), (_, .value), (_, .flowEntry), (_, .flowSequenceEnd): return ""
        default: return " "
        }
    }

    private func indentation(of token: YAMLToken) -> Int {
        if flowDepth > 0 { return max(0, token.column + flowShift) }
        switch token.kind {
        case .documentStart, .documentEnd, .directive, .streamEnd: return 0
        case .blockEntry: return frames.last?.column ?? 0
        default: return isKey ? frames.last?.column ?? 0 : inside
        }
    }

    /// A comment one space away stays there; one further away keeps its column, so that comments stay under each other.
    private mutating func writeTrailingComment(_ rest: ArraySlice<Unicode.Scalar>) {
        guard let mark = rest.firstIndex(of: "#") else { return }
        let text = text(rest[mark...])
        let lineStart = source[..<mark].lastIndex(of: "\n").map { $0 + 1 } ?? 0
        let width = line?.text.unicodeScalars.count ?? 0
        let gap = mark - rest.startIndex
        append(spaces(gap <= 1 ? 1 : max(2, mark - lineStart + shift - width)) + text)
        comments.append(text)
    }

    /// Writes a line that has a comment or nothing.
    private mutating func writeLine(_ piece: ArraySlice<Unicode.Scalar>, before token: YAMLToken, indentation: Int) {
        guard let mark = piece.firstIndex(of: "#") else {
            writeBlankLine()
            return
        }
        let column = commentColumn(mark - piece.startIndex, before: token, indentation: indentation)
        let text = text(piece[mark...])
        lines.append(LayoutLine(text: spaces(column) + text, role: .comment))
        comments.append(text)
    }

    /// A comment goes with the line after it, but for one that stands further in: that closes what is before it.
    private func commentColumn(_ old: Int, before token: YAMLToken, indentation: Int) -> Int {
        if flowDepth > 0 { return max(0, old + flowShift) }
        let isOutermost = [.streamEnd, .documentStart, .documentEnd].contains(token.kind)
        guard old > (isOutermost ? 0 : token.column) else { return indentation }
        guard let frame = framesBefore.last(where: { $0.oldColumn <= old }) else { return indentation }
        // Further in after a block scalar it would become part of it.
        return old > frame.oldColumn && previous?.kind != .block ? frame.column + 2 : frame.column
    }

    private mutating func writeBlankLine() {
        guard let last = lines.last, last.role != .blank, last.role != .marker else { return }
        lines.append(LayoutLine(text: "", role: .blank))
    }

    private mutating func dropBlankLines() {
        while lines.last?.role == .blank { lines.removeLast() }
    }

    private mutating func endLine() {
        if var line {
            while line.text.last == " " { line.text.removeLast() }
            lines.append(line)
        }
        line = nil
    }

    // MARK: Tokens

    private mutating func write(_ token: YAMLToken) throws(Unsupported) {
        switch token.kind {
        case .flowMappingStart, .flowSequenceStart:
            if flowDepth == 0 { flowShift = shift }
            flowDepth += 1
        case .flowMappingEnd, .flowSequenceEnd: flowDepth -= 1
        case .documentStart, .documentEnd, .directive: line?.role = .marker
        case .block: return try writeBlock(token)
        default: break
        }
        var parts = source[token.range].split(separator: "\n", omittingEmptySubsequences: false)
        let first = parts.removeFirst()
        if isKey, [.plain, .quoted].contains(token.kind), flowDepth == 0, frames.count == 1 {
            let key = string(first).filter { $0 != "\"" && $0 != "'" }
            line?.key = key
        }
        append(parts.isEmpty ? string(first) : text(first, isPlain: token.kind == .plain))
        for part in parts {
            endScalarLine()
            line = LayoutLine(text: continuation(part, of: token), role: .scalar)
        }
    }

    private mutating func endScalarLine() {
        if let line { lines.append(line) }
        line = nil
    }

    /// Leading white space in a scalar of several lines says nothing (YAML 1.2.2, section 6.5).
    private func continuation(_ part: ArraySlice<Unicode.Scalar>, of token: YAMLToken) -> String {
        let content = part.drop { $0 == " " || $0 == "\t" }
        guard !content.isEmpty else { return "" }
        let column = flowDepth > 0 ? max(0, content.startIndex - part.startIndex + flowShift) : inside
        return spaces(column) + text(content, isPlain: token.kind == .plain)
    }

    /// Writes `|` or `>` with its lines; those keep their indentation relative to each other.
    private mutating func writeBlock(_ token: YAMLToken) throws(Unsupported) {
        var parts = source[token.range].split(separator: "\n", omittingEmptySubsequences: false)
        let header = parts.removeFirst()
        let indicators = header.prefix { $0 != " " && $0 != "\t" && $0 != "#" }
        append(text(header))
        if let mark = header.firstIndex(of: "#") { comments.append(text(header[mark...])) }
        endLine()
        lacksLastBreak = token.range.upperBound == source.count && source.last != "\n"
        if !lacksLastBreak { parts.removeLast() }
        let digit = indicators.compactMap { $0.properties.numericType == .decimal ? Int(String($0)) : nil }.first
        let first = parts.first { part in part.contains { $0 != " " } }
        let leading = first.map { $0.prefix { $0 == " " }.count } ?? 0
        let oldColumn = digit.map { (frames.last?.oldColumn ?? 0) + $0 } ?? leading
        let column = digit.map { (frames.last?.column ?? 0) + $0 } ?? inside
        var texts: [String] = []
        for part in parts {
            let lead = part.prefix { $0 == " " }.count
            if lead == part.count, lead <= oldColumn {
                texts.append("")
                continue
            }
            guard lead >= oldColumn else { throw Unsupported() }
            texts.append(spaces(column) + string(part.dropFirst(oldColumn)))
        }
        var blanks = 0
        if !indicators.contains("+") {
            while texts.last == "" {
                texts.removeLast()
                blanks += 1
            }
        }
        lines += texts.map { LayoutLine(text: $0, role: .scalar) }
        if blanks > 0 { writeBlankLine() }
    }

    // MARK: Texts

    private mutating func append(_ text: String) { line?.text += text }

    private func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }

    private func string(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
    }

    /// The text without white space at its end.
    private func text(_ scalars: ArraySlice<Unicode.Scalar>, isPlain: Bool = true) -> String {
        guard isPlain, let last = scalars.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return string(scalars) }
        return string(scalars[...last])
    }
}
