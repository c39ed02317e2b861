import Diagnostics
package import FleetModel
package import SpecSchema

/// An Instance document's `spec` as written.
package struct InstanceSpec: Sendable {
    package var version: Located<Int>?
    package var count: Located<Int>?
    package var size: Located<InstanceSize>?
    package var connection: Located<ConnectionSpec>?
    package var charset: Located<Instance.Charset>?
    package var availability: Located<AvailabilitySpec>?
    package var admin: Located<AdminSpec>?
    package var network: Located<NetworkSpec>?
    package var securityGroups: Located<[Located<String>]>?
    package var parameterTemplate: Located<String>?
    package var parameters: Located<[NamedValue<String>]>?
    package var databases: Located<[Located<DatabaseSpec>]>?
    package var accounts: Located<[Located<AccountSpec>]>?
    package var backup: Located<BackupPolicy>?
    package var restore: Located<RestoreSpec>?
    package var clone: Located<CloneSpec>?
    package var maintenance: Located<MaintenancePolicy>?
    package var suspend: Located<Bool>?
    package var logs: Located<LogsSpec>?
    package var restartToken: Located<String>?
    package var protection: Located<ProtectionSpec>?
    package var drift: Located<DriftPolicy>?
    package var deletionPolicy: Located<DeletionPolicy>?

    package static let schema = ObjectSchema<InstanceSpec>(
        Instance.kind,
        Instance.summary,
        refused: ["name": "an instance's name is metadata.name", "port": "the provider chooses the port and keeps it"],
        make: { _ in InstanceSpec() },
        fields: identityFields + serverFields + lifeFields
    )

    private static let identityFields: [Field<InstanceSpec>] = [
        Field("version", \.version, .majorVersion, "PostgreSQL's major version; the provider must have it."),
        Field(
            "count",
            \.count,
            .integer(1...10),
            "How many equal instances: NAME-1 ... NAME-N. More than 10 need more documents."
        ),
        Field("size", \.size, .object(InstanceSize.schema), InstanceSize.schema.shape.summary),
        Field(
            "charset",
            \.charset,
            .choice(of: "charset"),
            "The charset of its databases; creation only. UTF8 by default."
        ),
        Field(
            "availability",
            \.availability,
            .object(AvailabilitySpec.schema),
            "One server, or a primary with a standby."
        ),
        Field(
            "connection",
            \.connection,
            .connection,
            ConnectionSpec.schema.shape.summary
        ),
        Field("admin", \.admin, .object(AdminSpec.schema), "The account that may make databases and roles."),
    ]

    private static let serverFields: [Field<InstanceSpec>] = [
        Field("network", \.network, .object(NetworkSpec.schema), "Who can reach it."),
        Field(
            "securityGroups",
            \.securityGroups,
            .list(of: Rules.documentName),
            "The security groups whose rules guard the private endpoint."
        ),
        Field(
            "parameterTemplate",
            \.parameterTemplate,
            Rules.documentName,
            "The ParameterTemplate whose parameters it starts from."
        ),
        Field("parameters", \.parameters, .parameters, "PostgreSQL parameters and their values."),
        Field("databases", \.databases, .list(of: .object(DatabaseSpec.inline)), "Its databases."),
        Field("accounts", \.accounts, .list(of: .object(AccountSpec.inline)), "Its accounts."),
    ]

    private static let lifeFields: [Field<InstanceSpec>] = [
        Field("backup", \.backup, .object(BackupPolicy.schema), BackupPolicy.schema.shape.summary),
        Field("restore", \.restore, .object(RestoreSpec.schema), RestoreSpec.schema.shape.summary),
        Field("clone", \.clone, .object(CloneSpec.schema), CloneSpec.schema.shape.summary),
        Field("maintenance", \.maintenance, .object(MaintenancePolicy.schema), MaintenancePolicy.schema.shape.summary),
        Field(
            "suspend",
            \.suspend,
            .boolean,
            "Whether the loop leaves it alone, its servers too when they die; false by default."
        ),
        Field("logs", \.logs, .object(LogsSpec.schema), LogsSpec.schema.shape.summary),
        Field(
            "restartToken",
            \.restartToken,
            .text(named: "restart token", minimumLength: 1, maximumLength: 100) { text in
                text.isEmpty || text.count > 100 ? "A restart token has 1 to 100 characters." : nil
            },
            "Any text; a changed one asks for one restart."
        ),
        Field("drift", \.drift, .object(DriftPolicy.schema), DriftPolicy.schema.shape.summary),
        Field("protection", \.protection, .object(ProtectionSpec.schema), "What guards it against mistakes."),
        .deletionPolicy(\.deletionPolicy, of: "instance"),
    ]
}

