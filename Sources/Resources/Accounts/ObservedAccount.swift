import Hashing
package import SQL

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A role as a server reports it.
package struct ObservedAccount: ObservedObject {
    package var login: Bool
    package var connectionLimit: Int
    package var validUntil: Expiry
    package var createdb: Bool
    package var createrole: Bool
    package var isSuperuser: Bool
    package var remark: String?
    package var memberships: [String]
    /// What is stored for the password: a SCRAM verifier, an md5 hash, or nothing. Never shown.
    package var verifier: String?

    /// `rolpassword` is readable by superusers only; the administrator of the local provider is one.
    package static let observation: Statement = """
        SELECT r.rolname, r.rolcanlogin, r.rolconnlimit, r.rolcreatedb, r.rolcreaterole, r.rolsuper, a.rolpassword,
            CASE WHEN isfinite(r.rolvaliduntil) THEN extract(epoch FROM r.rolvaliduntil)::bigint END AS valid_until,
            shobj_description(r.oid, 'pg_authid') AS remark,
            (SELECT coalesce(json_agg(g.rolname ORDER BY g.rolname), '[]')
                FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid) AS memberships
        FROM pg_roles r JOIN pg_authid a ON a.oid = r.oid
        WHERE r.rolname !~ '^pg_' AND r.rolname <> 'postgres'
        """

    init(_ row: Row) {
        login = row.isTrue("rolcanlogin")
        connectionLimit = row.integer("rolconnlimit") ?? -1
        validUntil = row.integer("valid_until").map(Expiry.at) ?? .never
        createdb = row.isTrue("rolcreatedb")
        createrole = row.isTrue("rolcreaterole")
        isSuperuser = row.isTrue("rolsuper")
        remark = row["remark"]
        memberships = (try? JSONDecoder().decode([String].self, from: Data(row.text("memberships").utf8))) ?? []
        verifier = row["rolpassword"]
    }

    /// Whether the stored verifier was made from this password.
    func hasPassword(_ password: String) -> Bool {
        verifier.flatMap(SCRAMVerifier.init)?.matches(password) ?? false
    }
}
