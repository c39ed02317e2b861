package import Diagnostics
import FleetModel
import SpecSchema

extension DiagnosticCode {
    package static let policyBroken = DiagnosticCode("PGS-062", "Against the policy")
}

/// Compares what instances declare with the rules of the fleet.
struct PolicyFacts {
    let rules: [PolicyRule]

    /// Returns how an instance breaks the rules that are about it.
    func diagnostics(_ instance: Instance) -> [Diagnostic] {
        rules.filter { $0.selector.matches(instance) }
            .flatMap { rule in
                // A server that exists already is protected, backed up and reached as those who made it want.
                (instance.connection == nil ? surroundings(instance, rule) : []) + server(instance, rule)
            }
    }

    private func surroundings(_ instance: Instance, _ rule: PolicyRule) -> [Diagnostic] {
        let presences = presences(instance, rule.demand)
            .map { presence -> Diagnostic? in
                guard let demanded = presence.demanded, demanded.value != presence.isThere else { return nil }
                return rule.violation(
                    .policyBroken,
                    of: instance.name,
                    presence.isThere ? presence.has : presence.lacks,
                    at: presence.range ?? instance.range,
                    help: presence.help
                )
            }
        return (presences + [availability(instance, rule), windowNeed(instance, rule)]).compactMap(\.self)
    }

    /// Something that an instance has or lacks, and what a rule says of it.
    private struct Presence {
        var demanded: Located<Bool>?
        var isThere: Bool
        var has: String
        var lacks: String
        var range: SourceRange?
        var help: String
    }

    private func presences(_ instance: Instance, _ demand: PolicyDemand) -> [Presence] {
        [
            Presence(
                demanded: demand.publicEndpoint,
                isThere: instance.hasPublicEndpoint?.value ?? false,
                has: "it has a public endpoint",
                lacks: "it has no public endpoint",
                range: instance.hasPublicEndpoint?.range,
                help: "network: { public: \(demand.publicEndpoint?.value ?? false) }"
            ),
            Presence(
                demanded: demand.deletionProtection,
                isThere: instance.deletionProtection.value,
                has: "its deletion protection is on",
                lacks: "its deletion protection is off",
                range: instance.deletionProtection.range,
                help: "protection: { deletion: \(demand.deletionProtection?.value ?? true) }"
            ),
            Presence(
                demanded: demand.backup,
                isThere: instance.backup?.value.schedule != nil,
                has: "it is backed up",
                lacks: "no base backups are made of it",
                range: instance.backup?.range,
                help: demand.backup?.value == true
                    ? "backup: { schedule: \"0 3 * * *\", keep: 7d }" : "leave backup out"
            ),
            Presence(
                demanded: demand.maintenanceWindows,
                isThere: !(instance.maintenance?.value.windows?.value ?? []).isEmpty,
                has: "it has maintenance windows",
                lacks: "it has no maintenance window",
                range: instance.maintenance?.range,
                help: demand.maintenanceWindows?.value == true
                    ? "maintenance: { windows: [\"Sun 02:00-04:00 UTC\"] }" : "leave maintenance out"
            ),
        ]
    }

    /// What may be done only inside of a window can never be done to an instance that has none.
    private func windowNeed(_ instance: Instance, _ rule: PolicyRule) -> Diagnostic? {
        guard let limit = rule.demand.impactOutsideWindow?.value, limit < .rebuild,
            (instance.maintenance?.value.windows?.value ?? []).isEmpty
        else { return nil }
        return rule.violation(
            .policyBroken,
            of: instance.name,
            "it has no maintenance window, and only inside of one may it be disturbed by more than \(limit.rawValue)",
            at: instance.maintenance?.range ?? instance.range,
            help: "maintenance: { windows: [\"Sun 02:00-04:00 UTC\"] }"
        )
    }

    private func availability(_ instance: Instance, _ rule: PolicyRule) -> Diagnostic? {
        guard let mode = rule.demand.availability?.value, mode != instance.availability.value.mode else { return nil }
        return rule.violation(
            .policyBroken,
            of: instance.name,
            "its availability is \(instance.availability.value.mode.rawValue), not \(mode.rawValue)",
            at: instance.availability.range,
            help: "availability: { mode: \(mode.rawValue) }"
        )
    }

    private func server(_ instance: Instance, _ rule: PolicyRule) -> [Diagnostic] {
        var found: [Diagnostic] = []
        if let versions = rule.demand.versions?.value.map(\.value), !versions.contains(instance.version.value) {
            let allowed = versions.map(String.init).joined(separator: ", ")
            found.append(
                rule.violation(
                    .policyBroken,
                    of: instance.name,
                    "PostgreSQL \(instance.version.value) is not among the allowed versions (\(allowed))",
                    at: instance.version.range,
                    help: nil
                )
            )
        }
        for bounds in rule.demand.parameters?.value ?? [] {
            let name = bounds.name.value.lowercased()
            let assignment = instance.parameters.first { $0.name.lowercased() == name }
            guard
                let definition = assignment?.definition
                    ?? ParameterCatalogue.definition(of: name, major: instance.version.value)
            else { continue }
            // On a server that exists already, what no document mentions is not known here.
            if assignment == nil, instance.connection != nil { continue }
            let value = assignment?.value ?? definition.defaultValue
            guard let problem = bounds.value.value.problem(value, of: definition) else { continue }
            let origin =
                assignment.map { $0.origin == .instance ? "" : " (from \($0.origin))" } ?? " (PostgreSQL's own default)"
            found.append(
                rule.violation(
                    .policyBroken,
                    of: instance.name,
                    "\(definition.name) \(problem)\(origin)",
                    at: assignment?.range ?? instance.range,
                    help: nil
                )
            )
        }
        return found
    }
}
