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
    /// Gives the membership anew, in nobody's name but ours, so that it does not go with whoever gave it.
    ///
    /// Only for servers on which a membership has a grantor: PostgreSQL 16 and later.
    var givenAnew: Statement {
        let options = [("ADMIN", admin), ("INHERIT", inherit), ("SET", set)]
            .map { option, isOn -> Statement in "\(keywords: option) \(keywords: isOn ? "TRUE" : "FALSE")" }
        return
            "GRANT \(identifier: role) TO \(identifier: member) WITH \(Statement.joined(options, separator: ", "))"
    }
}
