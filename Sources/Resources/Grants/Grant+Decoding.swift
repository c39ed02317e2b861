package import Diagnostics
import FleetModel
package import SpecSchema

/// A Grant document's `spec` as written.
struct GrantDocumentSpec: Sendable {
    var instance: Located<String>?
    var to: Located<[Located<String>]>?
    var grants: Located<[Located<GrantSpec>]>?

    static let schema = ObjectSchema<GrantDocumentSpec>(
        Grant.kind,
        Grant.summary,
        make: { _ in GrantDocumentSpec() },
        fields: [
            Field("instance", \.instance, Rules.instanceName, required: true, "The instance that the objects are on."),
            Field("to", \.to, .atLeastOne(Rules.accountName), "Who gets the privileges; public is everybody."),
            Field("grants", \.grants, .list(of: .object(GrantSpec.addressed)), required: true, "The privileges."),
        ]
    )
}

extension Grant: DocumentKind {
    package static let kind = "Grant"
    package static let summary = "Privileges of one or more roles of an instance, in a document of its own."
    package static var shape: ObjectShape { GrantDocumentSpec.schema.shape }

    package static func declare(
        _ document: Document,
        in draft: inout FleetDraft,
        collector: inout DiagnosticCollector
    ) {
        guard let spec = document.decode(GrantDocumentSpec.schema, collector: &collector), let instance = spec.instance
        else { return }
        for entry in spec.grants?.value ?? [] {
            guard let grantees = entry.value.to?.value ?? spec.to?.value else {
                collector.emitBadValue(
                    "Nobody is named who gets these privileges.",
                    at: entry.range,
                    help: "write to: NAME here or in the document's spec"
                )
                continue
            }
            draft.add(GrantRule.rules(of: entry, instance: instance, grantees: grantees, collector: &collector))
        }
    }
}
