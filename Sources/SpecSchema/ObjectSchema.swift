package import Diagnostics
package import YAMLSyntax

/// The keys of a mapping: the one definition that decodes, makes the JSON Schema and answers `explain`.
package struct ObjectSchema<Root: Sendable>: Sendable {
    package let shape: ObjectShape
    /// What reads each field's value; an array of its own, since copying a whole field for each key costs more than
    /// reading it.
    private let decoders: [@Sendable (YAMLNode, inout Root, inout DiagnosticCollector) -> Bool]
    /// One bit for each field that must be there.
    private let required: UInt64
    /// The place of each field in the list.
    private let places: [String: Int]
    private let refused: [String: String]
    private let isStrict: Bool
    private let make: @Sendable (SourceRange) -> Root

    /// Makes a schema.
    ///
    /// - Parameters:
    ///   - name: What the object is, for messages and `explain`.
    ///   - summary: One sentence.
    ///   - refused: Keys that people may expect, with the reason why there are none.
    ///   - isChoice: Whether exactly one of the keys must be there.
    ///   - isStrict: Whether the value means nothing unless every key was understood, since without one of them it would
    ///     mean something else. Keys without a value are refused then.
    ///   - make: Makes the value before any key has been read.
    package init(
        _ name: String,
        _ summary: String,
        refused: [String: String] = [:],
        isChoice: Bool = false,
        isStrict: Bool = false,
        make: @escaping @Sendable (SourceRange) -> Root,
        fields: [Field<Root>]
    ) {
        shape = ObjectShape(name: name, summary: summary, fields: fields.map(\.shape), isChoice: isChoice)
        precondition(fields.count <= UInt64.bitWidth, "an object has at most 64 keys")
        decoders = fields.map(\.decode)
        required = fields.enumerated().reduce(0) { $1.element.isRequired ? $0 | 1 << UInt64($1.offset) : $0 }
        places = Dictionary(fields.enumerated().map { ($1.shape.name, $0) }) { first, _ in first }
        self.refused = refused
        self.isStrict = isStrict
        self.make = make
    }

    /// Decodes a mapping; a key without a value counts as not written, with a warning, but where the schema is strict.
    ///
    /// Returns nil when the node is no mapping or a required key is missing or unusable. Every mistake is told.
    package func decode(_ node: YAMLNode, _ collector: inout DiagnosticCollector) -> Root? {
        let (root, isComplete) = decodePartially(node, &collector)
        return isComplete ? root : nil
    }

    /// Decodes what can be decoded, for a reader that goes on although something is missing.
    ///
    /// Returns no value only when the node is no mapping, and whether everything that is required was read.
    package func decodePartially(_ node: YAMLNode, _ collector: inout DiagnosticCollector) -> (Root?, isComplete: Bool)
    {
        guard let entries = node.mapping else {
            collector.emitWrongType(node, expected: "a mapping (\(shape.name))")
            return (nil, false)
        }
        var root = make(node.range)
        var isComplete = true
        // One bit a field; a set of names would cost more than all the rest.
        var found: UInt64 = 0
        for entry in entries {
            guard let place = places[entry.key] else {
                emitUnknown(entry, &collector)
                if isStrict { isComplete = false }
                continue
            }
            if entry.value.isNull {
                if isStrict {
                    collector.emitBadValue("The key \"\(entry.key)\" has no value.", at: entry.keyRange)
                    isComplete = false
                } else if !shape.fields[place].isRequired {
                    collector.emitEmpty(entry)
                }
                continue
            }
            let bit: UInt64 = 1 << UInt64(place)
            found |= bit
            if !decoders[place](entry.value, &root, &collector), isStrict || required & bit != 0 {
                isComplete = false
            }
        }
        if required & ~found != 0 {
            isComplete = false
            for place in shape.fields.indices where required & ~found & 1 << UInt64(place) != 0 {
                emitMissing(shape.fields[place], in: node, &collector)
            }
        }
        // A key that was refused was meant as one of the choices.
        let isRefused = shape.isChoice && entries.contains { refused[$0.key] != nil }
        if shape.isChoice, found.nonzeroBitCount != 1, !isRefused {
            let names = shape.fields.map(\.name).joined(separator: " or ")
            let count = found.nonzeroBitCount
            collector.emitBadValue("Exactly one of \(names) is needed; there are \(count).", at: node.range)
            isComplete = false
        }
        if shape.isChoice, isRefused { isComplete = false }
        return (root, isComplete)
    }

    private func emitUnknown(_ entry: YAMLEntry, _ collector: inout DiagnosticCollector) {
        if let reason = refused[entry.key] {
            collector.emit(Diagnostic(.refusedKey, "\"\(entry.key)\" cannot be set: \(reason).", at: entry.keyRange))
            return
        }
        let names = shape.fields.map(\.name)
        collector.emit(
            Diagnostic(
                .unknownKey,
                "\(shape.name) has no key \"\(entry.key)\".",
                at: entry.keyRange,
                help: NearestName.question(entry.key, among: names) ?? "its keys are \(names.joined(separator: ", "))"
            )
        )
    }

    private func emitMissing(_ field: FieldShape, in node: YAMLNode, _ collector: inout DiagnosticCollector) {
        // The whole mapping may span many lines; its first key is where a reader looks.
        let range = node.mapping?.first?.keyRange ?? node.range
        collector.emit(
            Diagnostic(
                .missingKey,
                "\(shape.name) needs the key \"\(field.name)\".",
                at: range,
                help: "\(field.name): \(field.summary)"
            )
        )
    }
}

extension DiagnosticCollector {
    /// Warns of a key that looks as if it said something: `backup:` with nothing behind it makes no backup.
    fileprivate mutating func emitEmpty(_ entry: YAMLEntry) {
        emit(
            Diagnostic(
                .emptyKey,
                "The key \"\(entry.key)\" has no value and counts as not written.",
                at: entry.keyRange,
                severity: .warning,
                help: "write its value, or take the line out"
            )
        )
    }
}

/// One key of an object: its description and where its value goes.
package struct Field<Root: Sendable>: Sendable {
    package let shape: FieldShape
    let isRequired: Bool
    /// Returns whether a value was read.
    let decode: @Sendable (YAMLNode, inout Root, inout DiagnosticCollector) -> Bool

    /// Makes a field whose value goes to a property, with its place.
    package init<Value: Sendable>(
        _ name: String,
        _ property: any WritableKeyPath<Root, Located<Value>?> & Sendable,
        _ type: ValueType<Value>,
        required: Bool = false,
        _ summary: String
    ) {
        shape = FieldShape(name: name, summary: summary, isRequired: required, shape: type.shape)
        isRequired = required
        decode = { node, root, collector in
            guard let value = type.decode(node, &collector) else { return false }
            root[keyPath: property] = Located(value, at: node.range)
            return true
        }
    }
}
