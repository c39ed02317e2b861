package import Diagnostics

extension DiagnosticCode {
    package static let unknownKey = DiagnosticCode("PGS-010", "Unknown key")
    package static let missingKey = DiagnosticCode("PGS-011", "Missing key")
    package static let wrongType = DiagnosticCode("PGS-012", "Wrong type")
    package static let badValue = DiagnosticCode("PGS-013", "Value not allowed")
    package static let emptyKey = DiagnosticCode("PGS-055", "Key without a value")
    package static let refusedKey = DiagnosticCode("PGS-014", "Key not available")
}
