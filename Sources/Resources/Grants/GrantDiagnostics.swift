package import Diagnostics

extension DiagnosticCode {
    package static let waitingGrant = DiagnosticCode("PGS-046", "Privilege waits for its object")
}
