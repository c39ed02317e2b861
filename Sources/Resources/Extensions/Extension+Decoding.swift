import Diagnostics
package import FleetModel
package import SpecSchema

/// An extension as written, inline under a database or as the `spec` of its own document.
package struct ExtensionSpec: DatabasePartSpec {
    package var instance: Located<String>?
    package var database: Located<String>?
    package var name: Located<String>?
    package var schema: Located<String>?
    package var version: Located<String>?
    package var deletionPolicy: Located<DeletionPolicy>?

    package init() {}

    init(name: Located<String>) { self.name = name }

    private static let attributes: [Field<ExtensionSpec>] = [
        Field(
            "schema",
            \.schema,
            Rules.identifier(named: "schema name"),
            "The schema of its objects; public for a new one."
        ),
        Field("version", \.version, .scalarText, "Its version; what the server offers by default for a new one."),
        .deletionPolicy(\.deletionPolicy, of: "extension"),
    ]

    /// The form under a database.
    static let inline = ObjectSchema<ExtensionSpec>(
        "extension",
        "An extension of the database.",
        make: { _ in ExtensionSpec() },
        fields: [Field("name", \.name, Rules.extensionName, required: true, "Its name.")] + attributes
    )

    /// The form of a document.
    package static let document: ObjectSchema<ExtensionSpec> =
        document(of: Extension.self, attributes, nameType: Rules.extensionName)
}

extension Extension: DatabasePart {
    package static let kind = "Extension"
    package static let summary = "One extension of a database, in a document of its own."

    /// Makes an extension from what is written; nil when it has no name.
    package init?(_ spec: ExtensionSpec, instance: Located<String>, database: Located<String>) {
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
