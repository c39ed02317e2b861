package import FleetModel
package import SQL

/// What the session of somebody who is no superuser may not do on a server.
package struct MissingRights: Sendable {
    /// Who is connected.
    package var session: String
    /// Roles whose rights it neither has nor can lend itself.
    package var roles: Set<Name>
    /// Those of them that nobody can lend: superusers.
    package var superusers: Set<Name>
    /// Parameters that it may set for the whole server all the same.
    package var alterableParameters: Set<String>
    /// Whether it may let the server read its configuration.
    package var mayReload: Bool

    /// - Parameters:
    ///   - rows: What ``RoleLoan/missing`` answers.
    ///   - parameters: What ``alterable`` answers.
    package init(_ rows: [Row], parameters: [Row]) {
        alterableParameters = Set(parameters.compactMap { $0["name"] })
        mayReload = parameters.first?.isTrue("may_reload") ?? false
        session = rows.first?.text("me") ?? ""
        let missing = rows.filter { $0["name"] != nil }
        roles = Set(missing.map { Name($0.text("name")) })
        superusers = Set(missing.filter { $0.isTrue("is_superuser") }.map { Name($0.text("name")) })
    }

    /// Asks which parameters have been granted to the session (manual, GRANT, `ALTER SYSTEM`), and whether the function that
    /// brings them into force has.
    package static let alterable: Statement = """
        SELECT p.name, has_function_privilege('pg_reload_conf()', 'EXECUTE') AS may_reload
        FROM (SELECT 1) once LEFT JOIN (
            SELECT lower(parname) AS name FROM pg_parameter_acl WHERE has_parameter_privilege(parname, 'ALTER SYSTEM')
        ) p ON true
        """
}
