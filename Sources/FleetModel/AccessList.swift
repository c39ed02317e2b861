/// One rule of a security group, as it counts for an endpoint.
package struct AccessRule: Codable, Hashable, Sendable {
    package enum Action: String, Codable, Sendable, CaseIterable {
        case allow
        case deny
    }

    package var action: Action
    /// Where clients come from.
    package var network: IPNetwork
    /// The security group that the rule stands in.
    package var group: String
    /// The place of the rule in its group, counted from 1.
    package var number: Int

    package init(_ action: Action, _ network: IPNetwork, group: String, number: Int) {
        self.action = action
        self.network = network
        self.group = group
        self.number = number
    }
}

extension AccessRule: CustomStringConvertible {
    package var description: String { "\(action.rawValue) \(network) (\(group) rule \(number))" }
}

/// Who may reach a private endpoint: the rules of its security groups in order, of which the first that matches decides.
/// Where none matches, nobody may.
package struct AccessList: Codable, Hashable, Sendable {
    /// The names of the groups, in order.
    package var groups: [String]
    package var rules: [AccessRule]

    package init(groups: [String], rules: [AccessRule]) {
        self.groups = groups
        self.rules = rules
    }

    /// Returns the rule that decides about an address; nil when none matches, so that it is denied.
    package func rule(for address: IPNetwork) -> AccessRule? { rules.first { $0.network.covers(address) } }

    package func allows(_ address: IPNetwork) -> Bool { rule(for: address)?.action == .allow }

    /// The same list as a table in which the longest prefix that covers an address decides.
    ///
    /// Of two networks that share an address, one covers the other. So the rules that match an address are those that
    /// cover the longest network of the table with it, and the first of them decides about all of that network.
    package var longestPrefixes: [IPNetwork: AccessRule.Action] {
        var table: [IPNetwork: AccessRule.Action] = [:]
        for network in IPNetwork.everything + rules.map(\.network) where table[network] == nil {
            table[network] = rule(for: network)?.action ?? .deny
        }
        return table
    }
}

/// Whom an instance's endpoints are open to.
package struct Exposure: Hashable, Sendable {
    /// Nil where everybody who reaches the private address may connect.
    package var access: AccessList?
    /// Whether there is a public endpoint as well.
    package var isPublic: Bool

    package init(access: AccessList?, isPublic: Bool) {
        self.access = access
        self.isPublic = isPublic
    }
}
