package import FleetModel
import Hashing
package import SQL

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A role as a server reports it.
package struct ObservedAccount: ObservedObject {
    /// One grant of a membership; a role may have the same membership from several grantors (PostgreSQL 16 and later).
    package struct Membership: Codable, Hashable, Sendable {
        @Name package var role: String
        @Name package var grantor: String
        package var admin: Bool
        package var inherit: Bool
        package var set: Bool
        /// Whether PostgreSQL itself made it for the creator of the role.
        package var isInitial: Bool
    }

    /// A membership in a role that the account has passed on, whoever has it and from whom; PostgreSQL 16 and later.
    package struct SharedMembership: Codable, Hashable, Sendable {
        @Name package var role: String
        @Name package var member: String
        @Name package var grantor: String
        package var admin: Bool
        package var inherit: Bool
        package var set: Bool
        /// Whether the account gave it.
        package var isGivenByIt: Bool
    }

    /// Things of one sort that belong to the role or name it, in one database.
    package struct Belongings: Codable, Hashable, Sendable {
        /// Empty for what is the server's as a whole.
        @Name package var database: String
        /// `pg_shdepend.deptype`: `o` owns, `a` has privileges, `r` is named by a policy, `i` has initial privileges.
        package var relation: String
        /// The catalogue that the things are in: `pg_class`.
        package var catalogue: String
        package var count: Int
        /// Whether they are in a database that nobody can connect to.
        package var isClosed: Bool
    }

    /// What a removal of the role touches in one database, as the server describes it.
    package struct Footprint: Hashable, Sendable {
        /// Things in words, the first of them by name.
        package struct Things: Hashable, Sendable {
            package static let most = 20
            package var names: [String] = []
            package var count = 0

            init(_ names: [String] = []) {
                for name in names { add(name) }
            }

            mutating func add(_ name: String) {
                count += 1
                if names.count < Self.most { names.append(name) }
            }
        }

        @Name package var database: String
        /// What it owns: `table public.orders`.
        package var owned = Things()
        /// What others own and what rests on that; dropping would be refused: `view public.report of bob`.
        package var dependents = Things()
        /// What others have from it on things of others, and lose with it: `SELECT on table public.orders of bob`.
        package var passedOn = Things()
        /// What goes with it whoever gets the rest: `user mapping for app on server far`, and policies that name it.
        package var bound = Things()
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
    /// All memberships in roles of which it gave somebody one.
    package var sharedMemberships: [SharedMembership]
    /// Who is a member of it; no part of what a saved plan has seen.
    package var members: Footprint.Things
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
    /// The databases that it owns, by name.
    package var ownedDatabases: [String]
    /// What its removal would touch, for accounts that are to be removed; what has moved is asked again.
    package var footprints: [Footprint] = []
    /// How many sessions it has now; no part of what a saved plan has seen either.
    package var sessionCount: Int
    /// Whether the server keeps memberships with options and grantors of their own: PostgreSQL 16 and later.
    package var hasMembershipOptions: Bool

    private enum CodingKeys: String, CodingKey {
        case login, connectionLimit, validUntil, createdb, createrole, isSuperuser, isReplication, bypassesRowSecurity
        case remark, memberships, sharedMemberships, verifier, isVerifierKnown, probe, serverIterations, settings,
            hasMembershipOptions
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
        sharedMemberships = Self.decode([SharedMembership].self, row, "shared_memberships") ?? []
        members = Footprint.Things(Self.decode([String].self, row, "members") ?? [])
        verifier = row["verifier"]
        isVerifierKnown = row.isTrue("is_verifier_known")
        serverIterations = row.integer("iterations") ?? SCRAMVerifier.defaultIterations
        settings = SessionSettings.observed(row)
        belongings = Self.decode([Belongings].self, row, "belongings") ?? []
        ownedDatabases = Self.decode([String].self, row, "owned_databases") ?? []
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
    /// What the server asks; what our own role or database was given says nothing of it.
    package static let serverIterations: Statement = """
        SELECT CASE WHEN source IN ('global', 'database', 'user', 'database user') THEN boot_val ELSE reset_val END
        FROM pg_catalog.pg_settings WHERE name = 'scram_iterations'
        """

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
                    WHEN r.rolvaliduntil = '-infinity' THEN \(Expiry.longAgo) END AS valid_until,
                shobj_description(r.oid, 'pg_authid') AS remark,
                (\(serverIterations)) AS iterations,
                current_setting('server_version_num')::int >= 160000 AS has_options,
                (SELECT count(*) FROM pg_stat_activity s WHERE s.usesysid = r.oid) AS sessions,
                (SELECT json_agg(json_build_object('role', g.rolname, 'grantor', pg_get_userbyid(m.grantor),
                        'admin', m.admin_option,
                        'inherit', coalesce((to_jsonb(m)->>'inherit_option')::boolean, r.rolinherit),
                        'set', coalesce((to_jsonb(m)->>'set_option')::boolean, true),
                        'isInitial', m.grantor = 10 AND m.admin_option AND r.rolcreaterole
                            AND coalesce((to_jsonb(m)->>'inherit_option') = 'false', false)
                            AND (to_jsonb(m)->>'set_option') = 'false') ORDER BY g.rolname, m.grantor)
                    FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid) AS memberships,
                (SELECT json_agg(json_build_object('role', pg_get_userbyid(m.roleid), 'member', pg_get_userbyid(m.member),
                        'grantor', pg_get_userbyid(m.grantor), 'isGivenByIt', m.grantor = r.oid,
                        'admin', m.admin_option, 'inherit', (to_jsonb(m)->>'inherit_option')::boolean,
                        'set', (to_jsonb(m)->>'set_option')::boolean) ORDER BY m.roleid, m.member, m.grantor)
                    FROM pg_auth_members m WHERE current_setting('server_version_num')::int >= 160000
                        AND m.roleid IN (SELECT o.roleid FROM pg_auth_members o WHERE o.grantor = r.oid))
                    AS shared_memberships,
                (SELECT json_agg(DISTINCT pg_get_userbyid(m.member)) FROM pg_auth_members m WHERE m.roleid = r.oid) AS members,
                (SELECT json_agg(d.datname ORDER BY d.datname) FROM pg_database d WHERE d.datdba = r.oid)
                    AS owned_databases,
                (SELECT to_json(s.setconfig) FROM pg_db_role_setting s WHERE s.setrole = r.oid AND s.setdatabase = 0)
                    AS settings,
                (SELECT json_agg(b) FROM (SELECT coalesce(d.datname, '') AS database, s.deptype AS relation,
                        s.classid::regclass::text AS catalogue, count(*) AS count,
                        coalesce(bool_or(NOT d.datallowconn OR d.datconnlimit = -2), false) AS "isClosed"
                    FROM pg_shdepend s LEFT JOIN pg_database d ON d.oid = s.dbid
                    WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = r.oid GROUP BY 1, 2, 3 ORDER BY 1, 2, 3) b
                ) AS belongings
            FROM pg_roles r WHERE r.rolname !~ '^pg_' AND r.oid <> 10\(chosen)
            """
    }
}
