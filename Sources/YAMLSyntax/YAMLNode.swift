public import Diagnostics

/// A node of a document's tree; each knows where it stands.
public struct YAMLNode: Sendable {
    package enum Content: Sendable {
        case scalar(YAMLScalar)
        case sequence([YAMLNode])
        case mapping([YAMLEntry])
        /// What could not be read, which has been told: nobody knows what it would have been.
        case unreadable
    }

    package let content: Content
    /// Where it stands.
    public let range: SourceRange

    package init(_ content: Content, range: SourceRange) {
        self.content = content
        self.range = range
    }

    /// The kind of node in a person's words, for messages.
    package var kindName: String {
        switch content {
        case .scalar(let scalar): scalar.isNull ? "nothing" : scalar.kindName
        case .sequence: "a list"
        case .mapping: "a mapping"
        case .unreadable: "what cannot be read"
        }
    }

    package var scalar: YAMLScalar? { if case .scalar(let scalar) = content { scalar } else { nil } }
    /// The items of a list.
    public var sequence: [YAMLNode]? { if case .sequence(let items) = content { items } else { nil } }
    /// The entries of a mapping.
    public var mapping: [YAMLEntry]? { if case .mapping(let entries) = content { entries } else { nil } }

    /// Whether what stands there could not be read, which has been told.
    package var isUnreadable: Bool { if case .unreadable = content { true } else { false } }

    /// Whether the node says nothing: `key:` or `key: null`.
    public var isNull: Bool { scalar?.isNull ?? false }

    /// The value of a key of a mapping.
    package subscript(key: String) -> YAMLNode? { mapping?.first { $0.key == key }?.value }
}

/// A key and its value.
public struct YAMLEntry: Sendable {
    /// The key's text.
    public let key: String
    /// Where the key stands.
    public let keyRange: SourceRange
    /// What stands behind it.
    public let value: YAMLNode

    package init(key: String, keyRange: SourceRange, value: YAMLNode) {
        self.key = key
        self.keyRange = keyRange
        self.value = value
    }
}

/// A scalar's text, and whether it was written in quotes.
///
/// What a text means is decided by what the reader asks for: where a text is wanted, `no` and `0123` are texts; where
/// a truth value or a number is wanted, only the YAML 1.2 core schema's forms count (section 10.3.2 of the YAML manual).
package struct YAMLScalar: Sendable, Hashable {
    package let text: String
    /// A plain scalar can stand for null, a truth value or a number; a quoted one is always a text.
    package let isPlain: Bool

    package init(_ text: String, isPlain: Bool) {
        self.text = text
        self.isPlain = isPlain
    }

    package var isNull: Bool {
        isPlain && text.utf8.count <= 4
            && (text.isEmpty || text == "~" || text == "null" || text == "Null" || text == "NULL")
    }

    package var boolean: Bool? {
        guard isPlain else { return nil }
        return switch text {
        case "true", "True", "TRUE": true
        case "false", "False", "FALSE": false
        default: nil
        }
    }

    /// A decimal, `0o` octal or `0x` hexadecimal integer.
    package var integer: Int? {
        guard isPlain else { return nil }
        if text.hasPrefix("0o") { return Int(text.dropFirst(2), radix: 8) }
        if text.hasPrefix("0x") { return Int(text.dropFirst(2), radix: 16) }
        return Int(text)
    }

    var kindName: String {
        if !isPlain { return "a text" }
        if boolean != nil { return "a truth value" }
        if integer != nil || Double(text) != nil { return "a number" }
        return "a text"
    }
}
