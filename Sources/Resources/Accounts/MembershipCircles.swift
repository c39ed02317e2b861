package import Diagnostics
import FleetModel
import SpecSchema

extension DiagnosticCode {
    package static let membershipCircle = DiagnosticCode("PGS-026", "Circle of memberships")
}

/// Finds accounts that would be members of themselves, which no server allows (PostgreSQL manual, GRANT, "GRANT on Roles").
enum MembershipCircles {
    /// Returns one diagnostic a circle, at the membership of its first account by name.
    ///
    /// - Parameter accounts: Those of one instance; whoever is a member of nothing may be left out.
    static func diagnostics(_ accounts: [Account]) -> [Diagnostic] {
        var graph = Graph(Dictionary(accounts.map { (Name($0.name), $0.memberships ?? []) }) { first, _ in first })
        var result: [Diagnostic] = []
        for name in graph.memberships.keys.sorted() {
            while graph.memberships[name] != nil {
                let circle = circle(from: name, in: graph.memberships)
                result.append(diagnostic(circle))
                graph.remove(circle.map(\.member))
            }
        }
        return result
    }

    /// Accounts that may be on a circle: each is a member of at least one other of them.
    private struct Graph {
        private(set) var memberships: [Name: [Membership]]
        /// Who is a member of an account, and of how many accounts one is a member.
        private var members: [Name: [Name]] = [:]
        private var counts: [Name: Int] = [:]

        init(_ memberships: [Name: [Membership]]) {
            self.memberships = memberships
            for (account, roles) in memberships {
                let roles = Set(roles.map { Name($0.role.value) }).filter { memberships[$0] != nil }
                counts[account] = roles.count
                for role in roles { members[role, default: []].append(account) }
            }
            remove(counts.filter { $0.value == 0 }.map(\.key))
        }

        /// Leaves out some accounts, and every one that is a member only of accounts that are left out.
        mutating func remove(_ accounts: [Name]) {
            var free = accounts
            while let account = free.popLast() {
                guard memberships.removeValue(forKey: account) != nil else { continue }
                for member in members[account] ?? [] {
                    counts[member, default: 0] -= 1
                    if counts[member] == 0 { free.append(member) }
                }
            }
        }
    }

    /// One account's being a member of a role.
    private struct Step {
        var member: Name
        var membership: Membership
    }

    /// Walks along memberships until an account comes up again; every account that is left leads to one.
    private static func circle(from first: Name, in memberships: [Name: [Membership]]) -> [Step] {
        var path: [Step] = []
        var places: [Name: Int] = [:]
        var account = first
        while places[account] == nil {
            let onwards = (memberships[account] ?? []).filter { memberships[Name($0.role.value)] != nil }
            guard let membership = onwards.min(by: { Name($0.role.value) < Name($1.role.value) }) else { break }
            places[account] = path.count
            path.append(Step(member: account, membership: membership))
            account = Name(membership.role.value)
        }
        let circle = path[(places[account] ?? 0)...]
        // It starts with its first account by name, so that it is told in the same way wherever the walk began.
        let start = circle.indices.min { circle[$0].member < circle[$1].member } ?? circle.startIndex
        return Array(circle[start...] + circle[..<start])
    }

    private static func diagnostic(_ circle: [Step]) -> Diagnostic {
        let names = circle.map(\.member) + circle.prefix(1).map(\.member)
        return Diagnostic(
            .membershipCircle,
            "Memberships lead back to where they start: \(names.map(\.text).joined(separator: " is a member of ")).",
            at: circle.first?.membership.role.range,
            notes: circle.dropFirst().map { Diagnostic.Note("and this one", at: $0.membership.role.range) },
            help: "take one of these memberships out"
        )
    }
}
