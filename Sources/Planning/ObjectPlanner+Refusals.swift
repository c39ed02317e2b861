import Diagnostics
import FleetModel
import Resources
import SpecSchema

/// What a server does not let be planned: told before anything is done.
extension ObjectPlanner {
    /// Returns one diagnostic for each place that names a role which neither is there nor is declared.
    ///
    /// - Parameter server: Nil for one that is to be made, and begins with PostgreSQL's own roles.
    func missingRoles(on server: ObservedServer?) -> [Diagnostic] {
        guard let builtIn = server.map(\.builtInRoles) ?? ["postgres"] else { return [] }
        let accounts = objects.compactMap { $0 as? Account }
        // What is declared in order to be removed is not there to be referred to.
        let leaving = Set(accounts.filter(\.isAbsent).map { Name($0.name) })
        let declared = accounts.filter { !$0.isAbsent }.map { Name($0.name) }
        let present = server?.observed(Account.self).map { Name($0.id.name) } ?? []
        let known = builtIn.union(present).subtracting(leaving).union(declared)
        let names = known.map(\.text)
        // It only bounds how much is guessed.
        var guesses = DiagnosticCollector()
        return objects.flatMap { object in
            object.roles.filter { !known.contains(Name($0.value)) && !(server == nil && $0.value.hasPrefix("pg_")) }
                .map { role in
                    let isLeaving = leaving.contains(Name(role.value))
                    return Diagnostic(
                        .missingRole,
                        isLeaving
                            ? "\(object.id) names the role \"\(role.value)\", which is to be removed from \(instance) (state: absent)."
                            : "\(object.id) names the role \"\(role.value)\", which is not there on \(instance), and no document declares it.",
                        at: role.range,
                        help: isLeaving
                            ? "name another role, or take state: absent back"
                            : guesses.question(role.value, among: names) ?? "declare the account, or name another role"
                    )
                }
        }
    }

    /// What is in databases that nobody can connect to, by database.
    func closedObjects(on server: ObservedServer) -> [Name: [any ServerObject]] {
        let closed = Set(server.observed(Database.self).filter { $0.object.closure != nil }.map { Name($0.id.name) })
        if closed.isEmpty { return [:] }
        let inside = objects.filter { object in object.database.map { closed.contains(Name($0)) } ?? false }
        return Dictionary(grouping: inside) { Name($0.database ?? "") }
    }

    /// Tells, once for each database, that what is declared in it can be neither compared nor made.
    func closedDatabases(_ closed: [Name: [any ServerObject]], _ server: ObservedServer) -> [Diagnostic] {
        closed.compactMap { name, objects in
            let declared = objects.filter { $0.range != .nowhere }
            guard let first = declared.first else { return nil }
            let id = ResourceID(Database.kind, instance, name.text)
            let reason = (server.objects[Database.kind]?[id] as? ObservedDatabase)?.closure ?? "is closed"
            let others = declared.count > 1 ? " and \(declared.count - 1) more" : ""
            return Diagnostic(
                .unusualDatabase,
                "\(first.id)\(others) can be neither compared nor made: the database \(name) of \(instance) \(reason).",
                at: first.range,
                help: "let it take connections, or take what is in it out of the specification"
            )
        }
    }
}
