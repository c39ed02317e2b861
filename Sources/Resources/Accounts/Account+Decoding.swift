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
    package var memberships: Located<[Located<String>]>?
    package var createdb: Located<Bool>?
    package var createrole: Located<Bool>?
    package var deletionPolicy: Located<DeletionPolicy>?

    private static let refused = [
        "superuser": "no account is a superuser; the service keeps that right to itself",
        "replication": "no account may replicate; the service sets up replication itself",
        "bypassrls": "no account may bypass row-level security",
        "password": "a password does not belong into a specification; use passwordFrom",
    ]

    private static let attributes: [Field<AccountSpec>] = [
        Field("passwordFrom", \.passwordFrom, .secretReference, "Where the password is kept."),
        Field("remark", \.remark, Rules.remark, "A comment for people."),
        Field("login", \.login, .boolean, "Whether one can log in as it; a new account can."),
        Field(
            "connectionLimit",
            \.connectionLimit,
            .integer(-1...1_000_000),
            "How many sessions it may have at a time; -1 for any number."
        ),
        Field(
            "validUntil",
            \.validUntil,
            .expiry,
            "When its password stops being accepted; a time with zone, or infinity."
        ),
        Field("memberships", \.memberships, .list(of: Rules.roleName), "The roles it is a member of."),
        Field("createdb", \.createdb, .boolean, "Whether it may create databases."),
        Field("createrole", \.createrole, .boolean, "Whether it may create roles."),
        Field(
            "deletionPolicy",
            \.deletionPolicy,
            .choice(of: "deletion policy"),
            "What --prune does when no document declares the account any more: retain (by default) or delete."
        ),
    ]

    /// The form inside an Instance document.
    package static let inline = ObjectSchema<AccountSpec>(
        "account",
        "A role that people or programs log in as.",
        refused: refused,
        make: { AccountSpec(range: $0) },
        fields: [Field("name", \.name, Rules.accountName, required: true, "1-16 letters, digits or \"_\".")]
            + attributes
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
        ] + attributes
    )
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
        if spec.name == nil, let name = document.metadata.name {
            if let problem = Rules.accountNameProblem(name.value) {
                collector.emitBadValue(problem, at: name.range, help: "give the account's name as spec.name")
                return
            }
            spec.name = name.map { $0.lowercased() }
        }
        guard let account = Account(spec, instance: instance) else { return }
        draft.add(account, collector: &collector)
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
            memberships: spec.memberships?.value,
            createdb: spec.createdb,
            createrole: spec.createrole,
            deletionPolicy: spec.deletionPolicy?.value ?? .retain,
            instanceRange: instance.range
        )
    }
}
