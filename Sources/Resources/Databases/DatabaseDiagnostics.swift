package import Diagnostics

extension DiagnosticCode {
    package static let unusualDatabase = DiagnosticCode("PGS-056", "Database is no ordinary one")
}
