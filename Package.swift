// swift-tools-version: 6.2

import PackageDescription

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let httpServer: [Target.Dependency] = [
    .product(name: "HummingbirdCore", package: "hummingbird"),
    .product(name: "HTTPTypes", package: "swift-http-types"),
    .product(name: "Logging", package: "swift-log"),
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
]

let package = Package(
    name: "pgsteer",
    products: [
        .executable(name: "pgsteer", targets: ["pgsteer"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        // No traits: the program never exchanges Foundation's Data with a child process.
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0", traits: []),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        // No traits: neither configuration files nor the whole of Foundation are needed.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    ],
    targets: [
        // System libraries
        .systemLibrary(name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CLibCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CLinux"),

        // Values: nothing here touches a server, a process or the clock
        .target(name: "Diagnostics"),
        .target(name: "SQL"),
        .target(name: "Hashing", dependencies: ["CLibCrypto"]),
        .target(name: "ServerLogs"),
        .target(name: "LogicalDumps"),
        .target(name: "YAMLSyntax", dependencies: ["CLibYAML", "Diagnostics"]),
        .target(name: "FleetModel", dependencies: ["Diagnostics"]),
        .target(name: "SpecSchema", dependencies: ["YAMLSyntax", "Diagnostics"]),
        .target(name: "Backups", dependencies: ["FleetModel"]),

        // Decisions: what should be done, as values
        .target(
            name: "Resources",
            dependencies: ["Backups", "FleetModel", "SpecSchema", "YAMLSyntax", "SQL", "Hashing", "Diagnostics"]
        ),
        .target(
            name: "SpecLoading",
            dependencies: ["Resources", "FleetModel", "SpecSchema", "YAMLSyntax", "Diagnostics"]
        ),
        .target(
            name: "Planning",
            dependencies: ["Backups", "Resources", "FleetModel", "SpecSchema", "SQL", "Hashing", "Diagnostics"]
        ),

        .target(
            name: "Importing",
            dependencies: ["Resources", "FleetModel", "SpecSchema", "Hashing", "Diagnostics"]
        ),

        // Hands: the few types that do it
        .target(name: "SideEffects"),
        .target(name: "PostgresClient", dependencies: ["CLibPQ", "SQL"]),
        .target(
            name: "Providers",
            dependencies: [
                "Backups", "FleetModel", "PostgresClient", "SQL", "Hashing", "SideEffects", "CLinux", subprocess,
                systemPackage,
            ]
        ),
        .target(
            name: "Observing",
            dependencies: ["Backups", "Resources", "Providers", "PostgresClient", "FleetModel", "SpecSchema", "SQL"]
        ),
        .target(
            name: "MigrationChecks",
            dependencies: ["Resources", "PostgresClient", "FleetModel", "SpecSchema", "SQL"]
        ),
        .target(
            name: "Migrating",
            dependencies: [
                "MigrationChecks", "Resources", "Providers", "PostgresClient", "FleetModel", "SpecSchema", "SQL",
                "SideEffects",
            ]
        ),
        .target(name: "History", dependencies: ["FleetModel", grdb]),
        .target(
            name: "Execution",
            dependencies: [
                "Backups", "Planning", "Observing", "Providers", "PostgresClient", "Resources", "FleetModel",
                "SpecSchema",
                "SQL", "SideEffects", "Diagnostics",
            ]
        ),

        .target(
            name: "Reconciliation",
            dependencies: [
                "Execution", "Observing", "Planning", "SpecLoading", "Providers", "PostgresClient", "Resources",
                "FleetModel", "SpecSchema", "SideEffects", "Hashing", "Diagnostics", "Backups", "CLinux",
            ]
        ),

        // Specifications of a remote repository
        .target(
            name: "GitSpecs",
            dependencies: [
                "Reconciliation", "SpecLoading", "Providers", "SideEffects", "Hashing", "Diagnostics",
            ]
        ),

        // What tells others
        .target(
            name: "Notifying",
            dependencies: [
                "Reconciliation", "Resources", "Providers", "Backups", "FleetModel", "SpecSchema", "SideEffects",
            ]
        ),

        // What people see
        .target(
            name: "Dashboard",
            dependencies: [
                "Backups", "Reconciliation", "Resources", "FleetModel", "SpecSchema", "Hashing", "Diagnostics",
            ]
        ),
        .target(
            name: "Serving",
            dependencies: [
                "Dashboard", "Reconciliation", "Observing", "Providers", "History", "ServerLogs", "Resources",
                "FleetModel",
                "SpecSchema",
            ] + httpServer
        ),
        .target(
            name: "Commands",
            dependencies: [
                "GitSpecs", "Notifying", "Serving", "Dashboard", "Reconciliation", "Backups", "MigrationChecks",
                "Migrating", "Execution",
                "Observing",
                "History", "Planning", "Importing", "SpecLoading",
                "Providers",
                "PostgresClient",
                "Resources", "FleetModel", "SpecSchema", "YAMLSyntax", "SQL", "ServerLogs", "LogicalDumps",
                "SideEffects",
                "Hashing", "Diagnostics",
                argumentParser, subprocess, systemPackage,
            ]
        ),
        .executableTarget(name: "pgsteer", dependencies: ["Commands", "CLinux", argumentParser]),

        // Tests
        .target(
            name: "TestSupport",
            dependencies: [
                "YAMLSyntax", "Diagnostics", "PostgresClient", "Providers", "SQL", subprocess, systemPackage,
            ]
        ),
        .testTarget(name: "DiagnosticsTests", dependencies: ["Diagnostics", "TestSupport"]),
        .testTarget(name: "SQLTests", dependencies: ["SQL"]),
        .testTarget(name: "BackupsTests", dependencies: ["Backups", "FleetModel"]),
        .testTarget(name: "HashingTests", dependencies: ["Hashing"]),
        .testTarget(name: "ServerLogsTests", dependencies: ["ServerLogs"]),
        .testTarget(name: "HistoryTests", dependencies: ["History", "FleetModel", "Diagnostics", grdb]),
        .testTarget(name: "LogicalDumpsTests", dependencies: ["LogicalDumps"]),
        .testTarget(name: "YAMLSyntaxTests", dependencies: ["YAMLSyntax", "Diagnostics", "TestSupport"]),
        .testTarget(
            name: "ResourcesTests",
            dependencies: ["Resources", "FleetModel", "SpecSchema", "YAMLSyntax", "SQL", "Diagnostics"]
        ),
        .testTarget(
            name: "SpecLoadingTests",
            dependencies: ["SpecLoading", "Resources", "FleetModel", "SpecSchema", "Diagnostics", "TestSupport"]
        ),
        .testTarget(
            name: "PlanningTests",
            dependencies: [
                "Backups", "Planning", "SpecLoading", "Resources", "FleetModel", "SQL", "Hashing", "Diagnostics",
                "TestSupport",
            ]
        ),
        .testTarget(
            name: "DocumentationTests",
            dependencies: [
                "Backups", "MigrationChecks", "Planning", "SpecLoading", "Resources", "FleetModel", "Diagnostics",
                "TestSupport",
            ]
        ),
        .testTarget(
            name: "ReconciliationTests",
            dependencies: [
                "Reconciliation", "SpecLoading", "Backups", "FleetModel", "Resources", "Diagnostics", "Providers",
                "SideEffects",
            ]
        ),
        .testTarget(
            name: "NotifyingTests",
            dependencies: ["Notifying", "Reconciliation", "Planning", "Resources", "Backups", "FleetModel"]
        ),
        .testTarget(
            name: "GitSpecsTests",
            dependencies: [
                "GitSpecs", "Reconciliation", "SpecLoading", "Providers", "SideEffects", "Diagnostics", subprocess,
                systemPackage,
            ]
        ),
        .testTarget(
            name: "MigrationChecksTests",
            dependencies: ["MigrationChecks", "SpecLoading", "Resources", "SpecSchema", "SQL", "Diagnostics"]
        ),
        .testTarget(name: "ServingTests", dependencies: ["Serving", "Dashboard"]),
        .testTarget(name: "ProvidersTests", dependencies: ["Providers", "FleetModel", "SideEffects"]),
        .testTarget(name: "PostgresClientTests", dependencies: ["PostgresClient", "SQL", "TestSupport"]),
        .testTarget(
            name: "MigratingTests",
            dependencies: ["Migrating", "Resources", "FleetModel", "SQL", "TestSupport"]
        ),
        .testTarget(
            name: "DashboardTests",
            dependencies: [
                "Backups", "Dashboard", "Reconciliation", "Planning", "Resources", "FleetModel", "SpecSchema", "SQL",
                "TestSupport", subprocess, systemPackage,
            ]
        ),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "TestSupport", "MigrationChecks", "SpecLoading", "Resources", "SpecSchema", "YAMLSyntax", "Diagnostics",
                "PostgresClient", "SQL", "pgsteer", subprocess, systemPackage,
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets where target.type != .system {
    var settings = target.swiftSettings ?? []

    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0335-existential-any.md
    settings.append(.enableUpcomingFeature("ExistentialAny"))

    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0444-member-import-visibility.md
    settings.append(.enableUpcomingFeature("MemberImportVisibility"))

    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0409-access-level-on-imports.md
    settings.append(.enableUpcomingFeature("InternalImportsByDefault"))

    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0461-async-function-isolation.md
    settings.append(.enableUpcomingFeature("NonisolatedNonsendingByDefault"))

    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0443-warning-control-flags.md
    settings.append(.treatAllWarnings(as: .error))

    target.swiftSettings = settings
}
