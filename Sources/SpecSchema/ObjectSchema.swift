public import Diagnostics
public import YAMLSyntax

/// The keys of a mapping: the one definition that decodes, makes the JSON Schema and answers `explain`.
///
/// What runs for every key is public and inlinable, so that the compiler makes a version of it for each kind: decision 0018.
public struct ObjectSchema<Root: Sendable>: Sendable {
    /// What the object looks like.
    public let shape: ObjectShape
    /// What reads each field's value; an array of its own, since copying a whole field for each key costs more than
    /// reading it.
    @usableFromInline let decoders: [@Sendable (YAMLNode, inout Root, inout DiagnosticCollector) -> Bool]
    /// One bit for each field that must be there.
    @usableFromInline let required: UInt64
    /// The place of each field in the list.
    @usableFromInline let places: [String: Int]
    @usableFromInline let refused: [String: String]
    @usableFromInline let isStrict: Bool
    @usableFromInline let make: @Sendable (SourceRange) -> Root

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
    @inlinable public init(
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
    @inlinable public func decode(_ node: YAMLNode, _ collector: inout DiagnosticCollector) -> Root? {
        let (root, isComplete) = decodePartially(node, &collector)
        return isComplete ? root : nil
    }

    /// Decodes what can be decoded, for a reader that goes on although something is missing.
    ///
    /// Returns no value only when the node is no mapping, and whether everything that is required was read.
    @inlinable public func decodePartially(
        _ node: YAMLNode,
        _ collector: inout DiagnosticCollector
    ) -> (Root?, isComplete: Bool) {
        guard let entries = node.mapping else {
            collector.emitWrongType(node, expected: "a mapping (\(shape.name))", help: shape.help(insteadOf: node))
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
                } else if required & 1 << UInt64(place) == 0 {
                    collector.emitEmpty(entry)
                }
                continue
            }
            let bit: UInt64 = 1 << UInt64(place)
            found |= bit
            if !decoders[place](entry.value, &root, &collector), isStrict || required & bit != 0 {
                isComplete = false
            }
            if collector.hasStrayKeys { placeStrayKeys(from: place, &collector) }
        }
        if required & ~found != 0 {
            isComplete = false
            emitMissing(required & ~found, in: node, &collector)
        }
        // A key that was refused was meant as one of the choices.
        let isRefused = shape.isChoice && entries.contains { refused[$0.key] != nil }
        if shape.isChoice, found.nonzeroBitCount != 1, !isRefused {
            emitNoChoice(of: found.nonzeroBitCount, in: node, &collector)
            isComplete = false
        }
        if shape.isChoice, isRefused { isComplete = false }
        return (root, isComplete)
    }

    @usableFromInline func emitUnknown(_ entry: YAMLEntry, _ collector: inout DiagnosticCollector) {
        if let reason = refused[entry.key] {
            collector.emit(Diagnostic(.refusedKey, "\"\(entry.key)\" cannot be set: \(reason).", at: entry.keyRange))
            return
        }
        let names = shape.fields.map(\.name)
        let place =
            collector.question(entry.key, among: names) ?? Self.belonging(entry.key, to: shape.holders(of: entry.key))
        collector.emit(
            Diagnostic(
                .unknownKey,
                "\(shape.name) has no key \"\(entry.key)\".",
                at: entry.keyRange,
                help: place ?? "its keys are \(names.joined(separator: ", "))"
            )
        )
        if place == nil { collector.noteStrayKey(entry.key) }
    }

    /// Says of keys that an object below does not know whether they were meant for this one, or for another one below.
    @usableFromInline func placeStrayKeys(from place: Int, _ collector: inout DiagnosticCollector) {
        let field = shape.fields[place].name
        collector.placeStrayKeys { key in
            if places[key] != nil { return "\"\(key)\" belongs beside \(field), not in it" }
            return Self.belonging(key, to: shape.holders(of: key))
        }
    }

    /// Returns where a key belongs; nil when there is no such place, or when there are too many.
    private static func belonging(_ key: String, to holders: [String]) -> String? {
        (1...2).contains(holders.count) ? "\"\(key)\" belongs in \(holders.joined(separator: " or in "))" : nil
    }

    @usableFromInline func emitNoChoice(of count: Int, in node: YAMLNode, _ collector: inout DiagnosticCollector) {
        let names = shape.fields.map(\.name).joined(separator: " or ")
        collector.emitBadValue("Exactly one of \(names) is needed; there are \(count).", at: node.range)
    }

    /// - Parameter missing: One bit for each field, in the order of the list.
    @usableFromInline func emitMissing(_ missing: UInt64, in node: YAMLNode, _ collector: inout DiagnosticCollector) {
        // The whole mapping may span many lines; its first key is where a reader looks.
        let range = node.mapping?.first?.keyRange ?? node.range
        for (place, field) in shape.fields.enumerated() where missing & 1 << UInt64(place) != 0 {
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
}

extension DiagnosticCollector {
    /// Warns of a key that looks as if it said something: `backup:` with nothing behind it makes no backup.
    @usableFromInline mutating func emitEmpty(_ entry: YAMLEntry) {
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
public struct Field<Root: Sendable>: Sendable {
    /// What the key and its value look like.
    public let shape: FieldShape
    @usableFromInline let isRequired: Bool
    /// Returns whether a value was read.
    @usableFromInline let decode: @Sendable (YAMLNode, inout Root, inout DiagnosticCollector) -> Bool

    /// Makes a field whose value goes to a property, with its place.
    @inlinable public init<Value: Sendable>(
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
