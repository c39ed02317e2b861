import Diagnostics
import FleetModel
import Resources
import SpecSchema

/// What a specification asks for and the provider cannot do, told before anything is done.
struct InstanceRefusals {
    let instance: Instance
    let capabilities: ProviderCapabilities

    var diagnostics: [Diagnostic] {
        [missingMajor, dual, restart, publicEndpoint, encryption, securityGroups, backup].compactMap(\.self)
    }

    private var missingMajor: Diagnostic? {
        guard !capabilities.majors.contains(instance.version.value) else { return nil }
        let majors = capabilities.majors.map(String.init).joined(separator: ", ")
        return Diagnostic(
            .missingMajor,
            "PostgreSQL \(instance.version.value) is not installed here; \(majors.isEmpty ? "no version is" : "there is \(majors)").",
            at: instance.version.range,
            help: "install it, name its folder in local.binaries of the Fleet document, or choose another version"
        )
    }

    private var dual: Diagnostic? {
        guard instance.availability.value.mode == .dual, !capabilities.features.contains(.dual) else { return nil }
        return unsupported(
            "A primary with a standby (mode: dual)",
            at: instance.availability.range,
            help: "write mode: single"
        )
    }

    private var restart: Diagnostic? {
        guard let token = instance.restartToken, instance.connection != nil else { return nil }
        return unsupported(
            "A restart",
            at: token.range,
            help: "leave restartToken out; pgsteer does not start or stop servers that it did not make"
        )
    }

    private var publicEndpoint: Diagnostic? {
        guard
            let place = instance.hasPublicEndpoint, place.value, !capabilities.features.contains(.publicEndpoint)
        else { return nil }
        return unsupported("A public endpoint", at: place.range, help: "write public: false")
    }

    private var encryption: Diagnostic? {
        guard let tls = instance.tls, tls.value != .off else { return nil }
        guard capabilities.features.contains(.tls) else {
            return unsupported("TLS", at: tls.range, help: "leave tls out; who runs that server sets TLS up")
        }
        let major = instance.version.value
        guard capabilities.majors.contains(major), !capabilities.tlsMajors.contains(major) else { return nil }
        return Diagnostic(
            .missingTLS,
            "The servers of PostgreSQL \(major) on this host were built without TLS (Instance/\(instance.name)).",
            at: tls.range,
            help: "write tls: off, or name other servers of PostgreSQL \(major) in local.binaries of the Fleet document"
        )
    }

    private var securityGroups: Diagnostic? {
        guard
            let groups = instance.access,
            !capabilities.features.contains(.securityGroups)
        else { return nil }
        return unsupported(
            "A security group",
            at: groups.range,
            help: "leave securityGroups out; nothing would guard the endpoint"
        )
    }

    private var backup: Diagnostic? {
        guard let backup = instance.backup, !capabilities.features.contains(.backups) else { return nil }
        return notActedOn("No backup is made of \(instance.name)", at: backup.range)
    }

    private func unsupported(_ what: String, at range: SourceRange, help: String) -> Diagnostic {
        Diagnostic(
            .unsupported,
            "\(what) is not supported by the provider \(capabilities.provider) yet (Instance/\(instance.name)).",
            at: range,
            help: help
        )
    }

    private func notActedOn(_ what: String, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .notActedOn,
            "\(what): the provider \(capabilities.provider) checks this key but does not act on it yet.",
            at: range,
            severity: .warning
        )
    }
}
