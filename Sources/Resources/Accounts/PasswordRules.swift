package import Diagnostics
package import FleetModel
package import SpecSchema

/// The product document's rules for passwords.
package enum PasswordRules {
    private static let symbols = Set("()`~!@#$%^&*-+=_|{}[]:;'<>,.?/")

    /// Returns what is wrong with a password, at the line that refers to it; the text itself is never shown.
    package static func check(_ secret: Secret, of reference: Located<SecretReference>) -> [Diagnostic] {
        let password = secret.revealed
        var problems: [String] = []
        if !(8...32).contains(password.count) { problems.append("has \(password.count) characters, not 8 to 32") }
        if password.hasPrefix("/") { problems.append("starts with \"/\"") }
        let characters = Set(password)
        let isPrintable = password.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        if !isPrintable { problems.append("has characters other than printable ASCII") }
        let needed: [(String, (Character) -> Bool)] = [
            ("lower-case letter", { $0.isASCII && $0.isLowercase }),
            ("upper-case letter", { $0.isASCII && $0.isUppercase }),
            ("digit", { $0.isASCII && $0.isNumber }),
            ("special character", { symbols.contains($0) }),
        ]
        problems += needed.filter { !characters.contains(where: $0.1) }.map { "has no \($0.0)" }
        if !problems.isEmpty {
            return [
                Diagnostic(
                    .badPassword,
                    "The password in \(reference.value) \(problems.joined(separator: ", ")).",
                    at: reference.range,
                    help: "use 12 to 32 characters with small and capital letters, digits and special characters"
                )
            ]
        }
        guard password.count < 12 else { return [] }
        return [
            Diagnostic(
                .weakPassword,
                "The password in \(reference.value) has \(password.count) characters; 12 or more are advised.",
                at: reference.range,
                severity: .warning
            )
        ]
    }
}
