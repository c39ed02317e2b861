import Diagnostics
import FleetModel
import Resources
import SQL

/// What PostgreSQL will refuse to somebody who is no superuser, told before it is tried. What does not wait for it can be done.
extension MissingRights {
    /// Returns what is told of a change that takes the rights of roles which the session neither has nor can lend itself.
    func refusals<Object: ServerObject>(
        of object: Object,
        from observed: Object.Observed?,
        _ context: ObjectContext
    ) -> [Diagnostic] {
        let what = "\(observed == nil ? "Creating" : "Changing") \(object.id.phrase)"
        let end = object is Grant ? "what \(session) has no grant option for" : "it"
        return [refusal(taking: rights(object, observed, context), what, end, at: object.range)].compactMap(\.self)
    }

    /// A role is changed by whoever administers it, which is what lends its rights, too.
    private func rights<Object: ServerObject>(
        _ object: Object,
        _ observed: Object.Observed?,
        _ context: ObjectContext
    ) -> Set<Name> {
        if object is Account { return observed == nil ? [] : [Name(object.name)] }
        var context = context
        context.isSuperuser = false
        let steps = observed.map { [object.update(from: $0, context: context)] } ?? object.creation(context: context)
        return steps.reduce(into: []) { $0.formUnion($1.actors) }
    }

    /// Returns what is told of a removal that takes such rights.
    func refusals<Kind: ServerObject>(
        ofRemoving id: ResourceID,
        _ observed: Kind.Observed,
        as policy: RemovalPolicy,
        at range: SourceRange?,
        _ kind: Kind.Type
    ) -> [Diagnostic] {
        var policy = policy
        policy.isSuperuser = false
        let steps = kind.removal(of: id, observed: observed, policy: policy)
        let own: Set<Name> = Kind.kind == Account.kind ? [Name(id.name)] : []
        let rights = steps.reduce(into: own) { $0.formUnion($1.actors) }
        return [refusal(taking: rights, "Removing \(id.phrase)", "it", at: range)].compactMap(\.self)
    }

    private func refusal(
        taking rights: Set<Name>,
        _ what: String,
        _ refused: String,
        at range: SourceRange?
    ) -> Diagnostic? {
        let owners = rights.intersection(roles)
        if owners.isEmpty { return nil }
        let names = owners.map(\.text).sorted()
        let loans = names.map { Quoting.identifier($0) }.joined(separator: ", ")
        return Diagnostic(
            .missingRights,
            "\(what) takes the rights of \(names.joined(separator: ", ")), which \(session), as whom pgsteer connects, neither has nor can lend itself; PostgreSQL will refuse \(refused).",
            at: range,
            severity: .warning,
            help: superusers.isDisjoint(with: owners)
                ? "as a superuser: GRANT \(loans) TO \(Quoting.identifier(session)) WITH ADMIN OPTION; or connect as a superuser"
                : "connect as a superuser, or let one do it"
        )
    }

    /// Returns what is told of parameters of a server that the session may not set.
    ///
    /// - Parameter differences: Of the instance, each with a path such as `parameters.work_mem`.
    func refusals(of differences: [Difference], on instance: Instance) -> [Diagnostic] {
        let names = differences.compactMap { $0.path.wholeMatch(of: /parameters\.(.+)/).map { String($0.1) } }
        let missing = mayReload ? names.filter { !alterableParameters.contains($0.lowercased()) } : names
        guard !missing.isEmpty else { return [] }
        let me = Quoting.identifier(session)
        let grants = missing.sorted().joined(separator: ", ")
        let reload = mayReload ? "" : "GRANT EXECUTE ON FUNCTION pg_reload_conf() TO \(me); "
        return [
            Diagnostic(
                .missingRights,
                "Setting \(missing.sorted().shortened) of \(instance.name) takes ALTER SYSTEM\(mayReload ? "" : " and pg_reload_conf()"), which \(session), as whom pgsteer connects, has not been given; PostgreSQL will refuse it, and the rest waits for it.",
                at: instance.parameters.first { missing.contains($0.name) }?.range ?? instance.range,
                severity: .warning,
                help:
                    "as a superuser: GRANT ALTER SYSTEM ON PARAMETER \(grants) TO \(me); \(reload)or leave them out of the specification"
            )
        ]
    }
}
