import Diagnostics
import FleetModel
package import SpecSchema

/// Drift that somebody has decided to live with, for a reason and for a time.
package struct IgnoredDrift: Sendable {
    /// `Account/app`, `Grant/shop`; `Instance` for the instance itself.
    package var resource: Located<String>?
    /// Attributes, or what their paths start with; nil for all.
    package var attributes: Located<[Located<String>]>?
    package var reason: Located<String>?
    package var until: Located<Expiry>?

    package static let schema = ObjectSchema<IgnoredDrift>(
        "ignored drift",
        "Drift that is known and let be, for a reason and for a time.",
        make: { _ in IgnoredDrift() },
        fields: [
            Field(
                "resource",
                \.resource,
                .text,
                required: true,
                "The resource without its instance: Account/app, Grant/shop; Instance for the instance itself."
            ),
            Field(
                "attributes",
                \.attributes,
                .oneOrMore(.text),
                "The attributes, or the first parts of their paths: settings, parameters.work_mem; all when none is named."
            ),
            Field("reason", \.reason, .text, required: true, "Why; shown with the drift."),
            Field("until", \.until, .expiry, required: true, "When it counts again; a time with zone."),
        ]
    )

    /// Tells what no drift will ever be called.
    func check(_ collector: inout DiagnosticCollector) {
        guard let resource else { return }
        let parts = resource.value.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            .map(String.init)
        let kinds = ResourceCatalog.serverObjects.map { $0.kind } + [Instance.kind, ReadOnlyGroup.kind]
        if !kinds.contains(parts[0]) {
            collector.emitBadValue(
                "Nothing that drifts is called \(resource.value): there is no kind \(parts[0]).",
                at: resource.range,
                help: collector.suggestion(parts[0], among: kinds)
            )
        } else if parts[0] == Instance.kind, parts.count > 1 {
            collector.emitBadValue(
                "The resource is one of this instance's.",
                at: resource.range,
                help: "write Instance alone for the instance itself"
            )
        } else if parts[0] != Instance.kind, parts.last?.isEmpty ?? true || parts.count == 1 {
            collector.emitBadValue(
                "\(resource.value) says which kind drifts, and not which one of it.",
                at: resource.range,
                help: "write \(parts[0])/NAME"
            )
        }
    }

    /// Whether the entry speaks of an attribute.
    package func covers(resource id: String, attribute: String) -> Bool {
        guard resource?.value == id else { return false }
        guard let attributes = attributes?.value else { return true }
        return attributes.contains { name in
            // Whole parts of a path: `settings` covers `settings.work_mem`, and `password` does not cover `passwordHash`.
            attribute == name.value || attribute.hasPrefix(name.value + ".") || attribute.hasPrefix(name.value + ":")
        }
    }
}

/// `drift` as written.
package struct DriftPolicy: Sendable {
    package var ignore: Located<[Located<IgnoredDrift>]>?

    package static let schema = ObjectSchema<DriftPolicy>(
        "drift",
        "What the command drift lets be.",
        make: { _ in DriftPolicy() },
        fields: [Field("ignore", \.ignore, .list(of: .object(IgnoredDrift.schema)), "Drift that is known.")]
    )
}
