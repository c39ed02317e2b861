package import Diagnostics

extension DiagnosticCode {
    package static let expiringPassword = DiagnosticCode("PGS-047", "Password expires soon")
    package static let unreadablePassword = DiagnosticCode("PGS-048", "Stored password cannot be read")
    package static let privilegedAccount = DiagnosticCode("PGS-050", "Account has more rights than its document")
}
