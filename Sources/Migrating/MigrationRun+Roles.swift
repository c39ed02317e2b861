import PostgresClient
import Resources
import SQL

extension MigrationRun {
    /// Roles that are spoken of elsewhere: privileges on columns, policies, user mappings, default privileges, servers.
    private static let otherRolesQuery: Statement = """
        SELECT s.refobjid FROM pg_shdepend s
        WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND s.refclassid = 'pg_authid'::regclass AND s.deptype IN ('o', 'a', 'r')
          AND (s.classid NOT IN ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_namespace'::regclass,
              'pg_largeobject'::regclass, 'pg_publication'::regclass, 'pg_extension'::regclass)
            OR s.classid = 'pg_class'::regclass AND s.objsubid <> 0)
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = s.classid AND d.objid = s.objid AND d.deptype = 'e')
        """

    /// Roles that own what is moved or have privileges on it.
    private static let rolesQuery: Statement = """
        WITH holders AS (
          SELECT c.relowner AS role, c.relacl AS acl FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE \(SourceCatalogue.foreignSchemas)
          UNION ALL SELECT p.proowner, p.proacl FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE \(SourceCatalogue.foreignSchemas)
          UNION ALL SELECT t.typowner, t.typacl FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
            WHERE \(SourceCatalogue.foreignSchemas)
          UNION ALL SELECT n.nspowner, n.nspacl FROM pg_namespace n WHERE \(SourceCatalogue.foreignSchemas)
          UNION ALL SELECT d.defaclrole, d.defaclacl FROM pg_default_acl d
        ), named AS (
          SELECT role FROM holders UNION SELECT a.grantee FROM holders h CROSS JOIN aclexplode(h.acl) a
          UNION \(otherRolesQuery)
        )
        SELECT r.rolname AS name FROM pg_roles r JOIN named ON named.role = r.oid WHERE r.rolname !~ '^pg_' ORDER BY 1
        """

    /// Makes sure that the target has the roles that own what is moved; makes them when the document says `roles: true`.
    func bringRoles(_ source: PostgresConnection, _ target: PostgresConnection) async throws {
        let needed = try await source.query(Self.rolesQuery).map { $0.text("name") }
        let there = Set(try await target.query("SELECT rolname AS name FROM pg_roles").map { $0.text("name") })
        let missing = needed.filter { !there.contains($0) }
        if missing.isEmpty { return }
        guard migration.carriesRoles else {
            let names = missing.joined(separator: ", ")
            throw MigrationError(
                "the target has no \(missing.count == 1 ? "role" : "roles") \(names), who own what is moved or have privileges on it",
                help: "declare them as accounts of the target, or let them be made with roles: true in the document"
            )
        }
        let isSuperuser =
            try await source.query("SELECT rolsuper AS is FROM pg_roles WHERE rolname = current_user").first?
            .isTrue("is") ?? false
        let table: Statement = isSuperuser ? "pg_authid" : "pg_roles"
        let password: Statement = isSuperuser ? "rolpassword" : "NULL"
        for name in missing {
            let rows = try await source.query(
                """
                SELECT rolcanlogin, rolcreatedb, rolcreaterole, rolinherit, \(password) AS verifier, rolconnlimit
                FROM \(table) WHERE rolname = \(bind: name)
                """
            )
            guard let row = rows.first else { continue }
            func word(_ column: String, _ text: String) -> String { (row.isTrue(column) ? "" : "NO") + text }
            let words = [
                word("rolcanlogin", "LOGIN"), word("rolcreatedb", "CREATEDB"), word("rolcreaterole", "CREATEROLE"),
                word("rolinherit", "INHERIT"), "CONNECTION LIMIT \(row.integer("rolconnlimit") ?? -1)",
            ]
            let secret: Statement = row["verifier"].map { " PASSWORD \(secret: $0)" } ?? ""
            try await quietly(target) {
                try await target.execute(
                    "CREATE ROLE \(identifier: name) \(keywords: words.joined(separator: " "))\(secret)"
                )
            }
        }
        try await bringMemberships(of: missing, source, target)
    }

    private func bringMemberships(
        of roles: [String],
        _ source: PostgresConnection,
        _ target: PostgresConnection
    ) async throws {
        let rows = try await source.query(
            """
            SELECT DISTINCT g.rolname AS role, m.rolname AS member
            FROM pg_auth_members a JOIN pg_roles g ON g.oid = a.roleid JOIN pg_roles m ON m.oid = a.member ORDER BY 1, 2
            """
        )
        let there = Set(try await target.query("SELECT rolname AS name FROM pg_roles").map { $0.text("name") })
        for row in rows where roles.contains(row.text("member")) && there.contains(row.text("role")) {
            try await target.execute("GRANT \(identifier: row.text("role")) TO \(identifier: row.text("member"))")
        }
    }

    /// Keeps what a session sends out of the server's log, as far as the session may.
    func quietly(_ connection: PostgresConnection, _ body: () async throws -> Void) async throws {
        for setting: Statement in [
            "SET log_statement TO none", "SET log_min_duration_statement TO -1", "SET log_min_error_statement TO panic",
            "SET log_duration TO off",
        ] { _ = try? await connection.query(setting) }
        try await body()
        for setting: Statement in [
            "RESET log_statement", "RESET log_min_duration_statement", "RESET log_min_error_statement",
            "RESET log_duration",
        ] { _ = try? await connection.query(setting) }
    }
}
