package import Diagnostics
package import FleetModel
package import SpecSchema

/// A role that people or programs log in as.
///
/// An attribute that is nil is not compared: whoever set it keeps it.
package struct Account: Sendable {
    package var id: ResourceID
    package var range: SourceRange
    package var password: Located<SecretReference>?
    package var remark: Located<String>?
    package var login: Located<Bool>?
    package var connectionLimit: Located<Int>?
    package var validUntil: Located<Expiry>?
    /// The roles it is a member of.
    package var memberships: [Membership]?
    package var createdb: Located<Bool>?
    package var createrole: Located<Bool>?
    /// What its sessions start with, in every database.
    package var settings: SessionSettings?
    /// What its sessions start with in one database, by its name; each is a resource of its own.
    package var databaseSettings: [NamedValue<SessionSettings>]
    /// What is done about privileges and memberships that it has and no document gives it.
    package var grantMode: GrantMode
    /// What is done about privileges and memberships that it has passed on when its own are taken away.
    package var passedOn: PassedOnPrivileges = .keep
    /// What documents say about the memberships of all accounts of the same instance.
    package var declaredMembers = DeclaredMembers([])
    /// Whether it is declared in order to be removed.
    package var isAbsent: Bool
    package var onRemove: RemovalPolicy
    /// Who gets what it owns, with the line that names it.
    package var heir: Located<String>?
    package var deletionPolicy: DeletionPolicy
    /// The line that names the instance, for an account in its own document.
    package var instanceRange: SourceRange
}

/// A role that an account is a member of, with the options of the membership.
package struct Membership: Sendable {
    package var role: Located<String>
    /// Whether the account may give the membership to others.
    package var admin: Located<Bool>?
    /// Whether it has the role's privileges without asking; PostgreSQL 16 and later.
    package var inherit: Located<Bool>?
    /// Whether it may become the role with SET ROLE; PostgreSQL 16 and later.
    package var set: Located<Bool>?
}

/// What is done about privileges that an account has and no document gives it.
package enum GrantMode: String, Codable, Sendable, CaseIterable {
    /// Those that pgsteer granted are revoked; others are left alone.
    case tracked
    /// All are revoked.
    case exact
    /// None is ever revoked.
    case additive
}

/// What is done about privileges and memberships that an account has passed on to others when its own are taken away.
package enum PassedOnPrivileges: String, Codable, Sendable, CaseIterable {
    /// They keep the account's own from being taken away, and are told.
    case keep
    /// They are taken away as well.
    case revoke
}

extension Account {
    /// Roles that reach beyond the server's data: to its files, its programs, or to everything (PostgreSQL manual, section
    /// 22.5 "Predefined Roles").
    private static let reachingOut: [String: String] = [
        "postgres": "it is the service's own superuser",
        "pg_execute_server_program": "it runs programs on the server's host",
        "pg_read_server_files": "it reads any file of the server",
        "pg_write_server_files": "it writes any file of the server",
    ]

    private func checkMemberships(collector: inout DiagnosticCollector) {
        for membership in memberships ?? [] {
            guard let reason = Self.reachingOut[membership.role.value.lowercased()] else { continue }
            collector.emitBadValue(
                "No account is a member of \(membership.role.value): \(reason).",
                at: membership.role.range
            )
        }
    }

    /// One of two entries for the same role would undo what the other does.
    private func checkRepetitions(collector: inout DiagnosticCollector) {
        var places: [Name: SourceRange] = [:]
        for membership in memberships ?? [] {
            let role = membership.role
            guard let first = places.updateValue(role.range, forKey: Name(role.value)) else { continue }
            collector.emit(
                Diagnostic(
                    .duplicateResource,
                    "\(name) is declared twice to be a member of \(role.value).",
                    at: role.range,
                    notes: [Diagnostic.Note("first declared here", at: first)],
                    help: "keep one of the two"
                )
            )
        }
    }

    package var references: [Located<ResourceID>] {
        let heir = heir.map { $0.map { ResourceID(Self.kind, id.instance, $0) } }
        return [Located(.instance(id.instance), at: instanceRange)] + [heir].compactMap(\.self)
    }

    package var roles: [Located<String>] {
        (isAbsent ? [] : (memberships ?? []).map(\.role)) + [heir].compactMap(\.self)
    }

    /// The roles it is a member of are made before it, those among them that are declared.
    package var predecessors: [ResourceID] {
        (memberships ?? []).map { ResourceID(Self.kind, id.instance, $0.role.value) }
    }

    package var secrets: [Located<SecretReference>] { isAbsent ? [] : [password].compactMap(\.self) }

    package var removalPolicy: RemovalPolicy? { isAbsent ? onRemove : nil }

    package func intended(on observed: ObservedAccount?) -> [String: [String]] {
        var lists: [String: [String]] = [:]
        if let memberships { lists["memberships"] = memberships.map(\.role.value).sorted() }
        if let settings { lists["settings"] = settings.names }
        return lists
    }

    package func applied(on observed: ObservedAccount) -> AppliedObject {
        var applied = AppliedObject(
            deletionPolicy: deletionPolicy,
            lists: intended(on: observed),
            removal: onRemove
        )
        applied.revokesPassedOn = passedOn == .revoke ? true : nil
        applied.verifier = observed.verifierDigest
        return applied
    }

    /// Names follow the product's rules where pgsteer made the server, and PostgreSQL's where it only manages it.
    package func adapted(to instance: Instance, collector: inout DiagnosticCollector) -> Account {
        var account = self
        if instance.connection == nil {
            if let problem = Rules.accountNameProblem(name) { collector.emitBadValue(problem, at: range) }
            account.id = ResourceID(Self.kind, id.instance, name.lowercased())
            account.heir = heir?.asAccount(of: instance)
            account.onRemove.reassignTo = account.heir?.value
            account.memberships = memberships?
                .map { membership in
                    var membership = membership
                    membership.role = membership.role.asAccount(of: instance)
                    return membership
                }
            checkMemberships(collector: &collector)
        } else {
            if let problem = Rules.reservedRoleProblem(name) { collector.emitBadValue(problem, at: range) }
            // Elsewhere the heir has to be declared, which what is absent is not.
            if let heir, heir.value.isSameName(as: name) {
                collector.emitBadValue("What \(name) owns cannot be given to \(name) itself.", at: heir.range)
            }
        }
        if let heir, onRemove.dropOwned {
            collector.emitBadValue("What it owns cannot be both given to \(heir.value) and dropped.", at: heir.range)
        }
        checkRepetitions(collector: &collector)
        settings?.check(major: instance.version.value, collector: &collector)
        for membership in memberships ?? [] where instance.version.value < 16 {
            for option in [membership.inherit, membership.set].compactMap(\.self) {
                collector.emitBadValue(
                    "Memberships have the options inherit and set from PostgreSQL 16 on; \(instance.name) has \(instance.version.value).",
                    at: option.range
                )
            }
        }
        return account
    }
}
