package import Diagnostics
import FleetModel
package import SpecSchema
package import YAMLSyntax

/// A `kind:` of a document.
package protocol DocumentKind: Sendable {
    static var kind: String { get }
    /// What the kind declares, in one sentence.
    static var summary: String { get }
    /// The shape of `spec`.
    static var shape: ObjectShape { get }
    /// Reads a document and adds what it declares; every mistake goes to the collector.
    static func declare(_ document: Document, in draft: inout FleetDraft, collector: inout DiagnosticCollector)
}

/// A document whose envelope has been read: `apiVersion`, `kind`, `metadata`.
package struct Document: Sendable {
    package var kind: String
    package var metadata: Metadata
    /// Nil when the document has no `spec`, or an empty one.
    package var spec: YAMLNode?
    package var range: SourceRange

    package init(kind: String, metadata: Metadata, spec: YAMLNode?, range: SourceRange) {
        self.kind = kind
        self.metadata = metadata
        self.spec = spec
        self.range = range
    }

    /// Decodes the `spec` by a schema; a missing one is read as an empty mapping.
    package func decode<Spec>(_ schema: ObjectSchema<Spec>, collector: inout DiagnosticCollector) -> Spec? {
        schema.decode(spec ?? YAMLNode(.mapping([]), range: metadata.name?.range ?? range), &collector)
    }
}

/// The `metadata` of a document.
package struct Metadata: Sendable {
    package var name: Located<String>?
    package var project: Located<String>?
    package var tags: Located<[NamedValue<String>]>?

    package init() {}

    package static let schema = ObjectSchema<Metadata>(
        "metadata",
        "The name of what the document declares, and what it is filed under.",
        make: { _ in Metadata() },
        fields: [
            Field(
                "name",
                \.name,
                Rules.documentName,
                required: true,
                "The name; 1-60 letters, digits, \"_\" or \"-\"."
            ),
            Field("project", \.project, .text, "The project, which is to say the team, that it belongs to."),
            Field("tags", \.tags, .map(of: .scalarText), "Names and values to search and select by."),
        ]
    )
}
