import FleetModel
import SQL
import SpecSchema

extension Account {
    /// One option of a membership that a document asks for.
    private struct Option {
        var name: String
        var desired: Located<Bool>?
        var observed: any KeyPath<ObservedAccount.Membership, Bool> & Sendable
    }

    private func options(of membership: Membership) -> [Option] {
        [
            Option(name: "admin", desired: membership.admin, observed: \.admin),
            Option(name: "inherit", desired: membership.inherit, observed: \.inherit),
            Option(name: "set", desired: membership.set, observed: \.set),
        ]
    }

    /// The grants of a membership that somebody made.
    private func grants(of role: String, _ observed: ObservedAccount?) -> [ObservedAccount.Membership] {
        (observed?.memberships ?? []).filter { $0.role.isSameName(as: role) && !$0.isInitial }
    }

    /// A membership as it is, in words.
    private func held(_ role: String, _ observed: ObservedAccount?) -> String {
        grants(of: role, observed).contains(where: \.admin) ? "member with admin" : "member"
    }

    func membershipDifferences(_ observed: ObservedAccount?, context: ObjectContext) -> [Difference] {
        let (missing, surplus) = membershipChanges(observed, context: context)
        let options = (memberships ?? []).flatMap { optionDifferences($0, observed) }
        return missing.map { membership in
            let options = self.options(of: membership).filter { $0.desired?.value ?? false }.map(\.name)
            let shown = options.isEmpty ? "member" : "member with \(options.joined(separator: ", "))"
            return Difference(
                "memberships.\(membership.role.value)",
                observed: nil,
                desired: shown,
                source: membership.role.range
            )
        } + options + surplus.map { Difference("memberships.\($0)", observed: held($0, observed), desired: nil) }
            + passedOnDifferences(observed, context: context)
    }

    private func optionDifferences(_ membership: Membership, _ observed: ObservedAccount?) -> [Difference] {
        let found = grants(of: membership.role.value, observed)
        guard !found.isEmpty else { return [] }
        return options(of: membership)
            .compactMap { option in
                // Several grants of one membership give what any of them gives.
                let isOn = found.contains { $0[keyPath: option.observed] }
                guard let desired = option.desired, desired.value != isOn else { return nil }
                return Difference(
                    "memberships.\(membership.role.value).\(option.name)",
                    observed: String(isOn),
                    desired: String(desired.value),
                    source: desired.range
                )
            }
    }

    /// Returns the memberships to grant, and the roles whose membership is to be revoked.
    func membershipChanges(
        _ observed: ObservedAccount?,
        context: ObjectContext
    ) -> (missing: [Membership], surplus: [String]) {
        // What the creator of a role gets by itself lets it give the role away, and not be a member.
        let present = Set((observed?.memberships ?? []).filter { !$0.isInitial }.map { Name($0.role) })
        let desired = memberships ?? []
        let wanted = Set(desired.map { Name($0.role.value) })
        let revocable: [String] =
            switch grantMode {
            case .tracked: context.applied?.lists["memberships"] ?? []
            case .exact: (observed?.memberships ?? []).filter { !$0.isInitial }.map(\.role)
            case .additive: []
            }
        return (
            desired.filter { !present.contains(Name($0.role.value)) && !isInitially($0, observed) },
            Set(revocable.map { Name($0) }).filter { present.contains($0) && !wanted.contains($0) }.sorted().map(\.text)
        )
    }

    /// Whether a membership is asked for that is just what PostgreSQL gives the creator of a role by itself. Who gave it
    /// cannot be told then, and nothing is left to give.
    private func isInitially(_ membership: Membership, _ observed: ObservedAccount?) -> Bool {
        guard membership.admin?.value == true, membership.inherit?.value == false, membership.set?.value == false else {
            return false
        }
        return observed?.memberships.contains { $0.isInitial && $0.role.isSameName(as: membership.role.value) } ?? false
    }

    /// Returns the memberships that nobody declared.
    func unmanagedMemberships(_ observed: ObservedAccount, context: ObjectContext) -> [Difference] {
        // What no document gives is taken from it, and told as that.
        if grantMode == .exact { return [] }
        let known = (memberships ?? []).map(\.role.value) + (context.applied?.lists["memberships"] ?? [])
        return Set(observed.memberships.filter { !$0.isInitial }.map { Name($0.role) })
            .subtracting(known.map { Name($0) }).sorted()
            .map { Difference("memberships.\($0)", observed: held($0.text, observed), desired: nil) }
    }

