import Diagnostics
import FleetModel
import SQL
import SpecSchema

/// What rests on a membership that is taken from an account, or on its right to pass that on.
///
/// From PostgreSQL 16 on a membership has a grantor, and goes only with CASCADE as long as somebody has it from the
/// member and from nobody else who may give it (PostgreSQL manual, REVOKE, "Description").
struct RestingMemberships {
    var role: String
    /// Whether the account stays a member, and only may not pass it on any more.
    var isOptionOnly: Bool
    /// The line that asks for it.
    var range: SourceRange
    /// What documents give all the same: it is given anew, first, so that nothing that rests on it goes.
    private(set) var kept: [ObservedAccount.SharedMembership] = []
    /// What goes along.
    private(set) var lost: [ObservedAccount.SharedMembership] = []
    /// Those among it who lose it by their own documents.
    private var dismissed: Set<Name> = []
    let all: [ObservedAccount.SharedMembership]

    init(on role: String, isOptionOnly: Bool, range: SourceRange, among all: [ObservedAccount.SharedMembership]) {
        (self.role, self.isOptionOnly, self.range) = (role, isOptionOnly, range)
        self.all = all.filter { $0.role.isSameName(as: role) }
    }

    /// - Parameters:
    ///   - isDeclared: Whether documents make an account a member of the role.
    ///   - isDismissed: Whether an account loses the role by its own document.
    mutating func follow(from account: String, isDeclared: (String) -> Bool, isDismissed: (String) -> Bool) {
        var waiting = [Name(account)]
        var done: Set<ObservedAccount.SharedMembership> = []
        while let giver = waiting.popLast() {
            for membership in all where giver == Name(membership.grantor) && done.insert(membership).inserted {
                guard !isDeclared(membership.member) else {
                    kept.append(membership)
                    continue
                }
                lost.append(membership)
                if isDismissed(membership.member) { dismissed.insert(Name(membership.member)) }
                let mayStillGive = left.contains { $0.admin && $0.member.isSameName(as: membership.member) }
                if membership.admin, !mayStillGive { waiting.append(Name(membership.member)) }
            }
        }
    }

    var isEmpty: Bool { kept.isEmpty && lost.isEmpty }

    /// Who is no member any more because of this account alone, by name.
    var losers: [String] {
        let members = Set(left.map { Name($0.member) })
        return Set(lost.map { Name($0.member) }).subtracting(members).subtracting(dismissed).sorted().map(\.text)
    }

    /// Who stays a member by what somebody else gave, and may do less with it.
    var lessened: [(member: String, option: String)] {
        let options: [(String, KeyPath<ObservedAccount.SharedMembership, Bool>)] = [
            ("admin", \.admin), ("inherit", \.inherit), ("set", \.set),
        ]
        return Set(lost.map { Name($0.member) }).subtracting(dismissed).subtracting(losers.map { Name($0) }).sorted()
            .flatMap { member in
                let own = all.filter { Name($0.member) == member }
                let others = left.filter { Name($0.member) == member }
                return
                    options.filter { _, path in
                        own.contains { $0[keyPath: path] } && !others.contains { $0[keyPath: path] }
                    }
                    .map { (member.text, $0.0) }
            }
    }

    /// Whether nobody may do less without what goes along.
    var isHarmless: Bool { losers.isEmpty && lessened.isEmpty }

    private var left: [ObservedAccount.SharedMembership] {
        let gone = Set(lost)
        return all.filter { !gone.contains($0) }
    }
}

extension Account {
    /// Returns what rests on memberships that are taken away, by role; none where nothing does.
    func restingMemberships(_ observed: ObservedAccount?, context: ObjectContext) -> [RestingMemberships] {
        guard let observed, !observed.sharedMemberships.isEmpty else { return [] }
        let surplus = membershipChanges(observed, context: context).surplus
            .map { RestingMemberships(on: $0, isOptionOnly: false, range: range, among: observed.sharedMemberships) }
        let limited = (memberships ?? [])
            .compactMap { membership -> RestingMemberships? in
                guard let admin = membership.admin, !admin.value else { return nil }
                return RestingMemberships(
                    on: membership.role.value,
                    isOptionOnly: true,
                    range: admin.range,
                    among: observed.sharedMemberships
                )
            }
        return (surplus + limited)
            .compactMap { resting in
                // What its creator may do with a role by itself is never taken, and lets it pass the role on.
                let isCreator = observed.memberships.contains { $0.isInitial && $0.role.isSameName(as: resting.role) }
                if isCreator { return nil }
                var resting = resting
                let (role, instance) = (resting.role, id.instance)
                resting.follow(
                    from: name,
                    isDeclared: { declaredMembers.includes($0, of: role) },
                    isDismissed: {
                        declaredMembers.dismisses($0, from: role, record: context.record, on: instance)
                    }
                )
                return resting.isEmpty ? nil : resting
            }
    }

    /// Those who lose a membership because this account loses it.
    func passedOnDifferences(_ observed: ObservedAccount?, context: ObjectContext) -> [Difference] {
        restingMemberships(observed, context: context)
            .flatMap { resting in
                resting.losers.map {
                    Difference("\($0): memberships.\(resting.role)", observed: "member through \(name)", desired: nil)
                }
                    + resting.lessened.map { member, option in
                        let path = "\(member): memberships.\(resting.role).\(option)"
                        return Difference(path, observed: "true through \(name)", desired: "false")
                    }
            }
    }

    /// What the server would refuse to take away.
    func passedOnObstacles(_ observed: ObservedAccount?, context: ObjectContext) -> [Diagnostic] {
        guard passedOn == .keep else { return [] }
        return restingMemberships(observed, context: context)
            .compactMap { resting in
                if resting.isHarmless { return nil }
                let names = Set((resting.losers + resting.lessened.map(\.member)).map { Name($0) })
                let losers = names.sorted().map(\.text).joined(separator: ", ")
                let taken = resting.isOptionOnly ? "The right to pass on the membership" : "The membership"
                return Diagnostic(
                    .dependentGrant,
                    "\(taken) in \(resting.role) of \(instance) cannot be taken from \(name), which has passed it on to \(losers).",
                    at: resting.range,
                    help:
                        "declare the membership for \(losers), which gives it anew, or write passedOn: revoke at \(name), which takes it from them as well"
                )
            }
    }

    /// Gives anew what documents give and what would go along.
    func keepingStatements(_ resting: [RestingMemberships]) -> [Statement] {
        resting.flatMap { ObservedAccount.SharedMembership.givenAnew($0.kept, losing: $0.lost, among: $0.all) }
    }
}
