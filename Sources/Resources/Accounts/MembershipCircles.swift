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
        var memberships = Dictionary(accounts.map { ($0.name, $0.memberships ?? []) }) { first, _ in first }
        var result: [Diagnostic] = []
        while true {
            removeFree(from: &memberships)
            guard let first = memberships.keys.min() else { return result }
            let circle = circle(from: first, in: memberships)
            result.append(diagnostic(circle))
            for membership in circle { memberships[membership.member] = nil }
        }
    }

    /// One account's being a member of a role.
    private struct Step {
        var member: String
        var membership: Membership
    }

    /// Leaves out every account that is a member only of roles that are left out; none of them is on a circle.
    private static func removeFree(from memberships: inout [String: [Membership]]) {
        var members: [String: [String]] = [:]
        var counts: [String: Int] = [:]
        for (account, roles) in memberships {
            let roles = Set(roles.map(\.role.value)).filter { memberships[$0] != nil }
            counts[account] = roles.count
            for role in roles { members[role, default: []].append(account) }
        }
        var free = counts.filter { $0.value == 0 }.map(\.key)
        while let account = free.popLast() {
            memberships[account] = nil
            for member in members[account] ?? [] {
                counts[member, default: 0] -= 1
                if counts[member] == 0 { free.append(member) }
            }
        }
    }

    /// Walks along memberships until an account comes up again; every account that is left leads to one.
    private static func circle(from first: String, in memberships: [String: [Membership]]) -> [Step] {
        var path: [Step] = []
        var places: [String: Int] = [:]
        var account = first
        while places[account] == nil {
            let onwards = (memberships[account] ?? []).filter { memberships[$0.role.value] != nil }
            guard let membership = onwards.min(by: { $0.role.value < $1.role.value }) else { break }
            places[account] = path.count
            path.append(Step(member: account, membership: membership))
            account = membership.role.value
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
            "Memberships lead back to where they start: \(names.joined(separator: " is a member of ")).",
            at: circle.first?.membership.role.range,
            notes: circle.dropFirst().map { Diagnostic.Note("and this one", at: $0.membership.role.range) },
            help: "take one of these memberships out"
        )
    }
}
