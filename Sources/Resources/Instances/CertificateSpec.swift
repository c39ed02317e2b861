package import FleetModel
package import SpecSchema

/// `network.certificate` as written: a certificate of one's own instead of one of the home's authority.
package struct CertificateSpec: Sendable {
    package var chainFrom: Located<SecretReference>?
    package var keyFrom: Located<SecretReference>?

    package static let schema = ObjectSchema<CertificateSpec>(
        "certificate",
        "A certificate of one's own, instead of one of the home's authority.",
        isStrict: true,
        make: { _ in CertificateSpec() },
        fields: [
            Field(
                "chainFrom",
                \.chainFrom,
                .secretReference,
                required: true,
                "Where the certificate is kept, in PEM, with those that lead to its authority."
            ),
            Field(
                "keyFrom",
                \.keyFrom,
                .secretReference,
                required: true,
                "Where its key is kept, in PEM, without a passphrase."
            ),
        ]
    )
}

extension Instance {
    /// Returns how its servers are to speak TLS; nil while a certificate of one's own could not be read.
    package func tlsRequest(secrets: [SecretReference: Secret], now: Int) -> TLSRequest? {
        let mode = tls?.value ?? .off
        guard mode != .off, let certificate = certificate?.value else { return TLSRequest(mode: mode, now: now) }
        guard let chain = certificate.chainFrom.flatMap({ secrets[$0.value] }),
            let key = certificate.keyFrom.flatMap({ secrets[$0.value] })
        else { return nil }
        return TLSRequest(mode: mode, own: OwnCertificate(chain: chain.revealed, key: key), now: now)
    }
}
