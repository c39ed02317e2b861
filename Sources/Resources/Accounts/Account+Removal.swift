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
        var steps: [StatementBatch] = []
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
        leaving: Set<String>
    ) -> String? {
        var remaining = observed
        remaining.belongings = observed.belongings.compactMap { part in
            if leaving.contains(part.database) { return nil }
            guard part.catalogue == "pg_database", part.relation == "o" else { return part }
            // Which databases it owns is not told here, only how many; the second look before the removal knows.
            var part = part
            part.count -= leaving.count
            return part.count > 0 ? part : nil
        }
        if observed.sessionCount > 0, !policy.terminateSessions {
            return
                "It has \(observed.sessionCount) \(observed.sessionCount == 1 ? "session" : "sessions"), which would go on without a role."
        }
        guard policy.reassignTo == nil else { return nil }
        // DROP OWNED drops neither databases nor tablespaces.
        if policy.dropOwned { remaining.belongings.removeAll { !$0.database.isEmpty } }
        return remaining.owned.isEmpty ? nil : "It owns \(remaining.owned.joined(separator: ", "))."
    }
}

extension Account {
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
            parts.append("it owns \(owned), which \(fate)")
        }
        let privileged = observed.privileged.joined(separator: ", ")
        if !privileged.isEmpty { parts.append("its privileges in \(privileged) are revoked") }
        if policy.terminateSessions { parts.append("its sessions are ended") }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }
}

extension ObservedAccount {
    /// What it owns and where, in words: `3 of pg_class in shop`.
    package var owned: [String] {
        belongings.filter { $0.relation == "o" && !Self.ownOnly.contains($0.catalogue) }
            .map { part in
                let thing = Self.words[part.catalogue].map { part.count == 1 ? $0.one : $0.many } ?? part.catalogue
                return "\(part.count) \(thing)\(part.database.isEmpty ? "" : " in \(part.database)")"
            }
    }

    /// What belongs to the role alone and cannot be given to another one: default privileges for what it makes, and its
    /// user mappings. They go with it.
    private static let ownOnly: Set<String> = ["pg_default_acl", "pg_user_mapping"]

    /// Where it has privileges, in words.
    package var privileged: [String] {
        let places = belongings.filter { $0.relation == "a" }
        return Set(places.map { $0.database.isEmpty ? "the server" : $0.database }).sorted()
    }

    /// The databases in which something belongs to it; any database serves for what is the server's.
    fileprivate var databasesWithBelongings: [String?] {
        let places = Set(belongings.map(\.database))
        let databases = places.filter { !$0.isEmpty }.sorted()
        return databases.isEmpty && places.contains("") ? [nil] : databases
    }

    private static let words: [String: (one: String, many: String)] = [
        "pg_class": ("table, view or sequence", "tables, views or sequences"), "pg_proc": ("routine", "routines"),
        "pg_namespace": ("schema", "schemas"), "pg_database": ("database", "databases"), "pg_type": ("type", "types"),
        "pg_extension": ("extension", "extensions"), "pg_largeobject": ("large object", "large objects"),
        "pg_foreign_server": ("foreign server", "foreign servers"), "pg_operator": ("operator", "operators"),
        "pg_subscription": ("subscription", "subscriptions"), "pg_publication": ("publication", "publications"),
    ]
}
