package import Diagnostics
import Resources
import YAMLSyntax

extension DiagnosticCode {
    package static let plaintextSecret = DiagnosticCode("PGS-065", "Secret in a specification")
}

/// Finds what looks like a password where only references to passwords belong: git keeps what is committed for ever.
enum PlaintextSecrets {
    private static let words = ["passw", "pwd", "secret", "token"].map { Array($0.utf8) }
    /// Keys of ours that are only called like that.
    private static let harmless: Set = ["restarttoken"]

    /// Tells every value of a document that looks like a secret; the value itself is never told.
    static func check(_ document: YAMLNode, collector: inout DiagnosticCollector) {
        switch document.content {
        case .scalar(let scalar):
            if holdsPassword(scalar.text) { emit("A password stands in this text.", at: document.range, &collector) }
        case .sequence(let items):
            for item in items { check(item, collector: &collector) }
        case .unreadable: break
        case .mapping(let entries):
            for entry in entries {
                if let scalar = entry.value.scalar, namesSecret(entry.key), isSecret(scalar) {
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
        guard key.mentions(anyOf: words) else { return false }
        let name = key.lowercased()
        guard !harmless.contains(name) else { return false }
        return !name.hasSuffix("from") && !name.hasSuffix("hash")
            && ParameterCatalogue.newestDefinition(of: name) == nil
    }

    private static let addressMark = Array("://".utf8)
    private static let passwordWord = Array("password".utf8)

    /// `postgresql://user:password@host`, `password=...`
    private static func holdsPassword(_ text: String) -> Bool {
        // Most texts have neither of the two.
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "@") || $0 == UInt8(ascii: "=") }) else { return false }
        // A regular expression is compiled each time that it is used.
        if text.mentions(anyOf: [addressMark]), text.contains(#/:\/\/[^\/\s:@]*:[^\/\s@]+@/#) { return true }
        return text.mentions(anyOf: [passwordWord]) && text.contains(#/(?i)password\s*=\s*[^\s&]/#)
    }
}

extension String {
    /// Whether one of some words of lower-case letters stands somewhere in the text, in any case.
    ///
    /// Every key of a fleet is looked at; `contains` would take longer than all the rest of reading.
    fileprivate func mentions(anyOf words: [[UInt8]]) -> Bool {
        var text = self
        // The low five bits of a letter are its place in the alphabet, in either case.
        let initials = words.reduce(UInt32(0)) { $0 | 1 << UInt32($1[0] & 31) }
        return text.withUTF8 { bytes in
            for start in bytes.indices where initials & 1 << UInt32(bytes[start] & 31) != 0 {
                let isThere = words.contains { word in
                    start + word.count <= bytes.count
                        && word.indices.allSatisfy { bytes[start + $0] | 0x20 == word[$0] }
                }
                if isThere { return true }
            }
            return false
        }
    }
}
