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
        let kept = ObservedAccount.SharedMembership.givenAnew(
            observed.keptMemberships(policy),
            losing: observed.sharedMemberships.filter(\.isGivenByIt),
            among: observed.sharedMemberships
        )
        var steps = kept.isEmpty ? [] : [StatementBatch(kept)]
        if policy.terminateSessions {
            // NOLOGIN first, so that no new session comes in between.
            let ending: Statement =
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = \(literal: name)"
            steps.append(StatementBatch(["ALTER ROLE \(identifier: name) NOLOGIN"]))
            steps.append(StatementBatch([ending], actors: [Name(name)]))
        }
        for database in observed.databasesWithBelongings {
            var statements: [Statement] = []
            if let heir = policy.reassignTo {
                statements.append("REASSIGN OWNED BY \(identifier: name) TO \(identifier: heir)")
            }
            // After reassigning, only privileges are left for it to drop; what else came in meanwhile must not go.
            if !policy.dropOwned { statements.append(refusal(of: name)) }
            statements.append("DROP OWNED BY \(identifier: name)")
            // Who gives a schema away must be one who may make schemas there.
            let heirs = policy.reassignTo.map { [Name($0), RoleLoan.databaseOwner] } ?? []
            let actors = Set([Name(name)] + heirs)
            steps.append(StatementBatch(statements, database: database, actors: actors))
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

    /// What is written already does not help.
    package static func removalHelp(_ policy: RemovalPolicy) -> String? {
        let ways = [
            policy.reassignTo == nil ? "{ reassignTo: NAME } to give away what it owns" : nil,
            policy.dropOwned || policy.reassignTo != nil ? nil : "{ dropOwned: true } to drop what is in databases",
            policy.terminateSessions ? nil : "{ terminateSessions: true } to end its sessions",
        ]
        .compactMap(\.self)
        return ways.isEmpty ? nil : "write onRemove: \(ways.joined(separator: ", "))"
    }
}

extension ObservedAccount {
    /// The memberships that it has given and that documents give all the same.
    func keptMemberships(_ policy: RemovalPolicy) -> [SharedMembership] {
        guard hasMembershipOptions else { return [] }
        return sharedMemberships.filter(\.isGivenByIt)
            .filter { policy.keptMembers[Name($0.role)]?.contains(Name($0.member)) ?? false }
    }

    /// The databases in which something belongs to it; any database serves for what is the server's.
    fileprivate var databasesWithBelongings: [String?] {
        let places = Set(belongings.map { Name($0.database) })
        let databases = places.filter { !$0.text.isEmpty }.sorted().map(\.text)
        return databases.isEmpty && places.contains("") ? [nil] : databases
    }
}
