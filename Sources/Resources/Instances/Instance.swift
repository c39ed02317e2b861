package import Backups
package import Diagnostics
package import FleetModel
package import SpecSchema

/// A desired instance, with defaults and templates applied.
package struct Instance: Sendable {
    package enum Charset: String, Sendable, CaseIterable, Codable {
        case utf8 = "UTF8"
        case latin1 = "LATIN1"
    }

    package var name: String
    /// The line that declares it.
    package var range: SourceRange
    package var version: Located<Int>
    package var charset: Located<Charset>
    package var availability: Located<AvailabilityPolicy>
    package var project: Located<String>?
    package var tags: Located<[NamedValue<String>]>?
    package var size: Located<InstanceSize>?
    /// How to reach a server that exists already; nil for one that the provider makes.
    package var connection: InstanceConnection?
    package var hasPublicEndpoint: Located<Bool>?
    package var tls: Located<TLSMode>?
    /// A certificate of one's own; nil for one of the home's authority.
    package var certificate: Located<CertificateSpec>?
    /// Who may reach the private endpoint; nil where everybody may who reaches its address.
    package var access: Located<AccessList>?
    /// The lines of its rules, in order.
    package var rulePlaces: [SourceRange]
    package var backup: Located<BackupPolicy>?
    /// What its data is made from; nil for one that begins empty.
    package var origin: Located<InstanceOrigin>?
    package var maintenance: Located<MaintenancePolicy>?
    /// Whether the loop leaves it alone, its servers too when they die.
    package var suspended: Located<Bool>?
    /// Nil for what the instance has, or what is usual.
    package var logs: Located<LogPolicy>?
    /// Any text; one that the instance does not remember asks for a restart.
    package var restartToken: Located<String>?
    package var deletionProtection: Located<Bool>
    /// Drift that is let be.
    package var ignoredDrift: [Located<IgnoredDrift>]
    package var deletionPolicy: Located<DeletionPolicy>
    /// One assignment for each parameter: the one that wins.
    package var parameters: [ParameterAssignment]

    package var id: ResourceID { .instance(name) }

    /// Whom its endpoints are to be open to.
    package var exposure: Exposure { Exposure(access: access?.value, isPublic: hasPublicEndpoint?.value ?? false) }

    /// The instance whose data it is made from; nil for one that begins empty.
    package var sourceName: String? { origin?.value.source }

    /// Whether it is made as a copy of an instance that runs.
    package var isClone: Bool { if case .clone = origin?.value { true } else { false } }
}

/// How large an instance is.
package struct InstanceSize: Sendable {
    package var cpu: Located<Int>?
    package var memory: Located<ByteCount>?
    package var storage: Located<ByteCount>?

    package static let schema = ObjectSchema<InstanceSize>(
        "size",
        "How large the instance is; memory, CPUs and storage set parameters that the specification can override.",
        make: { _ in InstanceSize() },
        fields: [
            Field("cpu", \.cpu, .integer(1...1024), "CPUs that it may count on."),
            Field(
                "memory",
                \.memory,
                .size(.mebibytes(64)...ByteCount(bytes: 64 << 40)),
                "Memory that it has to itself; a quarter becomes shared_buffers."
            ),
            Field(
                "storage",
                \.storage,
                .size(.mebibytes(512)...ByteCount(bytes: 1 << 50)),
                "Disk space that it may use."
            ),
        ]
    )
}

/// When disruptive work may be done.
package struct MaintenancePolicy: Sendable {
    package var windows: Located<[Located<String>]>?

    package static let schema = ObjectSchema<MaintenancePolicy>(
        "maintenance",
        "When disruptive work may be done.",
        make: { _ in MaintenancePolicy() },
        fields: [
            Field(
                "windows",
                \.windows,
                .list(of: .maintenanceWindow),
                "Weekday, from-to and time zone: \"Sun 02:00-04:00 Asia/Shanghai\"."
            )
        ]
    )
}

extension Instance {
    /// When work may be begun that disturbs; empty for at any time.
    package var maintenanceWindows: [String] { maintenance?.value.windows?.value.map(\.value) ?? [] }

    /// How many iterations a verifier of a password has at least; nil where the parameters say nothing of it.
    package var wantedIterations: Int? {
        parameters.last { $0.name == "scram_iterations" }.flatMap { Int($0.value) }
    }

    /// The parameters as they are written for the server, by name.
    package var parameterValues: [String: String] {
        Dictionary(parameters.map { ($0.name, $0.value) }) { _, last in last }
    }
}
