import Diagnostics

/// Builds trees from events, with every limit checked while building.
struct YAMLComposer {
    private(set) var collector = DiagnosticCollector()
    private let stream: YAMLEventStream
    private let file: SourceFile
    private let limits: YAMLLimits
    private var anchors: [String: Anchor] = [:]
    private var nodeCount = 0
    private var aliasedNodeCount = 0

    /// What an anchor names; open while its node is still being read, so that a node inside itself is noticed.
    private enum Anchor {
        case open
        case closed(YAMLNode, size: Int)
    }

    /// Reading stops: the rest of the file means nothing any more.
    private struct Stop: Error {}

    init(piece: YAMLPiece, limits: YAMLLimits) {
        file = piece.file
        self.limits = limits
        stream = YAMLEventStream(piece)
    }

    mutating func documents() -> [YAMLNode] {
        var documents: [YAMLNode] = []
        do throws(Stop) {
            while true {
                let (event, _) = try next()
                switch event {
                case .documentStart:
                    anchors.removeAll(keepingCapacity: true)
                    let root = try node(depth: 0)
                    if !root.isNull { documents.append(root) }
                case .streamEnd: return documents
                default: continue
                }
            }
        } catch {
            return documents
        }
    }

    private mutating func next() throws(Stop) -> (YAMLEventStream.Event, SourceRange) {
        do throws(YAMLEventStream.Failure) {
            return try stream.next()
        } catch {
            let context = error.context.map { " \($0)" } ?? ""
            collector.emit(
                Diagnostic(
                    .invalidYAML,
                    "The text stops being YAML here: \(error.problem)\(context).",
                    at: error.range,
                    help: Self.help(for: error, in: file)
                )
            )
            throw Stop()
        }
    }

    private static func help(for failure: YAMLEventStream.Failure, in file: SourceFile) -> String? {
        let line = file.line(failure.range.line) ?? ""
        if line.prefix(while: { $0 == " " || $0 == "\t" }).contains("\t") {
            return "indent with spaces; YAML does not allow tabs"
        }
        let problem = "\(failure.problem) \(failure.context ?? "")"
        if problem.contains("end of stream"), problem.contains("quoted"), let line = failure.contextLine {
            return "the quotes that begin in line \(line) are not closed"
        }
        return advice.first { problem.contains($0.words) }?.help
    }

    /// What to do about what libyaml finds wrong; the first entry whose words are in its message counts.
    private static let advice: [(words: String, help: String)] = [
        ("mapping values are not allowed", "put a text that contains \": \" into quotes, or check the indentation"),
        ("cannot start any token", "put a text that starts with \"@\", \"`\" or \"%\" into quotes"),
        ("an alias", "put a text that starts with \"*\" into quotes"),
        ("an anchor", "put a text that starts with \"&\" into quotes"),
        ("escape", "a backslash in double quotes begins an escape; write \"\\\\\", or use single quotes"),
        (
            "control characters",
            "write it as an escape in double quotes, such as \"\\u0007\"; check that the file is text in UTF-8"
        ),
        ("directive", "leave out the line that starts with \"%\""),
        ("incompatible YAML document", "leave out the line that starts with \"%YAML\""),
        ("did not find expected", "check the indentation and the brackets above"),
    ]

    private mutating func node(depth: Int) throws(Stop) -> YAMLNode {
        let (event, range) = try next()
        return try node(from: event, range: range, depth: depth)
    }

    private mutating func node(
        from event: YAMLEventStream.Event,
        range: SourceRange,
        depth: Int
    ) throws(Stop) -> YAMLNode {
        guard depth <= limits.depth else {
            try stop(.tooLarge, "Lists and mappings are more than \(limits.depth) deep here.", at: range)
        }
        nodeCount += 1
        guard nodeCount <= limits.nodes else {
            try stop(
                .tooLarge,
                "The file has more than \(limits.nodes) values.",
                at: range,
                help: "split it into several files"
            )
        }
        guard collector.errorCount < limits.errors else {
            try stop(
                .tooLarge,
                "There are \(limits.errors) mistakes before this place; what follows is not read.",
                at: range,
                help: "correct those first"
            )
        }
        let countBefore = nodeCount + aliasedNodeCount
        switch event {
        case .alias(let name): return try aliased(name, at: range)
        case .scalar(let scalar, let anchor, let tag):
            let node = YAMLNode(.scalar(apply(tag, to: scalar, at: range)), range: range)
            if let anchor { anchors[anchor] = .closed(node, size: 1) }
            return node
        case .sequenceStart(let anchor, let tag):
            check(tag, is: "seq", at: range)
            if let anchor { anchors[anchor] = .open }
            let node = try sequence(from: range, depth: depth)
            if let anchor { anchors[anchor] = .closed(node, size: nodeCount + aliasedNodeCount - countBefore + 1) }
            return node
        case .mappingStart(let anchor, let tag):
            check(tag, is: "map", at: range)
            if let anchor { anchors[anchor] = .open }
            let node = try mapping(from: range, depth: depth)
            if let anchor { anchors[anchor] = .closed(node, size: nodeCount + aliasedNodeCount - countBefore + 1) }
            return node
        default:
            // libyaml's grammar puts nothing else where a node begins.
            try stop(.invalidYAML, "A value was expected here.", at: range)
        }
    }

