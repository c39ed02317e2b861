import Diagnostics
import FleetModel
import Resources
import SpecLoading
import SpecSchema

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A rule of a security group as it is listed.
struct SecurityRuleListing: Listable {
    static let header = ["group", "rule", "action", "network", "remark", "used by"]
    static let wideHeader = header + ["source"]

    var group: String
    /// Its place in the group, counted from 1; nil for a group without rules.
    var number: Int?
    var action: AccessRule.Action?
    var network: IPNetwork?
    var remark: String?
    /// The instances that name the group.
    var instances: [String]
    var source: SourceLocation

    /// - Parameter group: Only the rules of this group; nil for all.
    static func all(in desired: DesiredFleet, group name: String?) -> [SecurityRuleListing] {
        desired.securityGroups.values.sorted { $0.name.value < $1.name.value }
            .filter { name == nil || $0.name.value == name }
            .flatMap { group in
                let users = desired.instances.values.filter {
                    $0.access?.value.groups.contains(group.name.value) ?? false
                }
                let instances = users.map(\.name).sorted()
                guard let rules = group.rules, !rules.isEmpty else {
                    return [
                        SecurityRuleListing(
                            group: group.name.value,
                            remark: group.remark?.value,
                            instances: instances,
                            source: SourceLocation(group.name.range)
                        )
                    ]
                }
                return rules.enumerated()
                    .map { index, rule in
                        SecurityRuleListing(
                            group: group.name.value,
                            number: index + 1,
                            action: rule.value.action,
                            network: rule.value.network,
                            remark: rule.value.remark,
                            instances: instances,
                            source: SourceLocation(rule.range)
                        )
                    }
            }
    }

    var name: String { number.map { "\(group)/\($0)" } ?? group }

    var row: [String] {
        [
            group, number.map(String.init) ?? "-", action?.rawValue ?? "-", network?.description ?? "-",
            remark?.visible ?? "-", instances.isEmpty ? "-" : instances.joined(separator: ","),
        ]
    }

    var wideRow: [String] { row + [source.text] }
}

/// The rules that would guard an instance, in the order in which they are asked.
struct SecurityGroupPreview {
    let instance: Instance
    let rules: [EffectiveRuleListing]

    /// Reads the specifications; throws when there are none. Their other mistakes are told by `validate`.
    static func desired(_ paths: [String]) throws -> DesiredFleet {
        let paths = paths.isEmpty && FileManager.default.fileExists(atPath: "specs") ? ["specs"] : paths
        if paths.isEmpty {
            throw ConnectError(
                "security groups stand in specifications, and there is no folder specs here\nhelp: name files or folders with --specs"
            )
        }
        var collector = DiagnosticCollector()
        return SpecLoader.load(SpecFiles.read(paths, collector: &collector), collector: &collector)
    }

    init(of name: String, in desired: DesiredFleet) throws {
        guard let instance = desired.instances[name] else {
            let known = desired.instances.keys
            let help =
                NearestName.question(name, among: known)
                ?? "there are \(known.sorted().prefix(10).joined(separator: ", "))"
            throw ConnectError("no specification declares an instance \(name)\(known.isEmpty ? "" : "\nhelp: \(help)")")
        }
        self.instance = instance
        rules = (instance.access?.value.rules ?? []).enumerated()
            .map {
                EffectiveRuleListing(position: $0 + 1, rule: $1, source: desired.place(of: $1).map(SourceLocation.init))
            }
    }

    /// What becomes of a client that connects from an address.
    func decision(about text: String) throws -> AccessDecision {
        guard let address = IPNetwork(address: text) else {
            throw ConnectError("\"\(text)\" is no address\nhelp: write one as 10.1.2.3 or fd00::1")
        }
        guard let access = instance.access?.value else {
            return AccessDecision(instance: instance.name, address: address, isAllowed: true)
        }
        let rule = access.rule(for: address)
        return AccessDecision(
            instance: instance.name,
            address: address,
            isAllowed: access.allows(address),
            groups: access.groups,
            rule: rules.first { $0.rule == rule }
        )
    }
}

/// A rule as it counts for an instance.
struct EffectiveRuleListing: Listable {
    static let header = ["order", "group", "rule", "action", "network", "source"]

    var position: Int
    var group: String
    var number: Int
    var action: AccessRule.Action
    var network: IPNetwork
    var source: SourceLocation?

    init(position: Int, rule: AccessRule, source: SourceLocation?) {
        self.position = position
        group = rule.group
        number = rule.number
        action = rule.action
        network = rule.network
        self.source = source
    }

    var rule: AccessRule { AccessRule(action, network, group: group, number: number) }
    var name: String { "\(group)/\(number)" }
    var row: [String] {
        [String(position), group, String(number), action.rawValue, network.description, source?.text ?? "-"]
    }
}

/// What the rules of an instance say of one address.
struct AccessDecision: Encodable {
    var formatVersion = "1.0"
    var instance: String
    var address: IPNetwork
    var isAllowed: Bool
    /// Nil where no group guards the instance.
    var groups: [String]?
    /// The rule that decides; nil when none matches.
    var rule: EffectiveRuleListing?

    var sentence: String {
        guard let rule else {
            return groups == nil
                ? "\(address) -> allowed: no security group guards \(instance)"
                : "\(address) -> denied: no rule of \(groups?.joined(separator: ", ") ?? "") matches"
        }
        let place = rule.source.map { " (\($0.text))" } ?? ""
        return "\(address) -> \(isAllowed ? "allowed" : "denied") by \(rule.group) rule \(rule.number)\(place)"
    }
}
