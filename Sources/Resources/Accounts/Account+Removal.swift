import Diagnostics
package import FleetModel
import SQL
import SpecSchema

extension Account {
    /// Returns what takes a role away: its sessions, what it owns and may do in each database, then the role itself.
    ///
    /// Every step may be repeated, so that a removal that was interrupted goes on where it was: what has been reassigned
    /// is no longer observed. PostgreSQL manual, section 22.4 "Dropping Roles".
    package static func removal(
        of id: ResourceID,
        observed: ObservedAccount,
        policy: RemovalPolicy
    ) -> [StatementBatch] {
        let name = id.name
        let kept = observed.keptMemberships(policy).map(\.givenAnew)
        var steps = kept.isEmpty ? [] : [StatementBatch(kept)]
        if policy.terminateSessions {
            // NOLOGIN first, so that no new session comes in between.
            let ending: Statement =
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = \(literal: name)"
            steps.append(StatementBatch(["ALTER ROLE \(identifier: name) NOLOGIN", ending], isAtomic: false))
        }
        for database in observed.databasesWithBelongings {
            var statements: [Statement] = []
            if let heir = policy.reassignTo {
                statements.append("REASSIGN OWNED BY \(identifier: name) TO \(identifier: heir)")
            }
            // After reassigning, only privileges are left for it to drop; what else came in meanwhile must not go.
            if !policy.dropOwned { statements.append(refusal(of: name)) }
            statements.append("DROP OWNED BY \(identifier: name)")
            steps.append(StatementBatch(statements, database: database))
        }
        return steps + [StatementBatch(["DROP ROLE IF EXISTS \(identifier: name)"])]
    }

    /// Fails in the same transaction when the role owns something in the database after all: a text that is no number
    /// becomes the error, and `current_database()` keeps it from being one before it is needed.
    private static func refusal(of name: String) -> Statement {
        let message = "\(name) owns something that was made meanwhile, in "
        return """
            SELECT (\(literal: message) || current_database())::integer FROM pg_shdepend d JOIN pg_database b ON b.oid = d.dbid
            JOIN pg_roles r ON r.oid = d.refobjid WHERE d.refclassid = 'pg_authid'::regclass AND d.deptype = 'o'
                AND d.classid NOT IN ('pg_default_acl'::regclass, 'pg_user_mapping'::regclass) AND r.rolname = \(literal: name) AND b.datname = current_database()
            """
    }

    /// Returns why a role cannot be removed as it is to be; nil when it can.
    package static func removalObstacle(
        _ observed: ObservedAccount,
        policy: RemovalPolicy,
        leaving: Set<Name>
    ) -> String? {
        var remaining = observed
        remaining.belongings.removeAll { leaving.contains(Name($0.database)) }
        remaining.ownedDatabases.removeAll { leaving.contains(Name($0)) }
        remaining.footprints.removeAll { leaving.contains(Name($0.database)) }
        // All at once: whoever mends one of them should know of the others.
        let obstacles = [
            sessionObstacle(observed, policy), closedObstacle(remaining), dependentObstacle(remaining, policy),
            ownedObstacle(remaining, policy),
        ]
        .compactMap(\.self)
        return obstacles.isEmpty ? nil : obstacles.joined(separator: " ")
    }

    private static func sessionObstacle(_ observed: ObservedAccount, _ policy: RemovalPolicy) -> String? {
        guard observed.sessionCount > 0, !policy.terminateSessions else { return nil }
        let sessions = observed.sessionCount == 1 ? "session" : "sessions"
        return "It has \(observed.sessionCount) \(sessions), which would go on without a role."
    }

    /// What is in a database that nobody can connect to can be neither given away nor dropped.
    private static func closedObstacle(_ observed: ObservedAccount) -> String? {
        let closed = Set(observed.belongings.filter(\.isClosed).map { Name($0.database) }).sorted().map(\.text)
        if closed.isEmpty { return nil }
        let names = closed.joined(separator: ", ")
        return closed.count == 1
            ? "It owns things or has rights in \(names), which takes no connections; let it take them, first."
            : "It owns things or has rights in \(names), which take no connections; let them take some, first."
    }

    private static func dependentObstacle(_ observed: ObservedAccount, _ policy: RemovalPolicy) -> String? {
        guard policy.dropOwned, policy.reassignTo == nil else { return nil }
        let held = observed.footprints.filter { $0.dependents.count > 0 }
        if held.isEmpty { return nil }
        let things = held.map { "\($0.dependents.words) in \($0.database)" }.joined(separator: "; ")
        return "What it owns cannot be dropped, because other things rest on it: \(things)."
    }

    private static func ownedObstacle(_ observed: ObservedAccount, _ policy: RemovalPolicy) -> String? {
        guard policy.reassignTo == nil else { return nil }
        var kept = observed
        // DROP OWNED drops neither databases nor tablespaces.
        if policy.dropOwned { kept.belongings.removeAll { !$0.database.isEmpty } }
        return kept.owned.isEmpty ? nil : "It owns \(kept.owned.joined(separator: ", "))."
    }
}

extension Account {
    package static var holdsPrivileges: Bool { true }

    package static var removalHelp: String? {
        "write onRemove: { reassignTo: NAME } to give away what it owns, { dropOwned: true } to drop what is in databases, { terminateSessions: true } to end its sessions"
    }

