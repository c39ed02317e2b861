public import Diagnostics
public import YAMLSyntax

/// How one type of value is decoded, and what it looks like.
public struct ValueType<Value: Sendable>: Sendable {
    /// What the value looks like.
    public let shape: Shape
    /// Returns nil after telling the collector why.
    public let decode: @Sendable (YAMLNode, inout DiagnosticCollector) -> Value?

    /// Makes a type of value.
    @inlinable public init(
        _ shape: Shape,
        decode: @escaping @Sendable (YAMLNode, inout DiagnosticCollector) -> Value?
    ) {
        self.shape = shape
        self.decode = decode
    }

    /// Returns a type whose values are made from this one's; the transform tells the collector why it returns nil.
    @inlinable public func map<Other: Sendable>(
        _ transform: @escaping @Sendable (Value, SourceRange, inout DiagnosticCollector) -> Other?
    ) -> ValueType<Other> {
        ValueType<Other>(shape) { node, collector in
            guard let value = decode(node, &collector) else { return nil }
            return transform(value, node.range, &collector)
        }
    }
}

extension DiagnosticCollector {
    /// Tells that a node is not what was expected; of one that could not be read, enough has been told.
    public mutating func emitWrongType(_ node: YAMLNode, expected: String, help: String? = nil) {
        if node.isUnreadable { return noteUnreadable() }
        let isItem = node.mapping?.first?.key.hasPrefix("-") ?? false
        emit(
            Diagnostic(
                .wrongType,
                "Expected \(expected), found \(node.kindName).",
                at: node.range,
                help: isItem ? "write a space behind the \"-\" of each item" : help
            )
        )
    }

    /// Tells that a value breaks a rule.
    public mutating func emitBadValue(_ detail: String, at range: SourceRange, help: String? = nil) {
        emit(Diagnostic(.badValue, detail, at: range, help: help))
    }
}

extension ValueType where Value == String {
    /// Any text.
    package static var text: ValueType { text(named: "text") }

    /// A text that obeys a rule; the check returns what is wrong with it, or nil.
    package static func text(
        named name: String,
        pattern: String? = nil,
        minimumLength: Int? = nil,
        maximumLength: Int? = nil,
        check: @escaping @Sendable (String) -> String? = { _ in nil }
    ) -> ValueType {
        let shape = TextShape(
            name: name,
            pattern: pattern,
            minimumLength: minimumLength,
            maximumLength: maximumLength
        )
        return ValueType(.text(shape)) { node, collector in
            guard let scalar = node.scalar, !scalar.isNull else {
                collector.emitWrongType(node, expected: "a text")
                return nil
            }
            if let problem = check(scalar.text) {
                collector.emitBadValue(problem, at: node.range)
                return nil
            }
            return scalar.text
        }
    }

    /// Any scalar as the text that was written, `true` and `0.9` too; a list of them is joined with commas, and
    /// what would then be taken for several is put in double quotes.
    package static var scalarText: ValueType {
        ValueType(.either([.anyScalar, .list(.anyScalar, maximum: nil)])) { node, collector in
            if let scalar = node.scalar, !scalar.isNull { return scalar.text }
            if let items = node.sequence {
                let texts = items.compactMap { $0.isNull ? nil : $0.scalar?.text }
                if texts.count == items.count { return texts.map(Self.listElement).joined(separator: ", ") }
            }
            collector.emitWrongType(node, expected: "a value")
            return nil
        }
    }
}

extension ValueType where Value == String {
    private static func listElement(_ text: String) -> String {
        let isQuoted = text.count > 1 && text.hasPrefix("\"") && text.hasSuffix("\"")
        guard !isQuoted, text.isEmpty || text.contains(where: { $0.isWhitespace || $0 == "," || $0 == "\"" }) else {
            return text
        }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}

extension ValueType where Value == Bool {
    package static var boolean: ValueType {
        ValueType(.boolean) { node, collector in
            if let value = node.scalar?.boolean { return value }
            if node.isUnreadable {
                collector.noteUnreadable()
                return nil
            }
            let text = node.scalar?.text.lowercased() ?? ""
            let isOldForm = ["yes", "no", "on", "off"].contains(text)
            collector.emit(
                Diagnostic(
                    .wrongType,
                    "Expected true or false, found \(node.kindName).",
                    at: node.range,
                    help: isOldForm ? "write \(text == "yes" || text == "on"); in YAML 1.2 \"\(text)\" is a text" : nil
                )
            )
            return nil
        }
    }
}

extension ValueType where Value == Int {
    /// A whole number in a range.
    package static func integer(_ range: ClosedRange<Int>) -> ValueType {
        ValueType(.integer(range)) { node, collector in
            guard let value = node.scalar?.integer else {
                collector.emitWrongType(node, expected: "a whole number")
                return nil
            }
            guard range.contains(value) else {
                let bounds =
                    "\(range.lowerBound) to \(range.upperBound == .max ? "any number" : String(range.upperBound))"
                collector.emitBadValue("\(value) is outside \(bounds).", at: node.range)
                return nil
            }
            return value
        }
    }
}

extension ValueType where Value == String {
    /// One of some texts.
    public static func choice(of name: String, among choices: [String]) -> ValueType {
        ValueType(.text(TextShape(name: name, choices: choices))) { node, collector in
            guard let scalar = node.scalar, !scalar.isNull else {
                collector.emitWrongType(node, expected: "one of \(choices.joined(separator: ", "))")
                return nil
            }
            guard choices.contains(scalar.text) else {
                collector.emitBadValue(
                    "\"\(scalar.text)\" is no \(name); there are \(choices.joined(separator: ", ")).",
                    at: node.range,
                    help: collector.question(scalar.text, among: choices)
                )
                return nil
            }
            return scalar.text
        }
    }
}

extension ValueType where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of an enumeration's values.
    @inlinable public static func choice(of name: String) -> ValueType {
        ValueType<String>.choice(of: name, among: Value.allCases.map(\.rawValue))
            .map { text, _, _ in Value(rawValue: text) }
    }
}

