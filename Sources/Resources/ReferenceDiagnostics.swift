package import Diagnostics

extension DiagnosticCode {
    package static let heldObject = DiagnosticCode("PGS-049", "Cannot be removed")
    package static let duplicateResource = DiagnosticCode("PGS-020", "Declared twice")
    package static let danglingReference = DiagnosticCode("PGS-021", "Nothing by that name")
    package static let missingSecret = DiagnosticCode("PGS-022", "Secret not found")
    package static let badPassword = DiagnosticCode("PGS-023", "Password not allowed")
    package static let weakPassword = DiagnosticCode("PGS-024", "Password could be better")
    package static let exposedSecret = DiagnosticCode("PGS-025", "Secret readable by others")
}
