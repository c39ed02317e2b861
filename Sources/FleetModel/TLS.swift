/// Whether sessions with an instance are encrypted.
package enum TLSMode: String, Codable, Sendable, CaseIterable {
    /// The servers do not speak TLS.
    case off
    /// Whoever wants to may.
    case prefer
    /// Nobody gets in without.
    case require
}

/// How an instance's servers speak TLS, as found.
package struct ObservedTLS: Codable, Hashable, Sendable {
    package var mode = TLSMode.off
    /// When the certificate expires: seconds since 1970-01-01T00:00:00Z; nil without one.
    package var expires: Int?
    /// A digest of a certificate that somebody brought; nil for one of the home's authority.
    package var ownDigest: String?
    /// The file with the certificate of the home's authority, for clients that verify; nil where it has signed nothing.
    package var authorityFile: String?
    /// What is not as it was written, such as rules of `pg_hba.conf` that somebody changed; nil when all is.
    package var problem: String?

    package init() {}

    /// How long before its end a certificate of the home's authority is renewed: 30 days, in seconds.
    package static let renewal = 30 * 86_400
}

/// How an instance's servers are to speak TLS.
package struct TLSRequest: Hashable, Sendable {
    package var mode: TLSMode
    /// Nil for a certificate of the home's authority.
    package var own: OwnCertificate?
    /// Seconds since 1970-01-01T00:00:00Z; what expires within ``ObservedTLS/renewal`` of it is renewed.
    package var now: Int

    package init(mode: TLSMode, own: OwnCertificate? = nil, now: Int) {
        self.mode = mode
        self.own = own
        self.now = now
    }
}

/// A certificate that somebody brought, with its key.
package struct OwnCertificate: Hashable, Sendable {
    /// The certificate, and those that lead to its authority, in PEM.
    package var chain: String
    /// In PEM, without a passphrase.
    package var key: Secret

    package init(chain: String, key: Secret) {
        self.chain = chain
        self.key = key
    }
}
