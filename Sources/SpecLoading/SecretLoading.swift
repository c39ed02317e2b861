package import Diagnostics
package import FleetModel
package import Resources
package import SpecSchema

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension DiagnosticCode {
    package static let unusableWebhook = DiagnosticCode("PGS-067", "Unusable webhook")
}

/// Reads the values of secrets from where their references point.
package struct SecretLoading: Sendable {
    /// A file with a secret is small; more is a mistake.
    private static let largest = 4096

    private let environment: [String: String]

    package init(environment: [String: String]) {
        self.environment = environment
    }

    /// Reads every secret of a fleet and checks it by the rules for passwords.
    package func load(into fleet: inout DesiredFleet, collector: inout DiagnosticCollector) {
        loadConnections(into: &fleet, collector: &collector)
        loadCertificates(into: &fleet, collector: &collector)
        for object in fleet.objects {
            for reference in object.secrets {
                guard let secret = secret(reference, collector: &collector) else { continue }
                // The product's rules are for passwords on servers that it made.
                if fleet.instances[object.instance]?.connection == nil {
                    collector.emit(contentsOf: PasswordRules.check(secret, of: reference))
                }
                fleet.secrets[reference.value] = secret
            }
        }
    }

    /// Reads the passwords that connections to existing servers need, those of migrations among them.
    package func loadConnections(into fleet: inout DesiredFleet, collector: inout DiagnosticCollector) {
        for end in fleet.migrations.values.flatMap({ [$0.source, $0.target] }) {
            guard let password = end.value.password else { continue }
            fleet.secrets[password] = secret(Located(password, at: end.range), collector: &collector)
        }
        for instance in fleet.instances.values {
            guard let connection = instance.connection, let password = connection.password else { continue }
            let place = connection.passwordRange ?? instance.range
            fleet.secrets[password] = secret(Located(password, at: place), collector: &collector)
        }
    }

    /// Reads the addresses that notifications are sent to, by the names of their channels.
    ///
    /// A channel without a usable one is left out and told as a warning: who cannot be told is no reason to leave servers
    /// alone.
    package func addresses(of channels: [NotificationChannel], collector: inout DiagnosticCollector) -> [String: Secret]
    {
        var found: [String: Secret] = [:]
        for channel in channels {
            var own = DiagnosticCollector()
            if let secret = secret(channel.address, collector: &own) {
                if Self.isWebAddress(secret) {
                    found[channel.name.value] = secret
                } else {
                    own.emit(
                        Diagnostic(
                            .unusableWebhook,
                            "The \(channel.address.value) holds no address of http or https.",
                            at: channel.address.range,
                            help: "put the whole address there, such as https://hooks.example.org/services/..."
                        )
                    )
                }
            }
            for var diagnostic in own.diagnostics {
                diagnostic.severity = .warning
                collector.emit(diagnostic)
            }
        }
        return found
    }

    private static func isWebAddress(_ secret: Secret) -> Bool {
        let text = secret.revealed
        let rest = ["https://", "http://"].compactMap { text.hasPrefix($0) ? text.dropFirst($0.count) : nil }.first
        guard let rest, let first = rest.first, first != "/" else { return false }
        return text.unicodeScalars.allSatisfy { $0.value > 32 && $0.value < 127 && $0 != "\"" && $0 != "\\" }
    }

    /// Reads the certificates that instances bring, with their keys.
    private func loadCertificates(into fleet: inout DesiredFleet, collector: inout DiagnosticCollector) {
        for instance in fleet.instances.values.sorted(by: { $0.name < $1.name }) {
            guard let certificate = instance.certificate?.value else { continue }
            for reference in [certificate.chainFrom, certificate.keyFrom].compactMap(\.self) {
                fleet.secrets[reference.value] = pem(reference, collector: &collector)
            }
        }
    }

    /// Reads a text of several lines that begins as PEM does (RFC 7468); tells the collector why when there is none.
    private func pem(_ reference: Located<SecretReference>, collector: inout DiagnosticCollector) -> Secret? {
        let text: String? =
            switch reference.value {
            case .environment(let name): environment[name]
            case .file(let path):
                (try? Data(contentsOf: URL(filePath: path))).map { String(decoding: $0.prefix(1 << 20), as: UTF8.self) }
            }
        guard let text, text.contains("-----BEGIN ") else {
            emitMissing(
                reference,
                "\(text == nil ? "The \(reference.value) cannot be read" : "The \(reference.value) holds no certificate and no key in PEM").",
                help: "a certificate begins with -----BEGIN CERTIFICATE-----, a key with -----BEGIN PRIVATE KEY-----",
                &collector
            )
            return nil
        }
        return Secret(text.hasSuffix("\n") ? text : text + "\n")
    }

    /// Reads one secret; tells the collector why when there is none.
    package func secret(_ reference: Located<SecretReference>, collector: inout DiagnosticCollector) -> Secret? {
        switch reference.value {
        case .environment(let name):
            if let value = environment[name], !value.isEmpty { return Secret(value) }
            let state = environment[name] == nil ? "is not set" : "is empty"
            emitMissing(
                reference,
                "The environment variable \(name) \(state).",
                help: "set it before running pgsteer",
                &collector
            )
        case .file(let path):
            return file(at: path, reference, &collector)
        }
        return nil
    }

    private func file(
        at path: String,
        _ reference: Located<SecretReference>,
        _ collector: inout DiagnosticCollector
    ) -> Secret? {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            emitMissing(
                reference,
                "The file \(path) cannot be read.",
                help: path.hasPrefix("/") || !path.contains(":")
                    ? "make it, readable by you alone (mode 0600)"
                    : "in a repository a secret would be no secret; name a file of this host by its whole path",
                &collector
            )
            return nil
        }
        let text = String(decoding: data.prefix(Self.largest), as: UTF8.self)
        let line = text.prefix { !$0.isNewline }
        guard data.count <= Self.largest, !line.isEmpty else {
            emitMissing(
                reference,
                "The first line of \(path) is no secret.",
                help: "put the secret into its first line",
                &collector
            )
            return nil
        }
        guard String(validating: data, as: UTF8.self) != nil, !line.contains("\0") else {
            emitMissing(
                reference,
                "The first line of \(path) is no text in UTF-8, so nobody could log in with it.",
                help: "write it in UTF-8, without zero bytes",
                &collector
            )
            return nil
        }
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        if let mode = attributes?[.posixPermissions] as? Int, mode & 0o077 != 0 {
            collector.emit(
                Diagnostic(
                    .exposedSecret,
                    "The file \(path) can be read by others.",
                    at: reference.range,
                    severity: .warning,
                    help: "chmod 600 \(path)"
                )
            )
        }
        return Secret(String(line))
    }

    private func emitMissing(
        _ reference: Located<SecretReference>,
        _ detail: String,
        help: String,
        _ collector: inout DiagnosticCollector
    ) {
        collector.emit(Diagnostic(.missingSecret, detail, at: reference.range, help: help))
    }
}
