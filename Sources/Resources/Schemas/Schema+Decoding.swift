package import Diagnostics
package import FleetModel
package import SpecSchema

/// A schema as written, inline under a database or as the `spec` of its own document.
package struct SchemaSpec: Sendable {
    package var instance: Located<String>?
    package var database: Located<String>?
    package var name: Located<String>?
    package var owner: Located<String>?
    package var remark: Located<String>?
    package var deletionPolicy: Located<DeletionPolicy>?

    private static let attributes: [Field<SchemaSpec>] = [
        Field("owner", \.owner, Rules.accountName, "The account that owns it; a declared one."),
        Field("remark", \.remark, Rules.remark, "A comment for people."),
        Field(
            "deletionPolicy",
            \.deletionPolicy,
            .choice(of: "deletion policy"),
            "What --prune does when no document declares the schema any more: retain (by default) or delete."
        ),
    ]

    /// The form under a database.
    static let inline = ObjectSchema<SchemaSpec>(
        "schema",
        "A schema of the database.",
        make: { _ in SchemaSpec() },
        fields: [Field("name", \.name, Rules.schemaName, required: true, "1-63 bytes.")] + attributes
    )

    /// The form of a Schema document.
    static let document = ObjectSchema<SchemaSpec>(
        Schema.kind,
        Schema.summary,
        make: { _ in SchemaSpec() },
        fields: [
            Field("instance", \.instance, Rules.instanceName, required: true, "The instance that it is on."),
            Field("database", \.database, Rules.databaseName, required: true, "The database that it is in."),
            Field("name", \.name, Rules.schemaName, "The schema's name, when metadata.name is another one."),
        ] + attributes
    )
}

extension Schema: DocumentKind {
    package static let kind = "Schema"
    package static let summary = "One schema of a database, in a document of its own."
    package static var shape: ObjectShape { SchemaSpec.document.shape }

    package static func declare(
        _ document: Document,
        in draft: inout FleetDraft,
        collector: inout DiagnosticCollector
    ) {
        guard
            var spec = document.decode(SchemaSpec.document, collector: &collector), let instance = spec.instance,
            let database = spec.database
        else { return }
        spec.name = spec.name ?? document.metadata.name
        if let schema = Schema(spec, instance: instance, database: database) { draft.add(schema) }
    }

    /// Makes a schema from what is written; nil when it has no name.
    init?(_ spec: SchemaSpec, instance: Located<String>, database: Located<String>) {
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
