import FleetModel

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// How an instance's servers speak TLS, for the page of their instance.
struct TLSListing: Encodable {
    var mode: TLSMode
    /// When the certificate expires, as ISO 8601 has it; left out without one.
    var expires: String?
    /// Whether somebody brought the certificate; else the home's authority signed it.
    var isOwn: Bool
    /// The certificate that clients verify the server by; left out for one that somebody brought.
    var authorityFile: String?
    var problem: String?

    init(_ tls: ObservedTLS) {
        mode = tls.mode
        expires = tls.expires.map { Date(timeIntervalSince1970: Double($0)).formatted(.iso8601) }
        isOwn = tls.ownDigest != nil
        authorityFile = tls.authorityFile
        problem = tls.problem
    }

    var sentence: String {
        var parts = [mode.rawValue]
        if let expires {
            parts.append("certificate \(isOwn ? "of one's own" : "of the home's authority") until \(expires)")
        }
        if let authorityFile { parts.append("verify with \(authorityFile)") }
        if let problem { parts.append("but \(problem)") }
        return parts.joined(separator: ", ")
    }
}