    private mutating func sequence(from start: SourceRange, depth: Int) throws(Stop) -> YAMLNode {
        var items: [YAMLNode] = []
        while true {
            let (event, range) = try next()
            if case .sequenceEnd = event { return YAMLNode(.sequence(items), range: start.reaching(range)) }
            items.append(try node(from: event, range: range, depth: depth + 1))
        }
    }

    private mutating func mapping(from start: SourceRange, depth: Int) throws(Stop) -> YAMLNode {
        var entries: [YAMLEntry] = []
        var keys = MappingKeys()
        while true {
            let (event, range) = try next()
            if case .mappingEnd = event { return YAMLNode(.mapping(entries), range: start.reaching(range)) }
            let key = try node(from: event, range: range, depth: depth + 1)
            let value = try node(depth: depth + 1)
            guard let name = key.scalar else {
                if key.isUnreadable { continue }
                emit(.unsupportedYAML, "A key must be a text, this one is \(key.kindName).", at: key.range)
                continue
            }
            if name.text == "<<", name.isPlain {
                emit(
                    .unsupportedYAML,
                    "Merge keys are not part of YAML 1.2; nothing is merged.",
                    at: key.range,
                    help: "write the keys out, or share parameters with a ParameterTemplate"
                )
                continue
            }
            if let first = keys.insert(name.text, after: entries) {
                collector.emit(
                    Diagnostic(
                        .duplicateKey,
                        "The key \"\(name.text)\" stands twice in the same mapping.",
                        at: key.range,
                        notes: [Diagnostic.Note("first used here", at: entries[first].keyRange)],
                        help: "keep one of the two"
                    )
                )
                continue
            }
            entries.append(YAMLEntry(key: name.text, keyRange: key.range, value: value))
        }
    }

    private mutating func aliased(_ name: String, at range: SourceRange) throws(Stop) -> YAMLNode {
        switch anchors[name] {
        case .closed(let node, let size):
            aliasedNodeCount += size
            guard aliasedNodeCount <= limits.aliasedNodes else {
                try stop(
                    .tooLarge,
                    "The aliases of this file stand for more than \(limits.aliasedNodes) values.",
                    at: range
                )
            }
            return node
        case .open:
            try stop(
                .unknownAlias,
                "The alias *\(name) stands inside the value it names, which has no end.",
                at: range
            )
        case nil:
            emit(
                .unknownAlias,
                "No anchor &\(name) stands before this alias in the document.",
                at: range,
                help: collector.question(name, among: anchors.keys)
            )
            return YAMLNode(.unreadable, range: range)
        }
    }

    /// Honours the core schema's tags; `!!str 12` is a text, a tag of an application's own means nothing here.
    private mutating func apply(_ tag: String?, to scalar: YAMLScalar, at range: SourceRange) -> YAMLScalar {
        guard let tag, tag != "!" else { return tag == "!" ? YAMLScalar(scalar.text, isPlain: false) : scalar }
        let core = "tag:yaml.org,2002:"
        guard tag.hasPrefix(core) else {
            check(tag, is: "str", at: range)
            return scalar
        }
        switch tag.dropFirst(core.count) {
        case "str": return YAMLScalar(scalar.text, isPlain: false)
        case "int", "float", "bool", "null": return YAMLScalar(scalar.text, isPlain: true)
        default:
            check(tag, is: "str", at: range)
            return scalar
        }
    }

    private mutating func check(_ tag: String?, is expected: String, at range: SourceRange) {
        guard let tag, tag != "!", tag != "tag:yaml.org,2002:\(expected)" else { return }
        emit(.unsupportedYAML, "The tag \(tag) means nothing to pgsteer.", at: range, help: "leave the tag out")
    }

    private mutating func emit(_ code: DiagnosticCode, _ detail: String, at range: SourceRange, help: String? = nil) {
        collector.emit(Diagnostic(code, detail, at: range, help: help))
    }

    private mutating func stop(
        _ code: DiagnosticCode,
        _ detail: String,
        at range: SourceRange,
        help: String? = nil
    ) throws(Stop) -> Never {
        emit(code, detail, at: range, help: help)
        throw Stop()
    }
}

extension SourceRange {
    /// The range from here to the end of another one.
    func reaching(_ end: SourceRange) -> SourceRange {
        SourceRange(file: file, line: line, column: column, endLine: end.endLine, endColumn: end.endColumn)
    }
}

/// The keys that a mapping has so far; most mappings are too small for a hash table to pay.
private struct MappingKeys {
    private static let smallest = 12

    private var places: [String: Int] = [:]

    /// Adds the key of the entry that comes after some entries; returns the place of the entry that has it already.
    mutating func insert(_ key: String, after entries: [YAMLEntry]) -> Int? {
        if entries.count < Self.smallest { return entries.firstIndex { $0.key == key } }
        if places.isEmpty { for (place, entry) in entries.enumerated() { places[entry.key] = place } }
        if let place = places[key] { return place }
        places[key] = entries.count
        return nil
    }
}
