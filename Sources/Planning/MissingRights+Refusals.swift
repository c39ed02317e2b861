import Diagnostics
import FleetModel
import Resources
import SQL

/// What PostgreSQL will refuse to somebody who is no superuser, told before it is tried. The rest of the plan can be done.
extension MissingRights {
    /// Returns what is told of a change that takes the rights of roles which the session neither has nor can lend itself.
    ///
    /// What needs a secret is about a role, and what may be done to roles nobody can lend.
    func refusals<Object: ServerObject>(
        of object: Object,
        from observed: Object.Observed?,
        _ context: ObjectContext
    ) -> [Diagnostic] {
        guard object.secrets.isEmpty else { return [] }
        var context = context
        context.isSuperuser = false
        let steps = observed.map { [object.update(from: $0, context: context)] } ?? object.creation(context: context)
        let owners = steps.reduce(into: Set<Name>()) { $0.formUnion($1.actors) }.intersection(roles)
        if owners.isEmpty { return [] }
        let names = owners.map(\.text).sorted()
        let loans = names.map { Quoting.identifier($0) }.joined(separator: ", ")
        let end = object is Grant ? "what \(session) has no grant option for" : "it"
        return [
            Diagnostic(
                .missingRights,
                "\(observed == nil ? "Creating" : "Changing") \(object.id.phrase) takes the rights of \(names.joined(separator: ", ")), which \(session), as whom pgsteer connects, neither has nor can lend itself; PostgreSQL will refuse \(end).",
                at: object.range,
                severity: .warning,
                help: superusers.isDisjoint(with: owners)
                    ? "as a superuser: GRANT \(loans) TO \(Quoting.identifier(session)) WITH ADMIN OPTION; or connect as a superuser"
                    : "connect as a superuser, or let one do it"
            )
        ]
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