extension ValueType {
    /// A list; items that cannot be read are left out after they were told.
    @inlinable public static func list<Element: Sendable>(
        of element: ValueType<Element>,
        maximum: Int? = nil
    ) -> ValueType where Value == [Located<Element>] {
        ValueType(.list(element.shape, maximum: maximum)) { node, collector in
            guard let items = node.sequence else {
                collector.emitWrongType(node, expected: "a list", help: element.shape.helpForList(insteadOf: node))
                return nil
            }
            if let maximum, items.count > maximum {
                collector.emitBadValue(
                    "The list has \(items.count) entries; at most \(maximum) are allowed.",
                    at: node.range
                )
            }
            return items.compactMap { item in
                element.decode(item, &collector).map { Located($0, at: item.range) }
            }
        }
    }

    /// A mapping with free keys, in the order they were written.
    @inlinable public static func map<Element: Sendable>(
        of element: ValueType<Element>,
        known: @escaping @Sendable () -> [KnownKey] = { [] }
    ) -> ValueType where Value == [NamedValue<Element>] {
        ValueType(.map(value: element.shape, known: known)) { node, collector in
            guard let entries = node.mapping else {
                collector.emitWrongType(node, expected: "a mapping of names to values")
                return nil
            }
            return entries.compactMap { entry in
                element.decode(entry.value, &collector)
                    .map {
                        NamedValue(
                            name: Located(entry.key, at: entry.keyRange),
                            value: Located($0, at: entry.value.range)
                        )
                    }
            }
        }
    }

    /// A mapping with fixed keys.
    @inlinable public static func object(_ schema: ObjectSchema<Value>) -> ValueType {
        ValueType(.object(schema.shape)) { node, collector in schema.decode(node, &collector) }
    }
}

extension ValueType {
    /// A text that stands for a mapping with one key, or the mapping: `readers`, `{ role: readers, admin: true }`.
    @inlinable public static func textOrObject(
        _ text: ValueType<String>,
        make: @escaping @Sendable (Located<String>) -> Value,
        _ schema: ObjectSchema<Value>
    ) -> ValueType {
        ValueType(.either([text.shape, .object(schema.shape)])) { node, collector in
            if node.mapping != nil { return schema.decode(node, &collector) }
            return text.decode(node, &collector).map { make(Located($0, at: node.range)) }
        }
    }

    /// A list, or one of its elements alone.
    @inlinable public static func oneOrMore<Element: Sendable>(
        _ element: ValueType<Element>
    ) -> ValueType where Value == [Located<Element>] {
        let list = ValueType<[Located<Element>]>.list(of: element)
        return ValueType(.either([element.shape, list.shape])) { node, collector in
            if node.sequence != nil { return list.decode(node, &collector) }
            return element.decode(node, &collector).map { [Located($0, at: node.range)] }
        }
    }

    /// One or a list, as ``oneOrMore(_:)``; a list without entries is told, for a key that would do nothing then.
    @inlinable public static func atLeastOne<Element: Sendable>(
        _ element: ValueType<Element>
    ) -> ValueType where Value == [Located<Element>] {
        let type = oneOrMore(element)
        return ValueType(type.shape) { node, collector in
            if node.sequence?.isEmpty == true {
                collector.emitBadValue("The list is empty.", at: node.range, help: "name at least one")
            }
            return type.decode(node, &collector)
        }
    }
}

/// One entry of a mapping with free keys.
public struct NamedValue<Value: Sendable>: Sendable {
    /// The key.
    public var name: Located<String>
    /// What stands behind it.
    public var value: Located<Value>

    /// Makes an entry.
    @inlinable public init(name: Located<String>, value: Located<Value>) {
        self.name = name
        self.value = value
    }
}
