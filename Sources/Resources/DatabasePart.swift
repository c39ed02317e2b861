package import Diagnostics
import FleetModel
package import SpecSchema

/// A kind of things that are in a database: inline under it, or in documents of their own.
package protocol DatabasePart: DocumentKind, ServerObject {
    associatedtype Spec: DatabasePartSpec
    /// Makes a thing from what is written; nil when it has no name.
    init?(_ spec: Spec, instance: Located<String>, database: Located<String>)
}

/// A thing in a database as written.
package protocol DatabasePartSpec: Sendable {
    var instance: Located<String>? { get set }
    var database: Located<String>? { get set }
    var name: Located<String>? { get set }
    /// The form of a document.
    static var document: ObjectSchema<Self> { get }
    init()
}

extension DatabasePart {
    package static var shape: ObjectShape { Spec.document.shape }

    package static func declare(
        _ document: Document,
        in draft: inout FleetDraft,
        collector: inout DiagnosticCollector
    ) {
        guard var spec = document.decode(Spec.document, collector: &collector), let instance = spec.instance,
            let database = spec.database
        else { return }
        spec.name = spec.name ?? document.metadata.name
        if let part = Self(spec, instance: instance, database: database) { draft.add(part) }
    }
}

extension DatabasePartSpec {
    /// Makes the form of a document of a kind; its attributes are those of the form under a database, without the name.
    static func document(
        of kind: any DocumentKind.Type,
        _ attributes: [Field<Self>],
        nameType: ValueType<String>
    ) -> ObjectSchema<Self> {
        let name = "The \(kind.kind.lowercased())'s name, when metadata.name is another one."
        let place: [Field<Self>] = [
            Field("instance", \.instance, Rules.instanceName, required: true, "The instance that it is on."),
            Field("database", \.database, Rules.databaseName, required: true, "The database that it is in."),
            Field("name", \.name, nameType, name),
        ]
        return ObjectSchema(kind.kind, kind.summary, make: { _ in Self() }, fields: place + attributes)
    }
}

extension Field {
    /// What becomes of a thing that no document declares any more.
    static func deletionPolicy(
        _ property: any WritableKeyPath<Root, Located<DeletionPolicy>?> & Sendable,
        of noun: String
    ) -> Field {
        Field(
            "deletionPolicy",
            property,
            .choice(of: "deletion policy"),
            "What --prune does when no document declares the \(noun) any more: retain (by default) or delete."
        )
    }
}
