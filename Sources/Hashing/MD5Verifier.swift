import CLibCrypto

/// What PostgreSQL used to store for a password: `md5` and the MD5 of password and role name (PostgreSQL manual,
/// `pg_authid`). Only ever read, to tell whether a password is the same although its hash should be made anew.
package struct MD5Verifier: Hashable, Sendable {
    private let digits: String

    /// Reads a stored text; nil when it is no such hash.
    package init?(_ text: String) {
        let digits = text.dropFirst(3)
        guard text.hasPrefix("md5"), digits.count == 32, digits.allSatisfy(\.isHexDigit) else { return nil }
        self.digits = digits.lowercased()
    }

    /// Whether the hash was made from this password of this role.
    package func matches(_ password: String, of role: String) -> Bool {
        let input = Array((password + role).utf8)
        var result = [UInt8](repeating: 0, count: 16)
        guard pgsteer_md5(input, input.count, &result) == 1 else { return false }
        return SHA256.hexadecimal(result) == digits
    }
}
