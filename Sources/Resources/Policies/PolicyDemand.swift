import Diagnostics
package import FleetModel
package import SpecSchema

/// What a rule demands; everything that is written must hold.
package struct PolicyDemand: Sendable {
    package var publicEndpoint: Located<Bool>?
    package var deletionProtection: Located<Bool>?
    package var backup: Located<Bool>?
    package var maintenanceWindows: Located<Bool>?
    package var availability: Located<AvailabilityPolicy.Mode>?
    package var versions: Located<[Located<Int>]>?
    package var parameters: Located<[NamedValue<ParameterBounds>]>?
    /// What a plan may do to those who use the instance, at most.
    package var impact: Located<Impact>?
    /// The same while none of the instance's maintenance windows is open.
    package var impactOutsideWindow: Located<Impact>?

    package init() {}

    var isEmpty: Bool {
        publicEndpoint == nil && deletionProtection == nil && backup == nil && maintenanceWindows == nil
            && availability == nil && versions == nil && parameters == nil && impact == nil
            && impactOutsideWindow == nil
    }

    static let schema = ObjectSchema<PolicyDemand>(
        "require",
        "What must hold for the instances that match; everything that is written.",
        isStrict: true,
        make: { _ in PolicyDemand() },
        fields: [
            Field("publicEndpoint", \.publicEndpoint, .boolean, "Whether there is a public endpoint (network.public)."),
            Field(
                "deletionProtection",
                \.deletionProtection,
                .boolean,
                "Whether deletion protection is on (protection.deletion)."
            ),
            Field("backup", \.backup, .boolean, "Whether base backups are made (backup.schedule)."),
            Field(
                "maintenanceWindows",
                \.maintenanceWindows,
                .boolean,
                "Whether there are times for disruptive work (maintenance.windows)."
            ),
            Field("availability", \.availability, .choice(of: "mode"), "The mode of availability."),
            Field("versions", \.versions, .list(of: .majorVersion), "The major versions that are allowed."),
            Field(
                "parameters",
                \.parameters,
                .parameterBounds,
                "The values that PostgreSQL parameters may have."
            ),
            Field(
                "impact",
                \.impact,
                .choice(of: "impact"),
                "The most that a plan may do to those who use the instance."
            ),
            Field(
                "impactOutsideWindow",
                \.impactOutsideWindow,
                .choice(of: "impact"),
                "The same while none of its maintenance windows is open; an instance without one has no such time."
            ),
        ]
    )
}

/// The values that a parameter may have, as written; compared as the server compares them.
package struct ParameterBounds: Sendable {
    package var minimum: Located<String>?
    package var maximum: Located<String>?
    package var oneOf: Located<[Located<String>]>?

    static let schema = ObjectSchema<ParameterBounds>(
        "bounds",
        "The values that a parameter may have.",
        isStrict: true,
        make: { _ in ParameterBounds() },
        fields: [
            Field("minimum", \.minimum, .scalarText, "The least, with its unit: 64MB."),
            Field("maximum", \.maximum, .scalarText, "The most, with its unit."),
            Field("oneOf", \.oneOf, .oneOrMore(.scalarText), "The value, or a list of values."),
        ]
    )

    /// Returns why a value is not allowed, as the end of a sentence; nil when it is, or when it is no value at all.
    func problem(_ value: String, of definition: ParameterDefinition) -> String? {
        func normal(_ text: String) -> String { (try? definition.normalise(text)) ?? text }
        let own = normal(value)
        if let oneOf, !oneOf.value.contains(where: { normal($0.value) == own }) {
            return "is \(value), not \(oneOf.value.map(\.value).joined(separator: " or "))"
        }
        guard let number = Double(own) else { return nil }
        if let maximum, let limit = Double(normal(maximum.value)), number > limit {
            return "is \(value), more than \(maximum.value)"
        }
        if let minimum, let limit = Double(normal(minimum.value)), number < limit {
            return "is \(value), less than \(minimum.value)"
        }
        return nil
    }
}

extension ValueType where Value == [NamedValue<ParameterBounds>] {
    /// Parameters by name, each with bounds that are values of it.
    static var parameterBounds: ValueType {
        ValueType.map(of: .object(ParameterBounds.schema))
            .map { bounds, _, collector in
                let errors = collector.errorCount
                for bound in bounds { bound.check(&collector) }
                return collector.errorCount == errors ? bounds : nil
            }
    }
}

extension NamedValue<ParameterBounds> {
    fileprivate func check(_ collector: inout DiagnosticCollector) {
        guard let definition = ParameterCatalogue.newestDefinition(of: name.value) else {
            collector.emitBadValue(
                "No PostgreSQL that pgsteer knows has a parameter \"\(name.value)\".",
                at: name.range,
                help: collector.question(name.value, among: ParameterCatalogue.allNames)
            )
            return
        }
        let limits = [value.value.minimum, value.value.maximum].compactMap(\.self)
        if let limit = limits.first, definition.kind != .integer, definition.kind != .real {
            collector.emitBadValue(
                "\(definition.name) is no number, so it has no least and no most.",
                at: limit.range,
                help: "use oneOf"
            )
            return
        }
        for limit in limits + (value.value.oneOf?.value ?? []) {
            do throws(ParameterDefinition.Refusal) {
                _ = try definition.normalise(limit.value)
            } catch {
                collector.emitBadValue(error.detail, at: limit.range, help: error.help)
            }
        }
    }
}
