package import Diagnostics
package import SpecSchema

/// Parameters that instances share.
package struct ParameterTemplate: Sendable {
    package var name: Located<String>
    package var parameters: [NamedValue<String>]
}

extension ParameterTemplate: DocumentKind {
    package static let kind = "ParameterTemplate"
    package static let summary = "Parameters that instances share; an instance's own parameters win over them."
    package static var shape: ObjectShape { ParameterTemplateSpec.schema.shape }

    package static func declare(
        _ document: Document,
        in draft: inout FleetDraft,
        collector: inout DiagnosticCollector
    ) {
        guard
            let spec = document.decode(ParameterTemplateSpec.schema, collector: &collector),
            let name = document.metadata.name
        else { return }
        let template = ParameterTemplate(name: name, parameters: spec.parameters?.value ?? [])
        draft.add(template, collector: &collector)
    }
}

/// A ParameterTemplate document's `spec` as written.
struct ParameterTemplateSpec: Sendable {
    var parameters: Located<[NamedValue<String>]>?

    static let schema = ObjectSchema<ParameterTemplateSpec>(
        "ParameterTemplate",
        ParameterTemplate.summary,
        make: { _ in ParameterTemplateSpec() },
        fields: [
            Field("parameters", \.parameters, .parameters, required: true, "PostgreSQL parameters and their values.")
        ]
    )
}

extension ValueType where Value == [NamedValue<String>] {
    /// PostgreSQL parameters; editors are told every name that any major knows.
    package static var parameters: ValueType {
        .map(of: .scalarText) { ParameterCatalogue.all.map { KnownKey(name: $0.name, summary: $0.summary) } }
    }
}
