package import Diagnostics
package import FleetModel
package import SpecSchema

/// An extension as written, inline under a database or as the `spec` of its own document.
package struct ExtensionSpec: Sendable {
    package var instance: Located<String>?
    package var database: Located<String>?
    package var name: Located<String>?
    package var schema: Located<String>?
    package var version: Located<String>?
    package var deletionPolicy: Located<DeletionPolicy>?

    private static let attributes: [Field<ExtensionSpec>] = [
        Field(
            "schema",
            \.schema,
            Rules.identifier(named: "schema name"),
            "The schema of its objects; public for a new one."
        ),
        Field("version", \.version, .scalarText, "Its version; what the server offers by default for a new one."),
        Field(
            "deletionPolicy",
            \.deletionPolicy,
            .choice(of: "deletion policy"),
            "What --prune does when no document declares the extension any more: retain (by default) or delete."
        ),
    ]

    /// The form under a database.
    static let inline = ObjectSchema<ExtensionSpec>(
        "extension",
        "An extension of the database.",
        make: { _ in ExtensionSpec() },
        fields: [Field("name", \.name, Rules.extensionName, required: true, "Its name.")] + attributes
    )

    /// The form of an Extension document.
    static let document = ObjectSchema<ExtensionSpec>(
        Extension.kind,
        Extension.summary,
        make: { _ in ExtensionSpec() },
        fields: [
            Field("instance", \.instance, Rules.instanceName, required: true, "The instance that it is on."),
            Field("database", \.database, Rules.databaseName, required: true, "The database that it is in."),
            Field("name", \.name, Rules.extensionName, "The extension's name, when metadata.name is another one."),
        ] + attributes
    )
}

extension Extension: DocumentKind {
    package static let kind = "Extension"
    package static let summary = "One extension of a database, in a document of its own."
    package static var shape: ObjectShape { ExtensionSpec.document.shape }

    package static func declare(
        _ document: Document,
        in draft: inout FleetDraft,
        collector: inout DiagnosticCollector
    ) {
        guard
            var spec = document.decode(ExtensionSpec.document, collector: &collector), let instance = spec.instance,
            let database = spec.database
        else { return }
        spec.name = spec.name ?? document.metadata.name
        if let item = Extension(spec, instance: instance, database: database) { draft.add(item) }
    }

    /// Makes an extension from what is written; nil when it has no name.
    init?(_ spec: ExtensionSpec, instance: Located<String>, database: Located<String>) {
        guard let name = spec.name else { return nil }
        self.init(
            id: ResourceID(Self.kind, instance.value, database.value, name.value),
            range: name.range,
            schema: spec.schema,
            version: spec.version,
            deletionPolicy: spec.deletionPolicy?.value ?? .retain,
            databaseRange: database.range
        )
    }
}
