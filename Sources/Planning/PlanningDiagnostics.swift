package import Diagnostics

extension DiagnosticCode {
    package static let unsupported = DiagnosticCode("PGS-040", "Not supported by this provider yet")
    package static let missingMajor = DiagnosticCode("PGS-041", "PostgreSQL version not installed")
    package static let immutable = DiagnosticCode("PGS-042", "Cannot be changed in place")
    package static let blockedInstance = DiagnosticCode("PGS-043", "Instance cannot be used")
    package static let deletionLimit = DiagnosticCode("PGS-044", "Too many deletions")
    package static let restartLimit = DiagnosticCode("PGS-070", "Too many restarts")
    package static let waitingRestart = DiagnosticCode("PGS-051", "Waits for a restart")
    package static let missingRole = DiagnosticCode("PGS-057", "No role by that name on the server")
    package static let expiredIgnore = DiagnosticCode("PGS-052", "Ignored drift counts again")
    package static let storage = DiagnosticCode("PGS-054", "Storage is nearly used up")
    package static let archiveStandstill = DiagnosticCode("PGS-082", "Archive stands still")
    package static let cannotRestore = DiagnosticCode("PGS-083", "Cannot be restored")
    package static let logGap = DiagnosticCode("PGS-084", "Gap in the archived log")
    package static let backupOverdue = DiagnosticCode("PGS-085", "Backup is overdue")
    package static let backupFailed = DiagnosticCode("PGS-086", "Backup failed")
    package static let drillFailed = DiagnosticCode("PGS-087", "Restore would not work")
    package static let drift = DiagnosticCode("PGS-060", "Drift")
    package static let filledInstance = DiagnosticCode("PGS-111", "Instance that a migration fills")
    package static let otherMigration = DiagnosticCode("PGS-112", "Migration that began otherwise")
    package static let notActedOn = DiagnosticCode("PGS-045", "Not acted on yet")
}
