import FleetModel
import Hashing
import SQL

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A role as a server reports it.
package struct ObservedAccount: ObservedObject {
    /// One grant of a membership; a role may have the same membership from several grantors (PostgreSQL 16 and later).
    package struct Membership: Codable, Hashable, Sendable {
        package var role: String
        package var grantor: String
        package var admin: Bool
        package var inherit: Bool
        package var set: Bool
        /// Whether PostgreSQL itself made it for the creator of the role.
        package var isInitial: Bool
    }

    /// Things of one sort that belong to the role or name it, in one database.
    package struct Belongings: Codable, Hashable, Sendable {
        /// Empty for what is the server's as a whole.
        package var database: String
        /// `pg_shdepend.deptype`: `o` owns, `a` has privileges, `r` is named by a policy, `i` has initial privileges.
        package var relation: String
        /// The catalogue that the things are in: `pg_class`.
        package var catalogue: String
        package var count: Int
    }

    /// What a login with the password that is desired showed, where verifiers cannot be read.
    package enum Probe: String, Codable, Sendable {
        case accepted
        case refused
    }

    package var login: Bool
    package var connectionLimit: Int
    package var validUntil: Expiry
    package var createdb: Bool
    package var createrole: Bool
    package var isSuperuser: Bool
    package var isReplication: Bool
    package var bypassesRowSecurity: Bool
    package var remark: String?
    package var memberships: [Membership]
    /// What is stored for the password: a SCRAM verifier, an md5 hash, or nothing. Never shown.
    package var verifier: String?
    /// Whether the verifier could be read at all.
    package var isVerifierKnown: Bool
    package var probe: Probe?
    /// How many iterations the server asks new verifiers to have.
    package var serverIterations: Int
    /// By parameter.
    package var settings: [String: String]
    /// Moves whenever an application makes a table, so it is no part of what a saved plan has seen.
    package var belongings: [Belongings]
    /// How many sessions it has now; no part of what a saved plan has seen either.
    package var sessionCount: Int
    /// Whether the server keeps memberships with options and grantors of their own: PostgreSQL 16 and later.
    package var hasMembershipOptions: Bool

    private enum CodingKeys: String, CodingKey {
        case login, connectionLimit, validUntil, createdb, createrole, isSuperuser, isReplication, bypassesRowSecurity
        case remark, memberships, verifier, isVerifierKnown, probe, serverIterations, settings, hasMembershipOptions
    }

    init(_ row: Row) {
        login = row.isTrue("rolcanlogin")
        connectionLimit = row.integer("rolconnlimit") ?? -1
        validUntil = row.integer("valid_until").map(Expiry.at) ?? .never
        createdb = row.isTrue("rolcreatedb")
        createrole = row.isTrue("rolcreaterole")
        isSuperuser = row.isTrue("rolsuper")
        isReplication = row.isTrue("rolreplication")
        bypassesRowSecurity = row.isTrue("rolbypassrls")
        remark = row["remark"]
        memberships = Self.decode([Membership].self, row, "memberships") ?? []
        verifier = row["verifier"]
        isVerifierKnown = row.isTrue("is_verifier_known")
        serverIterations = row.integer("iterations") ?? SCRAMVerifier.defaultIterations
        settings = SessionSettings.observed(row)
        belongings = Self.decode([Belongings].self, row, "belongings") ?? []
        sessionCount = row.integer("sessions") ?? 0
        hasMembershipOptions = row.isTrue("has_options")
    }

    private static func decode<Value: Decodable>(_: Value.Type, _ row: Row, _ column: String) -> Value? {
        row[column].flatMap { try? JSONDecoder().decode(Value.self, from: Data($0.utf8)) }
    }

    /// Tells whether the stored verifier is still the same, without telling the verifier.
    package var verifierDigest: String? { verifier.map { SHA256.digest($0.utf8) } }

    /// Whether the stored verifier was made from this password; nil when neither verifier nor probe tells.
    ///
    /// - Parameter now: Seconds since 1970-01-01T00:00:00Z.
    func hasPassword(_ password: String, of name: String, now: Int) -> Bool? {
        guard isVerifierKnown else {
            // A password that is no longer valid is refused with the same words as a wrong one.
            if case .at(let end) = validUntil, probe == .refused, end < now {
                return nil
            }
            return probe.map { $0 == .accepted }
        }
        guard let verifier else { return false }
        if let scram = SCRAMVerifier(verifier) { return scram.matches(password) }
        return MD5Verifier(verifier)?.matches(password, of: name) ?? false
    }
}

extension ObservedAccount {
    /// `rolpassword` is readable by superusers only; without it verifiers are unknown.
    ///
    /// `to_jsonb` reads the options that memberships have from PostgreSQL 16 on, and that 15 has no columns for: there a
    /// membership always lets become the role, and inherits as the member's own attribute says. A membership that the
    /// bootstrap superuser (oid 10) granted with nothing but ADMIN is what a creator of a role gets by itself.
    static func observation(_ request: ObservationRequest) -> Statement {
        let verifier: Statement =
            request.readsVerifiers
            ? "(SELECT a.rolpassword FROM pg_authid a WHERE a.oid = r.oid) AS verifier, true AS is_verifier_known"
            : "NULL AS verifier, false AS is_verifier_known"
        let chosen: Statement = request.name.map { " AND r.rolname = \(literal: $0)" } ?? ""
        return """
            SELECT r.rolname, r.rolcanlogin, r.rolconnlimit, r.rolcreatedb, r.rolcreaterole, r.rolsuper,
                r.rolreplication, r.rolbypassrls, \(verifier),
                CASE WHEN isfinite(r.rolvaliduntil) THEN extract(epoch FROM r.rolvaliduntil)::bigint
                    WHEN r.rolvaliduntil = '-infinity' THEN -210866803200 END AS valid_until,
                shobj_description(r.oid, 'pg_authid') AS remark,
                current_setting('scram_iterations', true) AS iterations,
                current_setting('server_version_num')::int >= 160000 AS has_options,
                (SELECT count(*) FROM pg_stat_activity s WHERE s.usesysid = r.oid) AS sessions,
                (SELECT json_agg(json_build_object('role', g.rolname, 'grantor', pg_get_userbyid(m.grantor),
                        'admin', m.admin_option,
                        'inherit', coalesce((to_jsonb(m)->>'inherit_option')::boolean, r.rolinherit),
                        'set', coalesce((to_jsonb(m)->>'set_option')::boolean, true),
                        'isInitial', m.grantor = 10 AND m.admin_option
                            AND coalesce((to_jsonb(m)->>'inherit_option') = 'false', false)
                            AND (to_jsonb(m)->>'set_option') = 'false') ORDER BY g.rolname, m.grantor)
                    FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid) AS memberships,
                (SELECT to_json(s.setconfig) FROM pg_db_role_setting s WHERE s.setrole = r.oid AND s.setdatabase = 0)
                    AS settings,
                (SELECT json_agg(b) FROM (SELECT coalesce(d.datname, '') AS database, s.deptype AS relation,
                        s.classid::regclass::text AS catalogue, count(*) AS count
                    FROM pg_shdepend s LEFT JOIN pg_database d ON d.oid = s.dbid
                    WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = r.oid GROUP BY 1, 2, 3 ORDER BY 1, 2, 3) b
                ) AS belongings
            FROM pg_roles r WHERE r.rolname !~ '^pg_' AND r.oid <> 10\(chosen)
            """
    }
}
