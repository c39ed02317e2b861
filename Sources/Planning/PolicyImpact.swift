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
    ///
    /// - Parameter closedWindow: Returns what keeps an instance's maintenance windows closed now, as the end of a sentence;
    ///   nil while one is open. Left out by the loop, which waits for windows by itself.
    package static func diagnostics(
        _ plan: Plan,
        _ desired: DesiredFleet,
        closedWindow: ((Instance) -> String?)? = nil
    ) -> [Diagnostic] {
        let rules = desired.fleet.policy.filter {
            $0.demand.impact != nil || closedWindow != nil && $0.demand.impactOutsideWindow != nil
        }
        if rules.isEmpty { return [] }
        return plan.changes.filter { $0.reason != .stopped }
            .flatMap { change -> [Diagnostic] in
                guard let instance = desired.instances[change.resource.instance] else { return [] }
                return rules.filter { $0.selector.matches(instance) }
                    .compactMap { violation(of: $0, by: change, on: instance, closedWindow: closedWindow?(instance)) }
            }
    }

    private static func violation(
        of rule: PolicyRule,
        by change: Change,
        on instance: Instance,
        closedWindow: String?
    ) -> Diagnostic? {
        let cause = change.cause
        let what = [change.resource.description, cause?.path].compactMap(\.self).joined(separator: " ")
        let problem: String
        let help: String
        if let allowed = rule.demand.impact?.value, change.impact > allowed {
            problem = "at most \(allowed.rawValue) is allowed"
            help = "take the change back, or agree on an exception with those who keep the policy"
        } else if let allowed = rule.demand.impactOutsideWindow?.value, let closedWindow, change.impact > allowed,
            // What is not there yet disturbs nobody.
            change.operation != .create
        {
            problem = "at most \(allowed.rawValue) is allowed now: \(closedWindow)"
            help = "apply it then; pgsteer run waits for the window by itself"
        } else {
            return nil
        }
        return rule.violation(
            .impactForbidden,
            of: instance.name,
            "changing \(what) means \(change.impact.rawValue), and \(problem)",
            at: (cause?.source ?? change.source).map(SourceRange.init),
            help: help
        )
    }
}

extension Change {
    /// The difference that disturbs most; nil when the change has none.
    package var cause: Difference? {
        differences.filter { $0.impact == impact }.min { ($0.source == nil ? 1 : 0) < ($1.source == nil ? 1 : 0) }
    }
}
