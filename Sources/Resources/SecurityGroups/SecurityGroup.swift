package import Diagnostics
package import FleetModel
package import SpecSchema

/// Ordered rules that say who may reach the private endpoints of instances.
package struct SecurityGroup: Sendable {
    package var name: Located<String>
    package var remark: Located<String>?
    /// Nil where they could not be read; that has been told.
    package var rules: [Located<SecurityRule>]?

    /// The line of a rule, which is counted from 1; nil when there is none.
    func place(ofRule number: Int) -> SourceRange? {
        guard let rules, rules.indices.contains(number - 1) else { return nil }
        return rules[number - 1].range
    }

    /// The rules as they count for an endpoint.
    var accessRules: [AccessRule] {
        (rules ?? []).enumerated()
            .map { AccessRule($1.value.action, $1.value.network, group: name.value, number: $0 + 1) }
    }
}

/// One rule: whether clients from a network may connect.
package struct SecurityRule: Sendable {
    package var action: AccessRule.Action
    package var network: IPNetwork
    package var remark: String?
}

extension SecurityGroup: DocumentKind {
    package static let kind = "SecurityGroup"
    package static let summary = "Ordered rules that say who may reach the private endpoints of instances."
    package static var shape: ObjectShape { SecurityGroupSpec.schema.shape }

    package static func declare(
        _ document: Document,
        in draft: inout FleetDraft,
        collector: inout DiagnosticCollector
    ) {
        guard let name = document.metadata.name else { return }
        let before = collector.errorCount
        let spec = document.decode(SecurityGroupSpec.schema, collector: &collector)
        // Without one of its rules a group would mean something else.
        let isWhole = collector.errorCount == before
        let group = SecurityGroup(name: name, remark: spec?.remark, rules: isWhole ? spec?.rules?.value : nil)
        group.checkOrder(collector: &collector)
        draft.add(group, collector: &collector)
    }

    /// A rule that comes after one that covers all of it never decides anything.
    private func checkOrder(collector: inout DiagnosticCollector) {
        let rules = rules ?? []
        for (index, rule) in rules.enumerated() {
            guard let number = rules[..<index].firstIndex(where: { $0.value.network.covers(rule.value.network) }) else {
                continue
            }
            let earlier = rules[number]
            let isContrary = earlier.value.action != rule.value.action
            collector.emit(
                Diagnostic(
                    .unreachedRule,
                    "Rule \(index + 1) of \(name.value) never decides: rule \(number + 1), \(earlier.value.action.rawValue) \(earlier.value.network), comes first and covers \(rule.value.network).",
                    at: rule.range,
                    severity: .warning,
                    notes: [Diagnostic.Note("the rule that comes first", at: earlier.range)],
                    help: isContrary ? "put the narrower rule first" : "take one of the two out"
                )
            )
        }
    }
}

/// A SecurityGroup document's `spec` as written.
struct SecurityGroupSpec: Sendable {
    var remark: Located<String>?
    var rules: Located<[Located<SecurityRule>]>?

    static let schema = ObjectSchema<SecurityGroupSpec>(
        "SecurityGroup",
        SecurityGroup.summary,
        make: { _ in SecurityGroupSpec() },
        fields: [
            Field("remark", \.remark, Rules.remark, "A comment for people."),
            Field(
                "rules",
                \.rules,
                .list(of: .securityRule, maximum: 1000),
                required: true,
                "The rules in order: the first that matches decides, and where none matches, nobody may connect."
            ),
        ]
    )
}

/// One of `rules` as written.
private struct SecurityRuleSpec: Sendable {
    var allow: Located<IPNetwork>?
    var deny: Located<IPNetwork>?
    var remark: Located<String>?

    static let schema = ObjectSchema<SecurityRuleSpec>(
        "rule",
        "Whether clients from a network may connect: one of allow and deny.",
        refused: [
            "port": "a rule is about all of an endpoint, which has one port",
            "protocol": "an endpoint speaks TCP alone", "direction": "rules are about those who come in",
        ],
        isStrict: true,
        make: { _ in SecurityRuleSpec() },
        fields: [
            Field(
                "allow",
                \.allow,
                .network,
                "The network or address whose clients may connect: 10.1.0.0/16, fd00::/8."
            ),
            Field("deny", \.deny, .network, "The network or address whose clients may not."),
            Field("remark", \.remark, Rules.remark, "A comment for people."),
        ]
    )
}

extension ValueType where Value == SecurityRule {
    fileprivate static var securityRule: ValueType {
        ValueType<SecurityRuleSpec>.object(SecurityRuleSpec.schema)
            .map { spec, place, collector in
                guard (spec.allow == nil) != (spec.deny == nil), let network = spec.allow ?? spec.deny else {
                    let count = spec.allow == nil ? "none" : "both"
                    collector.emitBadValue(
                        "A rule has one of allow and deny; this one has \(count).",
                        at: place,
                        help: "write { allow: 10.1.0.0/16 } or { deny: 10.1.2.3 }"
                    )
                    return nil
                }
                return SecurityRule(
                    action: spec.allow == nil ? .deny : .allow,
                    network: network.value,
                    remark: spec.remark?.value
                )
            }
    }
}

extension ValueType where Value == IPNetwork {
    /// A network or one address, of IPv4 or IPv6.
    static var network: ValueType {
        ValueType<String>.text(named: "network", pattern: "^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$")
            .map { text, place, collector in
                do throws(IPNetwork.Problem) { return try IPNetwork(text) } catch {
                    let (problem, help) = explain(error, text)
                    collector.emitBadValue(problem, at: place, help: help)
                    return nil
                }
            }
    }

    private static func explain(_ problem: IPNetwork.Problem, _ text: String) -> (String, help: String) {
        switch problem {
        case .noAddress:
            let isEverybody = ["any", "all", "*", "0/0", "everybody"].contains(text.lowercased())
            return (
                "\"\(text)\" is no network and no address.",
                isEverybody
                    ? "everybody is 0.0.0.0/0 for IPv4 and ::/0 for IPv6: a rule for each"
                    : "write 10.1.0.0/16, 10.1.2.3, fd00::/8 or ::1"
            )
        case .badLength(let limit):
            return ("\"\(text)\" has no length of a prefix behind its slash.", "write a number from 0 to \(limit)")
        case .hostBits(let network, let address):
            return (
                "\"\(text)\" is neither a network nor one address: bits behind its prefix are set.",
                "write \(network) for the network, or \(address) for the one address"
            )
        case .mapped(let network):
            return ("\"\(text)\" is an IPv4 address in the notation of IPv6.", "write \(network)")
        }
    }
}