/// `admin` as written.
package struct AdminSpec: Sendable {
    package var name: Located<String>?
    package var passwordFrom: Located<SecretReference>?

    static let schema = ObjectSchema<AdminSpec>(
        "admin",
        "The account that may make databases and roles, and read every statistic.",
        make: { _ in AdminSpec() },
        fields: [
            Field("name", \.name, Rules.accountName, required: true, "1-16 letters, digits or \"_\"."),
            Field("passwordFrom", \.passwordFrom, .secretReference, required: true, "Where its password is kept."),
        ]
    )
}

/// `network` as written.
package struct NetworkSpec: Sendable {
    package var isPublic: Located<Bool>?
    package var tls: Located<TLSMode>?
    package var certificate: Located<CertificateSpec>?

    static let schema = ObjectSchema<NetworkSpec>(
        "network",
        "Who can reach the instance; the private endpoint always exists.",
        make: { _ in NetworkSpec() },
        fields: [
            Field("public", \.isPublic, .boolean, "Whether there is a public endpoint as well; false by default."),
            Field(
                "tls",
                \.tls,
                .choice(of: "mode"),
                "Whether sessions are encrypted: off, prefer or require; off by default."
            ),
            Field("certificate", \.certificate, .object(CertificateSpec.schema), CertificateSpec.schema.shape.summary),
        ]
    )
}

/// `protection` as written.
package struct ProtectionSpec: Sendable {
    package var deletion: Located<Bool>?

    static let schema = ObjectSchema<ProtectionSpec>(
        "protection",
        "What guards the instance against mistakes.",
        make: { _ in ProtectionSpec() },
        fields: [Field("deletion", \.deletion, .boolean, "Whether it refuses to be deleted; true by default.")]
    )
}

/// What an instance gets that says nothing else: `Fleet.spec.defaults`.
package struct InstanceDefaults: Sendable {
    package var version: Located<Int>?
    package var size: Located<InstanceSize>?
    package var charset: Located<Instance.Charset>?
    package var parameterTemplate: Located<String>?
    package var parameters: Located<[NamedValue<String>]>?

    static let schema = ObjectSchema<InstanceDefaults>(
        "defaults",
        "What an instance gets that says nothing else.",
        make: { _ in InstanceDefaults() },
        fields: [
            Field("version", \.version, .majorVersion, "PostgreSQL's major version."),
            Field("size", \.size, .object(InstanceSize.schema), InstanceSize.schema.shape.summary),
            Field("charset", \.charset, .choice(of: "charset"), "The charset of databases."),
            Field("parameterTemplate", \.parameterTemplate, Rules.documentName, "The ParameterTemplate to start from."),
            Field(
                "parameters",
                \.parameters,
                .parameters,
                "PostgreSQL parameters; templates and instances win over them."
            ),
        ]
    )
}

extension ValueType where Value == Int {
    /// A major version that there is a parameter catalogue for.
    package static var majorVersion: ValueType {
        let majors = ParameterCatalogue.majors
        return ValueType<Int>.integer(1...99)
            .map { version, place, collector in
                guard majors.contains(version) else {
                    collector.emitBadValue(
                        "pgsteer does not know PostgreSQL \(version).",
                        at: place,
                        help: "it knows \(majors.map(String.init).joined(separator: ", "))"
                    )
                    return nil
                }
                return version
            }
    }
}