    // MARK: Statements

    func membershipStatements(from observed: ObservedAccount?, context: ObjectContext) -> [Statement] {
        let (missing, surplus) = membershipChanges(observed, context: context)
        let grants = missing.map { grant($0.role.value, grantOptions(of: $0, observed).filter { $0.desired != nil }) }
        let resting = restingMemberships(observed, context: context)
        // Where somebody would lose something, only the account's word lets it go.
        let cascading = Set(resting.filter { $0.isHarmless || passedOn == .revoke }.map { Name($0.role) })
        let changes = (memberships ?? []).flatMap { optionStatements($0, observed, cascading) }
        return keepingStatements(resting.filter { cascading.contains(Name($0.role)) })
            + surplus.flatMap { revocations(of: $0, from: observed, cascading) } + grants + changes
    }

    /// The creator of a role has a membership that neither inherits nor lets become the role; a plain GRANT by the same
    /// grantor would leave it so.
    private func grantOptions(of membership: Membership, _ observed: ObservedAccount?) -> [Option] {
        let role = membership.role
        let isCreator = observed?.memberships.contains { $0.role.isSameName(as: role.value) && $0.isInitial } ?? false
        return options(of: membership)
            .map { option in
                var option = option
                if isCreator, option.name != "admin", option.desired == nil {
                    option.desired = Located(true, at: role.range)
                }
                return option
            }
    }

    /// PostgreSQL 15 knows WITH ADMIN OPTION alone; the later form names each option with its value.
    private func grant(_ role: String, _ options: [Option], grantor: String? = nil) -> Statement {
        let named = options.filter { $0.name != "admin" }
        let admin = options.first { $0.name == "admin" }?.desired?.value
        var result: Statement = "GRANT \(identifier: role) TO \(identifier: name)"
        if named.isEmpty {
            if admin ?? false { result = "\(result) WITH ADMIN OPTION" }
        } else {
            let parts = options.compactMap { option -> Statement? in
                guard let desired = option.desired else { return nil }
                return "\(keywords: option.name.uppercased()) \(keywords: desired.value ? "TRUE" : "FALSE")"
            }
            result = "\(result) WITH \(Statement.joined(parts, separator: ", "))"
        }
        return grantor.map { "\(result) GRANTED BY \(identifier: $0)" } ?? result
    }

    private func optionStatements(
        _ membership: Membership,
        _ observed: ObservedAccount?,
        _ cascading: Set<Name>
    ) -> [Statement] {
        let role = membership.role.value
        let found = grants(of: role, observed)
        guard let observed, let first = found.first else { return [] }
        return options(of: membership)
            .flatMap { option -> [Statement] in
                guard let desired = option.desired,
                    desired.value != found.contains(where: { $0[keyPath: option.observed] })
                else { return [] }
                // Turning an option on needs one grant that has it, turning it off all of them.
                let changed = desired.value ? [first] : found.filter { $0[keyPath: option.observed] }
                return changed.map { grant in
                    let grantor = observed.hasMembershipOptions ? grant.grantor : nil
                    if option.name == "admin", !desired.value {
                        return
                            "REVOKE ADMIN OPTION FOR \(identifier: role) FROM \(identifier: name)\(by(grantor))\(along(role, cascading))"
                    }
                    return self.grant(role, [option], grantor: grantor)
                }
            }
    }

    /// From PostgreSQL 16 on each grantor's grant is one of its own, and a superuser who names none means the bootstrap
    /// superuser's. Before, there is one grant whoever gave it.
    private func revocations(
        of role: String,
        from observed: ObservedAccount?,
        _ cascading: Set<Name>
    ) -> [Statement] {
        guard let observed else { return [] }
        return grants(of: role, observed)
            .map { grant in
                let grantor = observed.hasMembershipOptions ? grant.grantor : nil
                return "REVOKE \(identifier: role) FROM \(identifier: name)\(by(grantor))\(along(role, cascading))"
            }
    }

    private func along(_ role: String, _ cascading: Set<Name>) -> Statement {
        cascading.contains(Name(role)) ? " CASCADE" : ""
    }

    private func by(_ grantor: String?) -> Statement { grantor.map { " GRANTED BY \(identifier: $0)" } ?? "" }
}