    package static func removalNote(_ observed: ObservedAccount, policy: RemovalPolicy) -> String? {
        var parts: [String] = []
        let owned = observed.owned.joined(separator: ", ")
        if !owned.isEmpty {
            let fate =
                policy.reassignTo.map { "goes to \($0)" }
                ?? (policy.dropOwned ? "is dropped" : "keeps it from being removed")
            let named = observed.footprints.filter { $0.owned.count > 0 }
                .map { "in \($0.database) \($0.owned.words)" }.joined(separator: "; ")
            parts.append("it owns \(owned), which \(fate)\(named.isEmpty ? "" : ": \(named)")")
        }
        let privileged = observed.privileged.joined(separator: ", ")
        if !privileged.isEmpty { parts.append("its privileges in \(privileged) are revoked") }
        let passedOn =
            [observed.passedOnMemberships(policy)].filter { $0.count > 0 }.map { "membership in \($0.words)" }
            + observed.footprints.filter { $0.passedOn.count > 0 }.map { "in \($0.database) \($0.passedOn.words)" }
        if !passedOn.isEmpty {
            parts.append("what it has passed on is revoked with it: \(passedOn.joined(separator: "; "))")
        }
        let bound = observed.footprints.filter { $0.bound.count > 0 }.map { "in \($0.database) \($0.bound.words)" }
        if !bound.isEmpty { parts.append("what is for it alone goes with it: \(bound.joined(separator: "; "))") }
        if policy.terminateSessions { parts.append("its sessions are ended") }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }
}

extension ObservedAccount {
    /// What it owns and where, in words: `database shop`, `3 tables, views or sequences in shop`.
    package var owned: [String] {
        belongings.filter { $0.relation == "o" && !Self.ownOnly.contains($0.catalogue) }
            .compactMap { part in
                if part.catalogue == "pg_database" {
                    let noun = ownedDatabases.count == 1 ? "database" : "databases"
                    return ownedDatabases.isEmpty ? nil : "\(noun) \(ownedDatabases.joined(separator: ", "))"
                }
                let thing = Self.words[part.catalogue].map { part.count == 1 ? $0.one : $0.many } ?? part.catalogue
                return "\(part.count) \(thing)\(part.database.isEmpty ? "" : " in \(part.database)")"
            }
    }

    /// What belongs to the role alone and cannot be given to another one: default privileges for what it makes, and its
    /// user mappings. They go with it.
    private static let ownOnly: Set<String> = ["pg_default_acl", "pg_user_mapping"]

    /// The memberships that it alone has given.
    private var passedOnAlone: [SharedMembership] {
        let others = sharedMemberships.filter { !$0.isGivenByIt }
        return sharedMemberships.filter { membership in
            membership.isGivenByIt
                && !others.contains {
                    $0.role.isSameName(as: membership.role) && $0.member.isSameName(as: membership.member)
                }
        }
    }

    /// Those among them that documents give all the same.
    fileprivate func keptMemberships(_ policy: RemovalPolicy) -> [SharedMembership] {
        guard hasMembershipOptions else { return [] }
        return passedOnAlone.filter { policy.keptMembers[Name($0.role)]?.contains(Name($0.member)) ?? false }
    }

    /// Who loses a membership with it: `readers of bob`.
    fileprivate func passedOnMemberships(_ policy: RemovalPolicy) -> Footprint.Things {
        let kept = Set(keptMemberships(policy))
        var things = Footprint.Things()
        for membership in passedOnAlone where !kept.contains(membership) {
            things.add("\(membership.role) of \(membership.member)")
        }
        return things
    }

    /// Where it has privileges, in words.
    package var privileged: [String] {
        let places = belongings.filter { $0.relation == "a" }
        return Set(places.map { $0.database.isEmpty ? "the server" : $0.database }).sorted()
    }

    /// The databases in which something belongs to it; any database serves for what is the server's.
    fileprivate var databasesWithBelongings: [String?] {
        let places = Set(belongings.map { Name($0.database) })
        let databases = places.filter { !$0.text.isEmpty }.sorted().map(\.text)
        return databases.isEmpty && places.contains("") ? [nil] : databases
    }

    private static let words: [String: (one: String, many: String)] = [
        "pg_class": ("table, view or sequence", "tables, views or sequences"), "pg_proc": ("routine", "routines"),
        "pg_namespace": ("schema", "schemas"), "pg_type": ("type", "types"),
        "pg_extension": ("extension", "extensions"), "pg_largeobject": ("large object", "large objects"),
        "pg_foreign_server": ("foreign server", "foreign servers"),
        "pg_foreign_data_wrapper": ("foreign-data wrapper", "foreign-data wrappers"),
        "pg_operator": ("operator", "operators"), "pg_opclass": ("operator class", "operator classes"),
        "pg_opfamily": ("operator family", "operator families"), "pg_collation": ("collation", "collations"),
        "pg_conversion": ("conversion", "conversions"), "pg_language": ("language", "languages"),
        "pg_statistic_ext": ("set of extended statistics", "sets of extended statistics"),
        "pg_ts_dict": ("text search dictionary", "text search dictionaries"),
        "pg_ts_config": ("text search configuration", "text search configurations"),
        "pg_event_trigger": ("event trigger", "event triggers"), "pg_tablespace": ("tablespace", "tablespaces"),
        "pg_subscription": ("subscription", "subscriptions"), "pg_publication": ("publication", "publications"),
    ]
}
