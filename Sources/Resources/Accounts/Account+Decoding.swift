package import Diagnostics
package import FleetModel
package import SpecSchema

/// An account as written, inline under an instance or as the `spec` of its own document.
package struct AccountSpec: Sendable {
    package var range: SourceRange
    package var instance: Located<String>?
    package var name: Located<String>?
    package var passwordFrom: Located<SecretReference>?
    package var remark: Located<String>?
    package var login: Located<Bool>?
    package var connectionLimit: Located<Int>?
    package var validUntil: Located<Expiry>?
    package var memberships: Located<[Located<MembershipSpec>]>?
    package var createdb: Located<Bool>?
    package var createrole: Located<Bool>?
    package var settings: Located<[NamedValue<String>]>?
    package var databaseSettings: Located<[NamedValue<[NamedValue<String>]>]>?
    package var grants: Located<[Located<GrantSpec>]>?
    package var grantMode: Located<GrantMode>?
    package var passedOn: Located<PassedOnPrivileges>?
    package var state: Located<AccountState>?
    package var onRemove: Located<RemovalSpec>?
    package var deletionPolicy: Located<DeletionPolicy>?

    private static let refused = [
        "superuser": "no account is a superuser; the service keeps that right to itself",
        "replication": "no account may replicate; the service sets up replication itself",
        "bypassrls": "no account may bypass row-level security",
        "password": "a password does not belong into a specification; use passwordFrom",
    ]

    /// The form inside an Instance document.
    package static let inline = ObjectSchema<AccountSpec>(
        "account",
        "A role that people or programs log in as.",
        refused: refused,
        make: { AccountSpec(range: $0) },
        fields: [Field("name", \.name, Rules.accountName, required: true, "1-16 letters, digits or \"_\".")]
            + roleFields + privilegeFields + lifeFields
    )

    /// The form of an Account document.
    package static let document = ObjectSchema<AccountSpec>(
        Account.kind,
        Account.summary,
        refused: refused,
        make: { AccountSpec(range: $0) },
        fields: [
            Field("instance", \.instance, Rules.instanceName, required: true, "The instance that the account is on."),
            Field("name", \.name, Rules.accountName, "The account's name, when metadata.name is another one."),
        ] + roleFields + privilegeFields + lifeFields
    )
}

extension AccountSpec {
    fileprivate static let roleFields: [Field<AccountSpec>] = [
        Field("passwordFrom", \.passwordFrom, .secretReference, "Where the password is kept."),
        Field("remark", \.remark, Rules.remark, "A comment for people."),
        Field("login", \.login, .boolean, "Whether one can log in as it; a new account can."),
        Field(
            "connectionLimit",
            \.connectionLimit,
            .integer(-1...2_147_483_647),
            "How many sessions it may have at a time; -1 for any number."
        ),
        Field(
            "validUntil",
            \.validUntil,
            .expiry,
            "When its password stops being accepted; a time with zone, or infinity. The plan warns 14 days before."
        ),
        Field("createdb", \.createdb, .boolean, "Whether it may create databases."),
        Field("createrole", \.createrole, .boolean, "Whether it may create roles."),
    ]

    fileprivate static let privilegeFields: [Field<AccountSpec>] = [
        Field(
            "memberships",
            \.memberships,
            .list(of: .membership),
            "The roles it is a member of, by name or with the options of the membership."
        ),
        Field("settings", \.settings, .parameters, "Parameters that its sessions start with."),
        Field(
            "databaseSettings",
            \.databaseSettings,
            .map(of: .parameters),
            "Parameters that its sessions in one database start with, by the database's name."
        ),
        Field("grants", \.grants, .list(of: .object(GrantSpec.inline)), "What it may do, object by object."),
        Field(
            "grantMode",
            \.grantMode,
            .choice(of: "grant mode"),
            "What becomes of privileges that no document gives it: tracked (by default) revokes what pgsteer granted, exact revokes all, additive none."
        ),
        Field(
            "passedOn",
            \.passedOn,
            .choice(of: "way with what was passed on"),
            "What becomes of privileges that it has passed on when its own are revoked: keep (by default) refuses to revoke, revoke takes them as well."
        ),
    ]

    fileprivate static let lifeFields: [Field<AccountSpec>] = [
        Field("state", \.state, .choice(of: "state"), "present (by default), or absent to have it removed."),
        Field("onRemove", \.onRemove, .object(RemovalSpec.schema), RemovalSpec.schema.shape.summary),
        .deletionPolicy(\.deletionPolicy, of: "account"),
    ]
}

/// Whether an account is to be there.
package enum AccountState: String, Sendable, CaseIterable {
    case present
    case absent
}

