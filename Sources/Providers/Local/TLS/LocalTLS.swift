import FleetModel

/// How an instance's servers speak TLS, as the instance remembers it.
struct LocalTLS: Codable, Hashable, Sendable {
    var mode: TLSMode
    /// The name of the folder with certificate and key, in the instance's folder `tls`; nil while TLS is off.
    var certificate: String?
    /// Addresses and host names of the certificate; empty for one that somebody brought.
    var names: [String] = []
    /// Seconds since 1970-01-01T00:00:00Z.
    var expires: Int?
    /// A digest of the chain, to tell whether somebody changed the file.
    var digest: String?
    /// Whether somebody brought it.
    var isOwn = false
    /// Whether the servers have still to be told.
    var isPending: Bool
}

extension InstanceFolder {
    var tls: String { path + "/tls" }
    func certificate(_ name: String) -> String { "\(tls)/\(name)/server.crt" }
    func key(_ name: String) -> String { "\(tls)/\(name)/server.key" }
}
