package import Diagnostics
package import FleetModel
package import Resources
import SpecSchema

extension DiagnosticCode {
    package static let impactForbidden = DiagnosticCode("PGS-063", "More than the policy allows")
}

/// Compares what a plan does to those who use instances with the rules of the fleet.
package enum PolicyImpact {
    /// Returns what a plan does more than rules allow, each with the line that asks for it.
    ///
    /// What does not serve is not disturbed: no rule holds up starting it, or letting its standby take over.
    ///
    /// An instance that no document declares any more has no tags and no project to match; what is removed is guarded
    /// by deletion protection and by the limit of deletions.
    package static func diagnostics(_ plan: Plan, _ desired: DesiredFleet) -> [Diagnostic] {
        let rules = desired.fleet.policy.filter { $0.demand.impact != nil }
        if rules.isEmpty { return [] }
        return plan.changes.filter { $0.reason != .stopped }
            .flatMap { change -> [Diagnostic] in
                guard let instance = desired.instances[change.resource.instance] else { return [] }
                return rules.filter { $0.selector.matches(instance) }
                    .compactMap { rule in
                        guard let allowed = rule.demand.impact?.value, change.impact > allowed else { return nil }
                        let cause = change.cause
                        let what = [change.resource.description, cause?.path].compactMap(\.self).joined(separator: " ")
                        return rule.violation(
                            .impactForbidden,
                            of: instance.name,
                            "changing \(what) means \(change.impact.rawValue), and at most \(allowed.rawValue) is allowed",
                            at: (cause?.source ?? change.source).map(SourceRange.init),
                            help: "take the change back, or agree on an exception with those who keep the policy"
                        )
                    }
            }
    }
}

extension Change {
    /// The difference that disturbs most; nil when the change has none.
    package var cause: Difference? {
        differences.filter { $0.impact == impact }.min { ($0.source == nil ? 1 : 0) < ($1.source == nil ? 1 : 0) }
    }
}
