package import Diagnostics
import FleetModel
import Hashing
import Resources
import SpecSchema

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension DiagnosticCode {
    package static let missingTLS = DiagnosticCode("PGS-076", "Server without TLS")
    package static let expiringCertificate = DiagnosticCode("PGS-077", "Certificate expires soon")
}

/// How an instance's servers are to speak TLS, and what of it differs.
extension InstancePlanner {
    func tlsDifferences(_ observed: ObservedTLS?, _ collector: inout DiagnosticCollector) -> [Difference] {
        guard let observed, let request = instance.tlsRequest(secrets: secrets, now: options.now) else { return [] }
        let mode = modeDifference(observed, request)
        guard request.mode != .off, observed.mode != .off else { return [mode].compactMap(\.self) }
        return [mode, certificateDifference(observed, request, &collector)].compactMap(\.self)
    }

    private func modeDifference(_ observed: ObservedTLS, _ request: TLSRequest) -> Difference? {
        let place = instance.tls?.range ?? instance.range
        if observed.mode != request.mode {
            return Difference(
                "tls",
                observed: observed.mode.rawValue,
                desired: request.mode.rawValue,
                impact: .reload,
                source: place
            )
        }
        return observed.problem
            .map {
                Difference("authentication", observed: $0, desired: "as written", impact: .reload, source: place)
            }
    }

    /// Returns whose certificate it is to be, or that it is renewed; one's own is not, and a warning says when it ends.
    private func certificateDifference(
        _ observed: ObservedTLS,
        _ request: TLSRequest,
        _ collector: inout DiagnosticCollector
    ) -> Difference? {
        let place = instance.certificate?.range ?? instance.tls?.range ?? instance.range
        func certificate(_ observed: String, _ desired: String) -> Difference {
            Difference("tls.certificate", observed: observed, desired: desired, impact: .reload, source: place)
        }
        let own = request.own.map { Hashing.SHA256.digest($0.chain.utf8) }
        guard own == observed.ownDigest else {
            return certificate(Self.owner(observed.ownDigest), Self.owner(own))
        }
        guard let expires = observed.expires, expires - options.now < ObservedTLS.renewal else { return nil }
        let end = Date(timeIntervalSince1970: Double(expires)).formatted(.iso8601)
        guard own != nil else { return certificate("expires \(end)", "renewed") }
        collector.emit(
            Diagnostic(
                .expiringCertificate,
                "The certificate of \(instance.name) \(expires < options.now ? "has expired" : "expires") on \(end).",
                at: place,
                severity: .warning,
                help: "put a new one where chainFrom and keyFrom lead, and apply"
            )
        )
        return nil
    }

    private static func owner(_ digest: String?) -> String {
        digest.map { "one's own, \($0.prefix(19))" } ?? "of the home's authority"
    }

    /// What making the differences good is called.
    func tlsSummary(_ differences: [Difference]) -> String {
        let mode = instance.tls?.value ?? .off
        if differences.contains(where: { $0.path == "tls" }) {
            return switch mode {
            case .off: "turn TLS of \(instance.name) off"
            case .prefer: "let \(instance.name) speak TLS"
            case .require: "let \(instance.name) refuse sessions without TLS"
            }
        }
        if let certificate = differences.first(where: { $0.path == "tls.certificate" }) {
            return certificate.desired == "renewed"
                ? "renew the certificate of \(instance.name)" : "exchange the certificate of \(instance.name)"
        }
        return "write again who may log in to \(instance.name), and how"
    }
}
