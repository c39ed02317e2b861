package import Diagnostics

extension DiagnosticCode {
    package static let unreadableFile = DiagnosticCode("PGS-001", "Unreadable file")
    package static let invalidYAML = DiagnosticCode("PGS-002", "Invalid YAML")
    package static let duplicateKey = DiagnosticCode("PGS-003", "Duplicate key")
    package static let unknownAlias = DiagnosticCode("PGS-004", "Unusable alias")
    package static let tooLarge = DiagnosticCode("PGS-005", "Document too large")
    package static let unsupportedYAML = DiagnosticCode("PGS-006", "Unsupported YAML feature")
}
