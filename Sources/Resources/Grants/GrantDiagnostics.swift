package import Diagnostics

extension DiagnosticCode {
    package static let waitingGrant = DiagnosticCode("PGS-046", "Privilege waits for its object")
    package static let dependentGrant = DiagnosticCode("PGS-053", "Privilege was passed on")
    package static let givenAndWithheld = DiagnosticCode("PGS-058", "Given and withheld")
    package static let twofoldGrant = DiagnosticCode("PGS-059", "Given in two ways")
    package static let leftPrivilege = DiagnosticCode("PGS-068", "Given by default privileges, and kept")
}
