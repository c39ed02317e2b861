package import Diagnostics
package import FleetModel
package import SQL
package import SpecSchema

/// The privileges that documents give in one database, whoever they are for and whichever documents they stand in.
///
/// One resource a database, because PostgreSQL keeps the privileges of an object in one row that one writer at a time
/// may change: `Grant/orders/shop`. Privileges of the server as a whole (parameters, tablespaces) are looked at and given
/// in the database postgres.
package struct Grant: Sendable {
    /// An account that privileges are given to or taken from.
    package struct Holder: Sendable {
        /// The line that declares it.
        package var range: SourceRange
        package var passedOn: PassedOnPrivileges
        /// Whether a document says that it is to be gone.
        var isLeaving = false
    }

    package var id: ResourceID
    package var range: SourceRange
    package var rules: [GrantRule]
    /// What is done about privileges that no rule gives, by role; tracked for those not in it.
    package var modes: [Name: GrantMode]
    /// The accounts of the instance that say more about their privileges than the mode, by name.
    package var holders: [Name: Holder] = [:]
    /// PostgreSQL's major version.
    package var major: Int
    /// The extensions that are declared in the database: privileges may be on what they bring.
    package var extensions: [ResourceID] = []

    package var deletionPolicy: DeletionPolicy { .delete }

    /// What is done about privileges that a role has and no rule gives it.
    func mode(of role: String) -> GrantMode { modes[Name(role)] ?? .tracked }

    private var databaseName: String { id.name }

    package var references: [Located<ResourceID>] {
        let database = rules.map { $0.database.map { ResourceID(Database.kind, id.instance, $0) } }
            .filter { $0.value.name != GrantRule.maintenanceDatabase }
        let roles = rules.flatMap { [$0.grantee] + $0.creators }
            .filter { $0.value != GrantRule.everybody && !$0.value.hasPrefix("pg_") }
            .map { $0.map { ResourceID(Account.kind, id.instance, $0) } }
        let instances = rules.map { $0.instance.map { ResourceID.instance($0) } }
        return instances + database + roles
    }

    package var roles: [Located<String>] {
        rules.flatMap { [$0.grantee] + $0.creators }.filter { $0.value != GrantRule.everybody }
    }

    /// Everything that privileges may be on: the database, schemas, extensions, and the creators of what is to come.
    package var predecessors: [ResourceID] {
        // No rule names a database in which privileges are only taken away.
        let database =
            databaseName == GrantRule.maintenanceDatabase
            ? [] : [ResourceID(Database.kind, id.instance, databaseName)]
        return database + extensions
            + rules.flatMap { rule -> [ResourceID] in
                switch rule.selection {
                case .named(.schema, _, let names):
                    names.map { ResourceID(Schema.kind, id.instance, databaseName, $0.value) }
                case .named(_, let schema, _), .all(_, let schema), .columns(let schema, _, _):
                    schema.isEmpty ? [] : [ResourceID(Schema.kind, id.instance, databaseName, schema)]
                case .future(_, let schema, let creators):
                    creators.map { ResourceID(Account.kind, id.instance, $0.value) }
                        + (schema.isEmpty ? [] : [ResourceID(Schema.kind, id.instance, databaseName, schema)])
                }
            }
    }

    /// Takes over what accounts say about all of their privileges.
    mutating func govern(_ accounts: [(name: String, account: Account)]) {
        for (name, account) in accounts {
            if account.grantMode != .tracked { modes[Name(name)] = account.grantMode }
            holders[Name(name)] = Holder(
                range: account.range,
                passedOn: account.passedOn,
                isLeaving: account.isAbsent
            )
        }
    }

    /// The same, for taking everything from a role and nothing from anybody else; what it has passed on goes along, and what
    /// documents give is given anew.
    package func withdrawing(from role: String) -> Grant {
        var grant = self
        grant.modes = [Name(role): .exact]
        grant.holders = [Name(role): Holder(range: range, passedOn: .revoke)]
        return grant
    }

    /// What others lose when everything is taken from a role, in words: `SELECT on table public.orders of bob`.
    package func losses(with role: String, on observed: ObservedGrants) -> [String] {
        withdrawing(from: role).changes(from: observed, context: ObjectContext())
            .filter { !$0.place.grantee.isSameName(as: role) }
            .flatMap { change in
                change.observed.keys.filter { change.result[$0] == nil }.sorted()
                    .map { "\($0.rawValue) on \(change.place.target) of \(change.place.grantee)" }
            }
    }

    /// Databases in which somebody has from a role, which does not own them, what belongs to no database but to the server:
    /// privileges on the database itself, and on parameters and tablespaces.
    package static func databasesPassedOn(by role: String) -> Statement {
        """
        SELECT d.datname AS name FROM pg_database d CROSS JOIN LATERAL aclexplode(d.datacl) a
        WHERE pg_get_userbyid(a.grantor) = \(literal: role) AND a.grantor <> d.datdba AND d.datallowconn
        UNION SELECT \(literal: GrantRule.maintenanceDatabase) FROM (SELECT paracl FROM pg_parameter_acl
            UNION ALL SELECT spcacl FROM pg_tablespace) s (acl) CROSS JOIN LATERAL aclexplode(s.acl) a
        WHERE pg_get_userbyid(a.grantor) = \(literal: role) ORDER BY 1
        """
    }

    /// Databases in whose own list of privileges a role has one that the owner did not give.
    package static func databasesPassedOn(to role: String) -> Statement {
        """
        SELECT d.datname AS name FROM pg_database d CROSS JOIN LATERAL aclexplode(d.datacl) a
        JOIN pg_roles r ON r.oid = a.grantee
        WHERE r.rolname = \(literal: role) AND a.grantor <> d.datdba AND d.datallowconn GROUP BY 1 ORDER BY 1
        """
    }

    /// Nothing is desired any more where privileges were applied that no document mentions: those are revoked.
    package static func emptied(_ id: ResourceID) -> Grant? {
        Grant(id: id, range: SourceRange.nowhere, rules: [], modes: [:], major: 0)
    }

    package func adapted(to instance: Instance, collector: inout DiagnosticCollector) -> Grant {
        var grant = self
        grant.major = instance.version.value
        for index in rules.indices {
            rules[index].check(major: grant.major, collector: &collector)
            grant.rules[index].grantee = rules[index].grantee.asAccount(of: instance)
            if case .future(let kind, let schema, let creators) = rules[index].selection {
                let accounts = creators.map { $0.asAccount(of: instance) }
                grant.rules[index].selection = .future(kind, schema: schema, creators: accounts)
            }
        }
        return grant
    }

    package func refine(_ request: inout ObservationRequest) {
        for rule in rules {
            switch rule.selection {
            case .named(.largeObject, _, let names): request.largeObjects += names.compactMap { Int($0.value) }
            case .named(.routine, let schema, let names) where ObservedGrants.isOwnSchema(schema):
                request.routines.formUnion(names.map { "\(schema).\(RoutineSignature($0.value)?.name ?? $0.value)" })
            case .named(.type, let schema, let names): request.types.formUnion(names.map { "\(schema).\($0.value)" })
            case .columns(_, _, let columns):
                request.columns.formUnion(columns.map(\.value).filter(ObservedGrants.systemColumns.contains))
            default: continue
            }
        }
    }

    package static func id(of name: String, in database: String, on instance: String) -> ResourceID {
        ResourceID(kind, instance, database)
    }
}
