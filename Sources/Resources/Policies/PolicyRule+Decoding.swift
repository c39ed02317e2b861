import Diagnostics
import SpecSchema

/// A rule as written.
struct PolicyRuleSpec: Sendable {
    var name: Located<String>?
    var match: Located<PolicySelector>?
    var require: Located<PolicyDemand>?
    var severity: Located<PolicySeverity>?
    var message: Located<String>?

    static let schema = ObjectSchema<PolicyRuleSpec>(
        "rule",
        "What instances must have, and what plans may do to them.",
        isStrict: true,
        make: { _ in PolicyRuleSpec() },
        fields: [
            Field("name", \.name, .text, required: true, "What the rule is called in messages."),
            Field("match", \.match, .object(PolicySelector.schema), "Which instances it is about; all when left out."),
            Field("require", \.require, .object(PolicyDemand.schema), required: true, "What must hold for them."),
            Field("severity", \.severity, .choice(of: "severity"), "error stops, warning tells; error by default."),
            Field("message", \.message, .text, "What those who break it are told: why, and whom to ask."),
        ]
    )
}

enum PolicySeverity: String, Sendable, CaseIterable {
    case error
    case warning
}

extension ValueType where Value == PolicyRule {
    /// A rule of the policy.
    static var policyRule: ValueType {
        ValueType<PolicyRuleSpec>.object(PolicyRuleSpec.schema)
            .map { spec, range, collector in
                guard let name = spec.name, let demand = spec.require else { return nil }
                if name.value.isEmpty {
                    collector.emitBadValue(
                        "A rule without a name cannot be told from others.",
                        at: name.range,
                        help: "write what people should read when it is broken, such as: nothing public"
                    )
                    return nil
                }
                if let list = spec.match?.value.matchesNothing {
                    collector.emitBadValue(
                        "The rule \"\(name.value)\" is about no instance.",
                        at: list,
                        help: "write names such as shop-*, or leave the key out when it is about all of them"
                    )
                    return nil
                }
                if demand.value.isEmpty {
                    collector.emitBadValue(
                        "The rule \"\(name.value)\" demands nothing.",
                        at: name.range,
                        help: "write under require what must hold, such as deletionProtection: true"
                    )
                    return nil
                }
                return PolicyRule(
                    name: name,
                    selector: spec.match?.value ?? PolicySelector(),
                    demand: demand.value,
                    severity: spec.severity?.value == .warning ? .warning : .error,
                    message: spec.message?.value
                )
            }
    }
}
