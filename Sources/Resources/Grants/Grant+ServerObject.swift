package import Diagnostics
package import FleetModel
package import SQL
import SpecSchema

extension Grant: ServerObject {
    package static let scope = ObjectScope.database

    package static func phrase(of id: ResourceID) -> String { "privileges in \(id.name) on \(id.instance)" }

    package static func observation(_ request: ObservationRequest) -> Statement { ObservedGrants.observation(request) }

    /// Every database has privileges, if only the defaults.
    package static func observed(from rows: [Row]) -> [Name: ObservedGrants] { ["": ObservedGrants(rows)] }

    package static func isPartOfEveryServer(_ name: String) -> Bool { true }

    package func differences(from observed: ObservedGrants?, context: ObjectContext) -> [Difference] {
        guard var observed else { return rules.map(\.difference) }
        for (id, owner) in context.owners { observed.foresee(owner: owner, of: id, in: name) }
        return GrantDifferences.of(changes(from: observed, context: context))
    }

    package func warnings(on observed: ObservedGrants?, context: ObjectContext) -> [Diagnostic] {
        guard let observed else { return [] }
        let resolved = ResolvedGrants(rules, major: major, observed: observed)
        let waiting = resolved.missing
            .map { missing in
                Diagnostic(
                    .waitingGrant,
                    "There is no \(missing.description) in the database \(name) of \(instance); the privileges are given when there is one.",
                    at: missing.range,
                    severity: .warning,
                    help: missing.help
                )
            }
        return waiting + contradictions(resolved) + obstacles(on: observed, context)
            + leftBehind(resolved, on: observed, context)
    }

    private func contradictions(_ resolved: ResolvedGrants) -> [Diagnostic] {
        let options = resolved.contradictions.map { found in
            Diagnostic(
                .twofoldGrant,
                "\(found.privilege.rawValue) on \(found.place.target) of \(id) is given to \(found.place.grantee) with grantable: true and with grantable: false; the first counts.",
                at: found.ranges.last,
                severity: .warning,
                notes: [Diagnostic.Note("given here", at: found.ranges[0])],
                help: "keep one of the two"
            )
        }
        return options
            + resolved.withheld.flatMap { place, privileges in
                privileges.compactMap { privilege, range in
                    guard let wish = resolved.wishes[place]?[privilege] else { return nil }
                    return Diagnostic(
                        .givenAndWithheld,
                        "\(privilege.rawValue) on \(place.target) of \(id) is withheld from \(place.grantee) and given to it.",
                        at: range,
                        notes: [Diagnostic.Note("given here", at: wish.range)],
                        help: "keep one of the two"
                    )
                }
            }
    }

    /// What the server would refuse to take away.
    private func obstacles(on observed: ObservedGrants, _ context: ObjectContext) -> [Diagnostic] {
        foreseen(from: observed, context: context).obstacles
            .map { obstacle in
                let (role, privilege) = (obstacle.place.grantee, obstacle.privilege.rawValue)
                let names = obstacle.dependents.map(\.grantee)
                let holder = holders[Name(role)]
                let remedy = "declare \(privilege) for \(names.joined(separator: ", ")), which gives it anew"
                return Diagnostic(
                    .dependentGrant,
                    "\(privilege) on \(obstacle.place.target) in \(name) of \(instance) cannot be taken from \(role), which has passed it on to \(names.joined(separator: ", ")).",
                    at: holder?.range,
                    help: holder == nil
                        ? "\(remedy), or declare the account \(role) with passedOn: revoke"
                        : "\(remedy), or write passedOn: revoke at \(role), which takes it from them as well"
                )
            }
    }

    /// What there is to give something on is known only with the database.
    package func intended(on observed: ObservedGrants?) -> [String: [String]] {
        guard let observed else { return [:] }
        let wishes = ResolvedGrants(rules, major: major, observed: observed).wishes
        let traces = wishes.flatMap { place, privileges in
            privileges.filter { privilege, _ in
                !(observed.entries[place] ?? []).contains { $0.privilege == privilege }
                    && !observed.isByDefault(privilege, place)
            }
            .map { GrantTrace(place: place, privilege: $0.key).text }
        }
        return ["grants": traces.sorted()]
    }

    package func applied(on observed: ObservedGrants) -> AppliedObject {
        let wishes = ResolvedGrants(rules, major: major, observed: observed).wishes
        let traces = wishes.flatMap { place, privileges in
            // What everybody has by default was not given by us and is not ours to take.
            (observed.entries[place] ?? []).filter { privileges[$0.privilege] != nil && !$0.isInitial }
                .map { GrantTrace(place: place, privilege: $0.privilege).text }
        }
        return AppliedObject(deletionPolicy: deletionPolicy, lists: ["grants": Set(traces).sorted()])
    }

    package func unmanaged(on observed: ObservedGrants, context: ObjectContext) -> [Difference] {
        let wishes = ResolvedGrants(rules, major: major, observed: observed).wishes
        let applied = Dictionary(
            grouping: (context.applied?.lists["grants"] ?? []).compactMap(GrantTrace.init),
            by: \.place
        )
        let changes = observed.entries.compactMap { place, entries -> GrantChange? in
            // What no document gives is taken from them, and told as that.
            if mode(of: place.grantee) == .exact { return nil }
            let known = Set((applied[place] ?? []).map(\.privilege))
            let others = entries.filter {
                !$0.isInitial && wishes[place]?[$0.privilege] == nil && !known.contains($0.privilege)
            }
            guard !others.isEmpty else { return nil }
            var change = GrantChange(place: place)
            change.observed = Dictionary(others.map { ($0.privilege, $0.isGrantable) }) { $0 || $1 }
            return change
        }
        return GrantDifferences.of(changes.sorted { $0.place < $1.place })
    }
}
