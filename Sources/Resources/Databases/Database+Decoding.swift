package import Diagnostics
package import FleetModel
package import SpecSchema

/// A database as written, inline under an instance or as the `spec` of its own document.
package struct DatabaseSpec: Sendable {
    package var instance: Located<String>?
    package var name: Located<String>?
    package var owner: Located<String>?
    package var remark: Located<String>?
    package var connectionLimit: Located<Int>?
    package var settings: Located<[NamedValue<String>]>?
    package var schemas: Located<[Located<SchemaSpec>]>?
    package var extensions: Located<[Located<ExtensionSpec>]>?
    package var deletionPolicy: Located<DeletionPolicy>?

    private static let attributes: [Field<DatabaseSpec>] = [
        Field("owner", \.owner, Rules.accountName, "The account that owns it; a declared one."),
        Field("remark", \.remark, Rules.remark, "A comment for people."),
        Field(
            "connectionLimit",
            \.connectionLimit,
            .integer(-1...2_147_483_647),
            "How many sessions it may have at a time; -1 for any number."
        ),
        Field("settings", \.settings, .parameters, "Parameters that sessions in it start with."),
        Field(
            "schemas",
            \.schemas,
            .list(of: .textOrObject(Rules.schemaName, make: { SchemaSpec(name: $0) }, SchemaSpec.inline)),
            "Its schemas, by name or with their owners."
        ),
        Field(
            "extensions",
            \.extensions,
            .list(of: .textOrObject(Rules.extensionName, make: { ExtensionSpec(name: $0) }, ExtensionSpec.inline)),
            "Its extensions, by name or with schema and version."
        ),
        .deletionPolicy(\.deletionPolicy, of: "database"),
    ]

    /// The form inside an Instance document.
    package static let inline = ObjectSchema<DatabaseSpec>(
        "database",
        "A database of the instance.",
        refused: ["charset": "a database has the charset of its instance"],
        make: { _ in DatabaseSpec() },
        fields: [Field("name", \.name, Rules.databaseName, required: true, "1-63 bytes.")] + attributes
    )

    /// The form of a Database document.
    package static let document = ObjectSchema<DatabaseSpec>(
        Database.kind,
        Database.summary,
        refused: ["charset": "a database has the charset of its instance"],
        make: { _ in DatabaseSpec() },
        fields: [
            Field("instance", \.instance, Rules.instanceName, required: true, "The instance that the database is on."),
            Field("name", \.name, Rules.databaseName, "The database's name, when metadata.name is another one."),
        ] + attributes
    )
}

extension Database: DocumentKind {
    package static let kind = "Database"
    package static let summary = "One database of an instance, in a document of its own."
    package static var shape: ObjectShape { DatabaseSpec.document.shape }

    package static func declare(
        _ document: Document,
        in draft: inout FleetDraft,
        collector: inout DiagnosticCollector
    ) {
        guard var spec = document.decode(DatabaseSpec.document, collector: &collector), let instance = spec.instance
        else { return }
        spec.name = spec.name ?? document.metadata.name
        draft.add(spec, instance: instance)
    }

    /// Makes a database of an instance from what is written; nil when it has no name.
    package init?(_ spec: DatabaseSpec, instance: Located<String>) {
        guard let name = spec.name else { return nil }
        self.init(
            id: ResourceID(Self.kind, instance.value, name.value),
            range: name.range,
            owner: spec.owner,
            remark: spec.remark,
            connectionLimit: spec.connectionLimit,
            settings: spec.settings.map { SessionSettings($0.value) },
            deletionPolicy: spec.deletionPolicy?.value ?? .retain,
            instanceRange: instance.range
        )
    }
}

extension FleetDraft {
    /// Adds a database with what is written under it.
    package mutating func add(_ spec: DatabaseSpec, instance: Located<String>) {
        guard let name = spec.name, let database = Database(spec, instance: instance) else { return }
        add(database)
        for schema in spec.schemas?.value ?? [] {
            if let schema = Schema(schema.value, instance: instance, database: name) { add(schema) }
        }
        for item in spec.extensions?.value ?? [] {
            if let item = Extension(item.value, instance: instance, database: name) { add(item) }
        }
    }
}
