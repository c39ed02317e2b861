import Diagnostics
import Resources

extension Instance {
    /// Says why an instance is not compared while all that another one has becomes its own.
    func diagnostic(filledBy migration: String) -> Diagnostic {
        Diagnostic(
            .filledInstance,
            "Instance \(name) is being filled by the migration \(migration), and is compared when that has ended.",
            at: range,
            severity: .warning,
            help: "see how it goes: pgsteer migration status \(migration)"
        )
    }
}
