package import Diagnostics
package import FleetModel
import SpecSchema

extension DiagnosticCode {
    package static let unreachedRule = DiagnosticCode("PGS-075", "Rule never decides")
}

/// Follows an instance's references to security groups.
struct SecurityGroups {
    let groups: [String: SecurityGroup]

    /// Returns the rules of an instance's groups, in order; nil for an instance without groups, and for one whose list
    /// could not be followed, which is told.
    func access(
        _ list: Located<[Located<String>]>?,
        collector: inout DiagnosticCollector
    ) -> Located<AccessList>? {
        guard let list else { return nil }
        if list.value.isEmpty {
            collector.emitBadValue(
                "The list of security groups is empty, so it says neither that everybody may connect nor that nobody may.",
                at: list.range,
                help:
                    "leave securityGroups out for everybody who reaches the address, or name a group without rules for nobody"
            )
            return nil
        }
        var first: [String: SourceRange] = [:]
        var rules: [AccessRule] = []
        for reference in list.value {
            if let place = first.updateValue(reference.range, forKey: reference.value) {
                collector.emit(
                    Diagnostic(
                        .badValue,
                        "The security group \(reference.value) is named twice; its rules count where it stands first.",
                        at: reference.range,
                        notes: [Diagnostic.Note("first named here", at: place)],
                        help: "take one of the two out"
                    )
                )
                first[reference.value] = place
                continue
            }
            guard let group = groups[reference.value] else {
                emitDangling(reference, collector: &collector)
                continue
            }
            rules += group.accessRules
        }
        return Located(AccessList(groups: list.value.map(\.value), rules: rules), at: list.range)
    }

    /// The lines of rules, in their order.
    func places(of list: AccessList) -> [SourceRange] {
        list.rules.map { groups[$0.group]?.place(ofRule: $0.number) ?? .nowhere }
    }

    private func emitDangling(_ reference: Located<String>, collector: inout DiagnosticCollector) {
        collector.emit(
            Diagnostic(
                .danglingReference,
                "SecurityGroup \"\(reference.value)\" is declared nowhere.",
                at: reference.range,
                help: groups.isEmpty
                    ? "declare it: kind: SecurityGroup"
                    : collector.suggestion(reference.value, among: groups.keys)
            )
        )
    }
}

extension DesiredFleet {
    /// The line that a rule stands at; nil for one that no document declares.
    package func place(of rule: AccessRule) -> SourceRange? {
        securityGroups[rule.group]?.place(ofRule: rule.number)
    }
}
