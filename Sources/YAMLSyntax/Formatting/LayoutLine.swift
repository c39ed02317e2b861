/// A line of a formatted text.
struct LayoutLine {
    enum Role {
        case content
        case comment
        case blank
        /// Part of a scalar; blank or not, it says something.
        case scalar
        /// `---`, `...` or a directive: what stands between documents.
        case marker
    }

    var text: String
    var role: Role
    /// The outermost key that begins here.
    var key: String?
}

/// Puts the outermost keys of documents into their order.
struct KeyOrder {
    let keys: [String]

    func apply(to lines: [LayoutLine]) -> [LayoutLine] {
        guard keys.count > 1 else { return lines }
        var result: [LayoutLine] = []
        var document: [LayoutLine] = []
        for line in lines {
            guard line.role == .marker else {
                document.append(line)
                continue
            }
            result += ordered(document) + [line]
            document = []
        }
        return result + ordered(document)
    }

    /// What stands above the first key stays there, what stands above another key moves with it.
    private func ordered(_ document: [LayoutLine]) -> [LayoutLine] {
        let starts = document.indices.filter { document[$0].key != nil }
        let names = starts.compactMap { document[$0].key }
        let ranks = names.map { keys.firstIndex(of: $0) ?? keys.count }
        guard keys.prefix(2).allSatisfy(names.contains), ranks != ranks.sorted(), let first = starts.first else {
            return document
        }
        let heads = [first] + starts.dropFirst().map { head(of: $0, in: document) }
        let tail = head(of: document.count, in: document)
        let chunks = zip(heads, heads.dropFirst() + [tail]).map { Array(document[$0..<$1]) }
        // A stable order: equal ranks stay as they are.
        let order = ranks.indices.sorted { (ranks[$0], $0) < (ranks[$1], $1) }
        var body = order.flatMap { chunks[$0] }
        if let start = body.firstIndex(where: { $0.role != .blank }) { body.removeFirst(start) }
        return document[..<first] + body + document[tail...]
    }

    /// The first of the comments and blank lines right above a line.
    private func head(of line: Int, in document: [LayoutLine]) -> Int {
        var start = line
        while start > 0, document[start - 1].role == .blank || isOutermostComment(document[start - 1]) { start -= 1 }
        return start
    }

    private func isOutermostComment(_ line: LayoutLine) -> Bool { line.role == .comment && line.text.hasPrefix("#") }
}
