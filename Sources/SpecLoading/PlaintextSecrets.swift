package import Diagnostics
import Resources
import YAMLSyntax

extension DiagnosticCode {
    package static let plaintextSecret = DiagnosticCode("PGS-065", "Secret in a specification")
}

/// Finds what looks like a password where only references to passwords belong: git keeps what is committed for ever.
enum PlaintextSecrets {
    private static let words = ["passw", "pwd", "secret", "token"]
    /// Keys of ours that are only called like that.
    private static let harmless: Set = ["restarttoken"]

    /// Tells every value of a document that looks like a secret; the value itself is never told.
    static func check(_ document: YAMLNode, collector: inout DiagnosticCollector) {
        switch document.content {
        case .scalar(let scalar):
            if holdsPassword(scalar.text) { emit("A password stands in this text.", at: document.range, &collector) }
        case .sequence(let items):
            for item in items { check(item, collector: &collector) }
        case .mapping(let entries):
            for entry in entries {
                if let scalar = entry.value.scalar, isSecret(scalar), namesSecret(entry.key) {
                    emit("\"\(entry.key)\" has a value that looks like a secret.", at: entry.keyRange, &collector)
                } else {
                    check(entry.value, collector: &collector)
                }
            }
        }
    }

    private static func emit(_ detail: String, at range: SourceRange, _ collector: inout DiagnosticCollector) {
        // A key that must not be there, or a connection with a password, has been told as a mistake.
        if collector.hasErrors, collector.diagnostics.contains(where: { $0.range?.location == range.location }) {
            return
        }
        collector.emit(
            Diagnostic(
                .plaintextSecret,
                detail,
                at: range,
                severity: .warning,
                help:
                    "refer to it, such as passwordFrom: { env: NAME }; change it when it was committed, since git keeps it"
            )
        )
    }

    private static func isSecret(_ scalar: YAMLScalar) -> Bool {
        !scalar.isNull && !scalar.text.isEmpty && scalar.boolean == nil
    }

    /// Whether a key is called like a secret; one that ends in From refers to it, and a hash is meant to be shown.
    private static func namesSecret(_ key: String) -> Bool {
        // Most keys are told apart by their letters, without making a lower-case copy.
        guard key.utf8.contains(where: { [0x77, 0x6B, 0x63].contains($0 | 0x20) }) else { return false }
        let name = key.lowercased()
        guard words.contains(where: { name.contains($0) }), !harmless.contains(name) else { return false }
        return !name.hasSuffix("from") && !name.hasSuffix("hash")
            && ParameterCatalogue.newestDefinition(of: name) == nil
    }

    /// `postgresql://user:password@host`, `password=...`
    private static func holdsPassword(_ text: String) -> Bool {
        if text.utf8.contains(UInt8(ascii: "@")), text.contains(#/:\/\/[^\/\s:@]*:[^\/\s@]+@/#) { return true }
        return text.utf8.contains(UInt8(ascii: "=")) && text.contains(#/(?i)password\s*=\s*[^\s&]/#)
    }
}