/// A membership as written.
package struct MembershipSpec: Sendable {
    var role: Located<String>?
    var admin: Located<Bool>?
    var inherit: Located<Bool>?
    var set: Located<Bool>?

    static let schema = ObjectSchema<MembershipSpec>(
        "membership",
        "A role that the account is a member of, with the options of the membership.",
        make: { _ in MembershipSpec() },
        fields: [
            Field("role", \.role, Rules.roleName, required: true, "The role."),
            Field("admin", \.admin, .boolean, "Whether the account may give the membership to others."),
            Field(
                "inherit",
                \.inherit,
                .boolean,
                "Whether it has the role's privileges without SET ROLE; 16 and later."
            ),
            Field("set", \.set, .boolean, "Whether it may become the role with SET ROLE; 16 and later."),
        ]
    )
}

extension ValueType where Value == MembershipSpec {
    fileprivate static var membership: ValueType {
        .textOrObject(Rules.roleName, make: { MembershipSpec(role: $0) }, MembershipSpec.schema)
    }
}

/// `onRemove` as written.
package struct RemovalSpec: Sendable {
    var reassignTo: Located<String>?
    var dropOwned: Located<Bool>?
    var terminateSessions: Located<Bool>?

    static let schema = ObjectSchema<RemovalSpec>(
        "onRemove",
        "What becomes of what the account owns, and of its sessions, when it is removed.",
        make: { _ in RemovalSpec() },
        fields: [
            Field("reassignTo", \.reassignTo, Rules.accountName, "Who gets what it owns, in every database."),
            Field("dropOwned", \.dropOwned, .boolean, "Whether what it owns is dropped; false by default."),
            Field(
                "terminateSessions",
                \.terminateSessions,
                .boolean,
                "Whether its sessions are ended; false by default."
            ),
        ]
    )

    var policy: RemovalPolicy {
        RemovalPolicy(
            reassignTo: reassignTo?.value,
            dropOwned: dropOwned?.value ?? false,
            terminateSessions: terminateSessions?.value ?? false
        )
    }
}

extension Account: DocumentKind {
    package static let kind = "Account"
    package static let summary = "One account of an instance, in a document of its own."
    package static var shape: ObjectShape { AccountSpec.document.shape }

    package static func declare(
        _ document: Document,
        in draft: inout FleetDraft,
        collector: inout DiagnosticCollector
    ) {
        guard var spec = document.decode(AccountSpec.document, collector: &collector), let instance = spec.instance
        else {
            return
        }
        spec.name = spec.name ?? document.metadata.name
        draft.add(spec, instance: instance, collector: &collector)
    }

    /// Makes an account of an instance from what is written; nil when it has no name.
    package init?(_ spec: AccountSpec, instance: Located<String>) {
        guard let name = spec.name else { return nil }
        self.init(
            id: ResourceID(Self.kind, instance.value, name.value),
            range: name.range,
            password: spec.passwordFrom,
            remark: spec.remark,
            login: spec.login,
            connectionLimit: spec.connectionLimit,
            validUntil: spec.validUntil,
            memberships: spec.memberships?.value.compactMap { Membership($0.value) },
            createdb: spec.createdb,
            createrole: spec.createrole,
            settings: spec.settings.map { SessionSettings($0.value) },
            databaseSettings: (spec.databaseSettings?.value ?? [])
                .map { NamedValue(name: $0.name, value: $0.value.map(SessionSettings.init)) },
            grantMode: spec.grantMode?.value ?? .tracked,
            passedOn: spec.passedOn?.value ?? .keep,
            isAbsent: spec.state?.value == .absent,
            onRemove: spec.onRemove?.value.policy ?? RemovalPolicy(),
            heir: spec.onRemove?.value.reassignTo,
            deletionPolicy: spec.deletionPolicy?.value ?? .retain,
            instanceRange: instance.range
        )
    }
}

extension Membership {
    fileprivate init?(_ spec: MembershipSpec) {
        guard let role = spec.role else { return nil }
        self.init(role: role, admin: spec.admin, inherit: spec.inherit, set: spec.set)
    }
}

extension FleetDraft {
    /// Adds an account with the privileges that are written under it.
    package mutating func add(_ spec: AccountSpec, instance: Located<String>, collector: inout DiagnosticCollector) {
        guard let account = Account(spec, instance: instance), let name = spec.name else { return }
        add(account)
        // With the role everything goes that it had.
        if account.isAbsent { return }
        for entry in account.databaseSettings {
            let id = ResourceID(AccountSettings.kind, instance.value, entry.name.value, name.value)
            add(AccountSettings(id: id, range: entry.name.range, settings: entry.value.value))
        }
        for grant in spec.grants?.value ?? [] {
            add(GrantRule.rules(of: grant, instance: instance, grantees: [name], collector: &collector))
        }
    }
}
