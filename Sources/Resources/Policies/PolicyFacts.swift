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
        let demand = rule.demand
        func check(
            _ demanded: Located<Bool>?,
            _ found: Bool,
            _ things: (has: String, lacks: String),
            at range: SourceRange?,
            help: String
        ) -> Diagnostic? {
            guard let demanded, demanded.value != found else { return nil }
            return rule.violation(
                .policyBroken,
                of: instance.name,
                found ? things.has : things.lacks,
                at: range ?? instance.range,
                help: help
            )
        }
        return [
            check(
                demand.publicEndpoint,
                instance.hasPublicEndpoint?.value ?? false,
                ("it has a public endpoint", "it has no public endpoint"),
                at: instance.hasPublicEndpoint?.range,
                help: "network: { public: \(demand.publicEndpoint?.value ?? false) }"
            ),
            check(
                demand.deletionProtection,
                instance.deletionProtection.value,
                ("its deletion protection is on", "its deletion protection is off"),
                at: instance.deletionProtection.range,
                help: "protection: { deletion: \(demand.deletionProtection?.value ?? true) }"
            ),
            check(
                demand.backup,
                instance.backup?.value.schedule != nil,
                ("it is backed up", "no base backups are made of it"),
                at: instance.backup?.range,
                help: demand.backup?.value == true
                    ? "backup: { schedule: \"0 3 * * *\", keep: 7d }" : "leave backup out"
            ),
            check(
                demand.maintenanceWindows,
                !(instance.maintenance?.value.windows?.value ?? []).isEmpty,
                ("it has maintenance windows", "it has no maintenance window"),
                at: instance.maintenance?.range,
                help: demand.maintenanceWindows?.value == true
                    ? "maintenance: { windows: [\"Sun 02:00-04:00 UTC\"] }" : "leave maintenance out"
            ),
            availability(instance, rule),
        ]
        .compactMap(\.self)
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
