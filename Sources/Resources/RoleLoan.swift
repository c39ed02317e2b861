package import FleetModel
package import SQL

/// The rights of other roles, which a session lends itself for one transaction.
///
/// PostgreSQL lets an owner change what it owns, and a superuser everything. Who may only make roles (`CREATEROLE`, as on
/// managed servers) administers those it has made, and does not have their rights from PostgreSQL 16 on (manual, section
/// 21.2 "Role Attributes"). It may make itself a member, though: for as long as the transaction lasts, so that nobody else
/// sees it and nothing is left of it.
package struct RoleLoan {
    private struct Entry {
        var role: String
        /// What the session has given itself before, and gets back: whether it inherits, and whether it may become the role.
        var options: (inherit: Bool, set: Bool)?
    }

    private let entries: [Entry]
    /// Whether memberships have options: PostgreSQL 16 and later.
    private let hasOptions: Bool

    /// - Parameters:
    ///   - rows: What ``question(_:)`` answers.
    ///   - serverVersion: As PostgreSQL counts it: 150018 for 15.18.
    package init(_ rows: [Row], serverVersion: Int) {
        hasOptions = serverVersion >= 160_000
        entries = rows.map { row in
            let options = row["inherit"].map { _ in (inherit: row.isTrue("inherit"), set: row.isTrue("set")) }
            return Entry(role: row.text("name"), options: options)
        }
    }

    /// What is sent first.
    package var lending: [Statement] {
        let options: Statement = hasOptions ? " WITH INHERIT TRUE, SET TRUE" : ""
        return entries.map { "GRANT \(identifier: $0.role) TO CURRENT_USER\(options)" }
    }

    /// What is sent last.
    package var returning: [Statement] {
        entries.map { entry in
            guard hasOptions, let options = entry.options else {
                return "REVOKE \(identifier: entry.role) FROM CURRENT_USER"
            }
            let inherit: Statement = options.inherit ? "TRUE" : "FALSE"
            let set: Statement = options.set ? "TRUE" : "FALSE"
            return "GRANT \(identifier: entry.role) TO CURRENT_USER WITH INHERIT \(inherit), SET \(set)"
        }
    }

    // MARK: Questions

    /// Makes those who lend themselves something on one server wait for each other, until the end of the transaction.
    package static let turn: Statement =
        "SELECT pg_advisory_xact_lock(hashtextextended('pgsteer loan', 0))"

    /// The owner of the database that the session is in, whoever that is: the role of PostgreSQL's own that stands for it.
    package static let databaseOwner = Name("pg_database_owner")

    /// Asks which of some roles, one or more, the session has to make itself a member of, and can.
    package static func question(_ roles: Set<Name>) -> Statement {
        let names = Statement.joined(roles.map(\.text).sorted().map { "\(literal: $0)" }, separator: ", ")
        return """
            SELECT r.rolname AS name, (to_jsonb(own)->>'inherit_option') = 'true' AS inherit,
                (to_jsonb(own)->>'set_option') = 'true' AS set
            FROM pg_roles r JOIN pg_roles me ON me.rolname = current_user
            LEFT JOIN pg_auth_members own ON own.roleid = r.oid AND own.member = me.oid AND own.grantor = me.oid
            WHERE (r.rolname IN (\(names)) OR \(literal: databaseOwner.text) IN (\(names))
                    AND r.oid = (SELECT datdba FROM pg_database WHERE datname = current_database()))
                AND NOT \(isHeld) AND \(isLendable)
            ORDER BY r.rolname
            """
    }

    /// Asks who the session is, and whose rights it neither has nor can lend itself.
    package static let missing: Statement = """
        SELECT me.rolname AS me, r.rolname AS name, r.rolsuper AS is_superuser
        FROM pg_roles me LEFT JOIN pg_roles r ON r.rolname !~ '^pg_' AND NOT \(isHeld) AND NOT \(isLendable)
        WHERE me.rolname = current_user
        """

    /// Whether the session may do what the role `r` may, and become it.
    private static let isHeld: Statement = """
        (pg_has_role(r.oid, 'USAGE') AND pg_has_role(r.oid,
            CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END))
        """

    /// Whether the session of the role `me` may make itself a member of `r`. Before PostgreSQL 16, who may make roles may do
    /// so with each that is no superuser. A member of ours cannot have us as a member.
    private static let isLendable: Statement = """
        (NOT r.rolsuper AND r.rolname !~ '^pg_' AND NOT pg_has_role(r.oid, me.oid, 'MEMBER')
            AND (EXISTS (SELECT FROM pg_auth_members a WHERE a.roleid = r.oid AND a.member = me.oid AND a.admin_option)
                OR me.rolcreaterole AND current_setting('server_version_num')::int < 160000))
        """
}
