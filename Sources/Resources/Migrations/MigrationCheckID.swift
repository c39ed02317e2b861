/// The name of a check that is done before a migration; docs/checks.md tells what each looks for.
package enum MigrationCheckID: String, CaseIterable, Sendable, Codable {
    // Ends and the way between them
    case sourceReachable = "source-reachable"
    case targetReachable = "target-reachable"
    case sameDatabase = "same-database"
    case sourceVersion = "source-version"
    case versionDirection = "version-direction"
    case minorVersion = "minor-version"
    case targetWritable = "target-writable"
    case sourceStandby = "source-standby"
    case targetReachesSource = "target-reaches-source"

    // Accounts and rights
    case sourceReadable = "source-readable"
    case rowSecurity = "row-security"
    case replicationRight = "replication-right"
    case publicationRight = "publication-right"
    case subscriptionRight = "subscription-right"
    case targetRights = "target-rights"
    case missingOwners = "missing-owners"
    case missingGrantees = "missing-grantees"
    case sameRoles = "same-roles"
    case roleRights = "role-rights"

    // Replication
    case walLevel = "wal-level"
    case replicationSlots = "replication-slots"
    case walSenders = "wal-senders"
    case targetWorkers = "target-workers"
    case targetOrigins = "target-origins"
    case slotLimits = "slot-limits"
    case outputPlugin = "output-plugin"
    case preparedTransactions = "prepared-transactions"
    case longTransactions = "long-transactions"
    case leftovers = "leftovers"
    case shortTimeouts = "short-timeouts"

    // The way back after the cut-over
    case sourceReachesTarget = "source-reaches-target"
    case wayBackLog = "way-back-log"
    case wayBackSlots = "way-back-slots"
    case wayBackSenders = "way-back-senders"
    case wayBackRights = "way-back-rights"
    case wayBackWorkers = "way-back-workers"
    case wayBackOrigins = "way-back-origins"
    case wayBackPlugin = "way-back-plugin"
    case wayBackTriggers = "way-back-triggers"
    case wayBackEncoding = "way-back-encoding"

    // The endpoint that goes along with the writes
    case endpointMove = "endpoint-move"
    case endpointLogins = "endpoint-logins"

    // Tables and rows
    case replicaIdentity = "replica-identity"
    case equalityOperators = "equality-operators"
    case unloggedTables = "unlogged-tables"
    case largeObjects = "large-objects"
    case foreignTables = "foreign-tables"
    case firingTriggers = "firing-triggers"
    case tablesWithOIDs = "tables-with-oids"
    case removedTypes = "removed-types"
    case referenceColumns = "reference-columns"
    case xmlColumns = "xml-columns"
    case virtualColumns = "virtual-columns"
    case compressionMethods = "compression-methods"
    case accessMethods = "access-methods"
    case tablespaces

    // Definitions
    case selectionClosure = "selection-closure"
    case emptySelection = "empty-selection"
    case sameObjects = "same-objects"
    case targetNotEmpty = "target-not-empty"
    case renamedSchemas = "renamed-schemas"
    case invalidIndexes = "invalid-indexes"
    case unvalidatedConstraints = "unvalidated-constraints"
    case unpopulatedViews = "unpopulated-views"
    case eventTriggers = "event-triggers"
    case cFunctions = "c-functions"
    case languages
    case securityDefiners = "security-definers"
    case removedOperators = "removed-operators"
    case replicationObjects = "replication-objects"

    // Databases and servers
    case encoding
    case databaseCollation = "database-collation"
    case missingCollations = "missing-collations"
    case collationVersions = "collation-versions"
    case extensionsMissing = "extensions-missing"
    case extensionVersions = "extension-versions"
    case extensionsUnsupported = "extensions-unsupported"
    case preloadLibraries = "preload-libraries"
    case databaseSettings = "database-settings"
    case unknownSettings = "unknown-settings"
    case resultSettings = "result-settings"
    case timeZones = "time-zones"
    case checksums
    case serverLimits = "server-limits"
    case diskSpace = "disk-space"
    case lockTable = "lock-table"

    // Whole instances
    case physicalSource = "physical-source"
    case physicalTarget = "physical-target"
}
