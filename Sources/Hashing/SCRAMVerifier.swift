import CLibCrypto

/// What PostgreSQL stores for a password: `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`.
///
/// Rules from RFC 5802, section 3, and the PostgreSQL manual's `pg_authid` page. A verifier is made here, so that the
/// password itself never goes to a server, and compared by deriving it again with the stored salt and iterations.
/// Passwords are printable ASCII (the specification demands it), so that SASLprep changes nothing.
package struct SCRAMVerifier: Hashable, Sendable {
    /// PostgreSQL's own default, `scram_iterations` of 16 and later and fixed before.
    package static let defaultIterations = 4096
    private static let saltLength = 16
    private static let mostIterations = 1_000_000

    package let iterations: Int
    private let salt: [UInt8]
    private let storedKey: [UInt8]
    private let serverKey: [UInt8]

    /// Makes a verifier with a fresh random salt.
    package init(password: String, iterations: Int = defaultIterations) {
        var salt = [UInt8](repeating: 0, count: Self.saltLength)
        precondition(RAND_bytes(&salt, Int32(Self.saltLength)) == 1, "the system gave no random bytes")
        self.init(password: password, iterations: iterations, salt: salt)
    }

    init(password: String, iterations: Int, salt: [UInt8]) {
        self.iterations = iterations
        self.salt = salt
        let salted = Self.derive(password, salt: salt, iterations: iterations)
        storedKey = SHA256.hash(Self.authenticate("Client Key", key: salted))
        serverKey = Self.authenticate("Server Key", key: salted)
    }

    /// Reads a stored verifier; nil when the text is none, such as an md5 hash.
    package init?(_ text: String) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "SCRAM-SHA-256" else { return nil }
        let setup = parts[1].split(separator: ":")
        let keys = parts[2].split(separator: ":")
        guard
            setup.count == 2, keys.count == 2,
            let iterations = Int(setup[0]), iterations > 0,
            let salt = Base64.decode(setup[1]), !salt.isEmpty,
            let storedKey = Base64.decode(keys[0]), storedKey.count == 32,
            let serverKey = Base64.decode(keys[1]), serverKey.count == 32
        else { return nil }
        self.iterations = iterations
        self.salt = salt
        self.storedKey = storedKey
        self.serverKey = serverKey
    }

    /// Whether the verifier was made from this password, whatever its salt.
    ///
    /// A role can store any number of iterations for itself; one that would keep us for minutes is not followed.
    package func matches(_ password: String) -> Bool {
        guard iterations <= Self.mostIterations else { return false }
        return self == SCRAMVerifier(password: password, iterations: iterations, salt: salt)
    }

    /// The text PostgreSQL stores and accepts instead of a password.
    package var text: String {
        "SCRAM-SHA-256$\(iterations):\(Base64.encode(salt))$\(Base64.encode(storedKey)):\(Base64.encode(serverKey))"
    }

    private static func derive(_ password: String, salt: [UInt8], iterations: Int) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: 32)
        let length = Int32(password.utf8.count)
        let isDone = pgsteer_pbkdf2_sha256(password, length, salt, Int32(salt.count), Int32(iterations), &result)
        precondition(isDone == 1, "libcrypto refused PBKDF2")
        return result
    }

    private static func authenticate(_ message: String, key: [UInt8]) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: 32)
        let data = Array(message.utf8)
        let isDone = pgsteer_hmac_sha256(key, Int32(key.count), data, data.count, &result)
        precondition(isDone == 1, "libcrypto refused HMAC")
        return result
    }
}
