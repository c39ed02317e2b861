import Diagnostics
package import FleetModel
package import SpecSchema

/// A schema as written, inline under a database or as the `spec` of its own document.
package struct SchemaSpec: DatabasePartSpec {
    package var instance: Located<String>?
    package var database: Located<String>?
    package var name: Located<String>?
    package var owner: Located<String>?
    package var remark: Located<String>?
    package var deletionPolicy: Located<DeletionPolicy>?

    package init() {}

    init(name: Located<String>) { self.name = name }

    private static let attributes: [Field<SchemaSpec>] = [
        Field("owner", \.owner, Rules.accountName, "The account that owns it; a declared one."),
        Field("remark", \.remark, Rules.remark, "A comment for people."),
        .deletionPolicy(\.deletionPolicy, of: "schema"),
    ]

    /// The form under a database.
    static let inline = ObjectSchema<SchemaSpec>(
        "schema",
        "A schema of the database.",
        make: { _ in SchemaSpec() },
        fields: [Field("name", \.name, Rules.schemaName, required: true, "1-63 bytes.")] + attributes
    )

    /// The form of a document.
    package static let document: ObjectSchema<SchemaSpec> =
        document(of: Schema.self, attributes, nameType: Rules.schemaName)
}

extension Schema: DatabasePart {
    package static let kind = "Schema"
    package static let summary = "One schema of a database, in a document of its own."

    /// Makes a schema from what is written; nil when it has no name.
    package init?(_ spec: SchemaSpec, instance: Located<String>, database: Located<String>) {
        guard let name = spec.name else { return nil }
        self.init(
            id: ResourceID(Self.kind, instance.value, database.value, name.value),
            range: name.range,
            owner: spec.owner,
            remark: spec.remark,
            deletionPolicy: spec.deletionPolicy?.value ?? .retain,
            databaseRange: database.range
        )
    }
}
