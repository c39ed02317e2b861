import SideEffects

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Signs certificates for the servers of one home, with a key that never leaves it, by OpenSSL's own program.
struct CertificateAuthority: Sendable {
    /// The folder that holds the authority's certificate and key; there as a whole, or not at all.
    let folder: String
    let files: LocalFiles

    var certificate: String { folder + "/ca.crt" }
    private var key: String { folder + "/ca.key" }

    private static let programs = ["/usr/bin/openssl", "/usr/local/bin/openssl"]

    /// Makes the authority when there is none.
    func prepare() async throws(ProviderError) {
        if LocalFiles.exists(folder) { return }
        let unfinished = folder + ".new"
        try files.remove(unfinished)
        try files.makeFolder(unfinished, mode: 0o755)
        let newKey = unfinished + "/ca.key"
        try files.write(try await makeKey(), to: newKey, mode: 0o600)
        let text = try await openssl(
            [
                "req", "-config", "/dev/null", "-x509", "-new", "-key", newKey, "-sha256", "-days", "3650", "-subj",
                "/O=pgsteer/CN=pgsteer home", "-addext", "basicConstraints=critical,CA:TRUE,pathlen:0", "-addext",
                "keyUsage=critical,keyCertSign,cRLSign",
            ],
            to: "make the certificate of the home's authority"
        )
        try files.write(text, to: unfinished + "/ca.crt", mode: 0o644)
        try files.move(unfinished, to: folder)
    }

    func makeKey() async throws(ProviderError) -> String {
        try await openssl(["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], to: "make a key")
    }

    /// Signs a certificate for a key, and returns it.
    ///
    /// - Parameters:
    ///   - names: Addresses and host names that clients may verify.
    ///   - days: How long it counts.
    func sign(_ keyFile: String, instance: String, names: [String], days: Int) async throws(ProviderError) -> String {
        let list = names.map { "\($0.isAddress ? "IP" : "DNS"):\($0)" }.joined(separator: ",")
        return try await openssl(
            [
                "req", "-config", "/dev/null", "-x509", "-new", "-key", keyFile, "-CA", certificate, "-CAkey", key,
                "-sha256", "-days", String(days), "-subj", "/O=pgsteer/CN=\(instance)", "-addext",
                "basicConstraints=critical,CA:FALSE", "-addext", "subjectAltName=\(list)", "-addext",
                "extendedKeyUsage=serverAuth",
            ],
            to: "sign a certificate for \(instance)"
        )
    }

    /// Returns when a certificate expires: seconds since 1970-01-01T00:00:00Z.
    func end(of certificateFile: String) async throws(ProviderError) -> Int {
        let text = try await openssl(
            ["x509", "-in", certificateFile, "-noout", "-enddate", "-dateopt", "iso_8601"],
            to: "read the certificate"
        )
        // notAfter=2027-12-31 12:50:45Z
        let value = text.split(separator: "=").last?.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        guard let date = try? Date(value.replacing(" ", with: "T"), strategy: .iso8601) else {
            throw ProviderError("openssl tells no end of the certificate, but: \(value)")
        }
        return Int(date.timeIntervalSince1970)
    }

    /// Refuses a certificate and a key that do not belong together or cannot be used.
    func check(_ certificateFile: String, _ keyFile: String, of instance: String) async throws(ProviderError) {
        let what = "use the certificate of \(instance); nothing was changed"
        let public1 = try await openssl(["x509", "-in", certificateFile, "-noout", "-pubkey"], to: what)
        // A key with a passphrase is refused and not asked for.
        let public2 = try await openssl(["pkey", "-in", keyFile, "-passin", "pass:", "-pubout"], to: what)
        guard public1 == public2 else {
            throw ProviderError(
                "could not \(what): its key belongs to another certificate",
                help:
                    "correct chainFrom and keyFrom in the specification; the server's certificate comes first in the chain"
            )
        }
        let isCurrent = try await ChildProcess.run(
            Self.program(),
            ["x509", "-in", certificateFile, "-noout", "-checkend", "0"]
        )
        guard isCurrent.isSuccess else { throw ProviderError("could not \(what): it has expired") }
    }

    private func openssl(_ arguments: [String], to purpose: String) async throws(ProviderError) -> String {
        let result = try await ChildProcess.run(Self.program(), arguments)
        guard result.isSuccess else {
            let lines = result.errors.split(separator: "\n").suffix(4).map(String.init)
            throw ProviderError("could not \(purpose)", log: lines)
        }
        return result.output
    }

    private static func program() throws(ProviderError) -> String {
        guard let program = programs.first(where: LocalFiles.exists) else {
            throw ProviderError(
                "OpenSSL's program is not installed, and certificates need it",
                help: "apt-get install openssl"
            )
        }
        return program
    }
}

extension String {
    fileprivate var isAddress: Bool { utf8.contains(UInt8(ascii: ":")) || allSatisfy { $0.isNumber || $0 == "." } }
}
