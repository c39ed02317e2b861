package import FleetModel
import SQL
import SpecSchema

/// What documents say about the memberships of all accounts of one server, so that each of them knows of the others.
package struct DeclaredMembers: Sendable {
    /// Whom documents make members, by role.
    package private(set) var byRole: [Name: Set<Name>] = [:]
    private var modes: [Name: GrantMode] = [:]
    private var leaving: Set<Name> = []

    package init(_ accounts: some Sequence<Account>) {
        for account in accounts {
            let name = Name(account.name)
            guard !account.isAbsent else {
                leaving.insert(name)
                continue
            }
            modes[name] = account.grantMode
            for membership in account.memberships ?? [] {
                byRole[Name(membership.role.value), default: []].insert(name)
            }
        }
    }

    func includes(_ member: String, of role: String) -> Bool {
        byRole[Name(role)]?.contains(Name(member)) ?? false
    }

    /// Whether an account loses a membership by its own document: then nobody else takes it from it.
    ///
    /// - Parameter record: What was applied to the objects of the server.
    func dismisses(_ member: String, from role: String, record: [String: AppliedObject], on instance: String) -> Bool {
        if leaving.contains(Name(member)) { return true }
        guard let mode = modes[Name(member)], !includes(member, of: role) else { return false }
        switch mode {
        case .exact: return true
        case .additive: return false
        case .tracked:
            let applied = record[ResourceID(Account.kind, instance, member).description]?.lists["memberships"] ?? []
            return applied.contains { Name($0) == Name(role) }
        }
    }
}

extension ObservedAccount.SharedMembership {
    private struct Place: Hashable {
        @Name var role: String
        @Name var member: String
    }

    /// Gives members anew, in nobody's name but ours, what goes with whoever gave it: so that each may do what it may now.
    ///
    /// Only for servers on which a membership has a grantor: PostgreSQL 16 and later. A GRANT of ours changes the one that is
    /// ours already, so it names all that the member may do from any grantor.
    ///
    /// - Parameters:
    ///   - kept: What goes along, of members that are to stay.
    ///   - lost: What else goes.
    ///   - all: All memberships in these roles.
    static func givenAnew(_ kept: [Self], losing lost: [Self] = [], among all: [Self]) -> [Statement] {
        let gone = Set(kept + lost)
        var seen: Set<Place> = []
        return kept.compactMap { membership in
            let place = Place(role: membership.role, member: membership.member)
            guard seen.insert(place).inserted else { return nil }
            let own = all.filter { $0.role.isSameName(as: place.role) && $0.member.isSameName(as: place.member) }
            let left = own.filter { !gone.contains($0) }
            let now = rights(own)
            return !left.isEmpty && rights(left) == now ? nil : grant(place, now)
        }
    }

    /// Several grants of one membership give what any of them gives.
    private static func rights(_ memberships: [Self]) -> [Bool] {
        [\Self.admin, \.inherit, \.set].map { option in memberships.contains { $0[keyPath: option] } }
    }

    private static func grant(_ place: Place, _ rights: [Bool]) -> Statement {
        let options = zip(["ADMIN", "INHERIT", "SET"], rights)
            .map { option, isOn -> Statement in "\(keywords: option) \(keywords: isOn ? "TRUE" : "FALSE")" }
        return
            "GRANT \(identifier: place.role) TO \(identifier: place.member) WITH \(Statement.joined(options, separator: ", "))"
    }
}
