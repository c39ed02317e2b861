public import YAMLSyntax

/// What a value looks like, for people (`explain`) and for editors (`schema`).
///
/// Shapes are made by the same definitions that decode, so that the two cannot disagree.
public indirect enum Shape: Sendable {
    case text(TextShape)
    case integer(ClosedRange<Int>?)
    case boolean
    /// Any scalar, taken as the text that was written.
    case anyScalar
    case list(Shape, maximum: Int?)
    case map(value: Shape, known: @Sendable () -> [KnownKey])
    case object(ObjectShape)
    case either([Shape])

    /// The type in a person's words.
    package var name: String {
        switch self {
        case .text(let text): text.choices.isEmpty ? text.name : text.choices.joined(separator: " | ")
        case .integer(let range): range.map { "number \($0.lowerBound)-\($0.upperBound)" } ?? "number"
        case .boolean: "true | false"
        case .anyScalar: "text or number"
        case .list(let element, _): "list of \(element.name)"
        case .map(let value, _): "names with \(value.name)"
        case .object(let object): object.name
        case .either(let shapes): shapes.map(\.name).joined(separator: " or ")
        }
    }
}

/// The shape of a text.
public struct TextShape: Sendable {
    package var name: String
    /// An ECMA-262 regular expression that the whole text matches.
    package var pattern: String?
    package var choices: [String] = []
    package var minimumLength: Int?
    package var maximumLength: Int?

    package init(
        name: String,
        pattern: String? = nil,
        choices: [String] = [],
        minimumLength: Int? = nil,
        maximumLength: Int? = nil
    ) {
        self.name = name
        self.pattern = pattern
        self.choices = choices
        self.minimumLength = minimumLength
        self.maximumLength = maximumLength
    }
}

/// A key of a map that is known beforehand, such as a parameter's name.
public struct KnownKey: Sendable {
    package var name: String
    package var summary: String

    package init(name: String, summary: String) {
        self.name = name
        self.summary = summary
    }
}

/// The shape of a mapping with fixed keys.
public struct ObjectShape: Sendable {
    /// What the object is, for messages and `explain`.
    public var name: String
    package var summary: String
    package var fields: [FieldShape]
    /// Whether exactly one of the fields must be there.
    public var isChoice = false

    /// Makes the shape of an object.
    public init(name: String, summary: String, fields: [FieldShape], isChoice: Bool = false) {
        self.name = name
        self.summary = summary
        self.fields = fields
        self.isChoice = isChoice
    }
}

extension Shape {
    /// How one value alone is written where a list of such values is expected; nil when it is no such value.
    @usableFromInline func helpForList(insteadOf node: YAMLNode) -> String? {
        guard let scalar = node.scalar, !scalar.isNull, scalar.text.utf8.count <= 63 else { return nil }
        return switch self {
        case .text, .integer, .anyScalar: "write [\(scalar.text)]"
        case .either(let shapes): shapes.lazy.compactMap { $0.helpForList(insteadOf: node) }.first
        case .boolean, .list, .map, .object: nil
        }
    }
}

extension ObjectShape {
    /// What to write instead of a value alone: the key that takes it, where one does, and otherwise which keys there are.
    @usableFromInline func help(insteadOf node: YAMLNode) -> String? {
        guard let scalar = node.scalar, !scalar.isNull else { return nil }
        let taking = fields.filter { field in
            switch field.shape {
            case .text(let text): text.choices.contains(scalar.text)
            case .boolean: scalar.boolean != nil
            default: false
            }
        }
        if taking.count == 1 { return "write { \(taking[0].name): \(scalar.text) }" }
        return "its keys are \(fields.map(\.name).joined(separator: ", "))"
    }
}

/// The shape of one key of an object.
public struct FieldShape: Sendable {
    /// The key.
    public var name: String
    package var summary: String
    package var isRequired: Bool
    package var shape: Shape

    /// Makes the shape of a key.
    public init(name: String, summary: String, isRequired: Bool, shape: Shape) {
        self.name = name
        self.summary = summary
        self.isRequired = isRequired
        self.shape = shape
    }
}

extension ObjectShape {
    /// Returns the field that a dotted path leads to, through lists and objects alike.
    package func field(at path: some Collection<String>) -> FieldShape? {
        guard let first = path.first, let field = fields.first(where: { $0.name == first }) else { return nil }
        let rest = path.dropFirst()
        if rest.isEmpty { return field }
        return field.shape.object?.field(at: Array(rest))
    }
}

extension ObjectShape {
    /// The dotted paths of the objects below that have a key; those that are nearest.
    func holders(of key: String) -> [String] {
        var level = [(path: "", object: self)]
        while !level.isEmpty {
            level = level.flatMap { holder in
                holder.object.fields.compactMap { field in
                    field.shape.object.map { (holder.path.isEmpty ? field.name : "\(holder.path).\(field.name)", $0) }
                }
            }
            let found = level.filter { $0.object.fields.contains { $0.name == key } }.map(\.path)
            if !found.isEmpty { return found }
        }
        return []
    }
}

extension Shape {
    /// The object that the shape is, or is a list of.
    package var object: ObjectShape? {
        switch self {
        case .object(let object): object
        case .list(let element, _): element.object
        case .either(let shapes): shapes.lazy.compactMap(\.object).first
        default: nil
        }
    }
}
