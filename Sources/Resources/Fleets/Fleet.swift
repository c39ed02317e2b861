package import Diagnostics
package import SpecSchema

/// The settings of the whole fleet: where instances live, what they share, how far a run may go.
package struct Fleet: Sendable {
    /// Where instances live.
    package enum Provider: String, Sendable, CaseIterable {
        case local
    }

    /// Settings of the provider `local`.
    package struct Local: Sendable {
        /// Folders with server programs, besides the places where Debian and PATH have them.
        package var binaries: [String] = []
        /// The address that endpoints listen on.
        package var address = "127.0.0.1"
        /// The address that public endpoints listen on.
        package var publicAddress = "127.0.0.1"
        /// The ports that endpoints are given.
        package var ports = 15_400...15_999
        /// The ports that servers are given behind the gateway.
        package var nodePorts = 16_000...17_999
    }

    package var provider = Provider.local
    package var local = Local()
    package var defaults = InstanceDefaults()
    /// How many resources one run, or the loop within an hour, may delete.
    package var deletionLimit = 1
    /// How many instances one run, or the loop within an hour, may restart or switch over; nil for any number.
    package var restartLimit: Int?
    /// How the loop lets a change reach the instances; nil for all at once.
    package var canary: Canary?

    /// One instance first, the others when it has stayed as desired.
    package struct Canary: Sendable {
        /// Seconds.
        package var soak: Int
        /// How many are changed side by side afterwards; nil for all.
        package var batch: Int?
    }
    /// What instances must have and plans may do, whatever their documents say.
    package var policy: [PolicyRule] = []
    /// Whom the loop tells what has happened.
    package var notifications: [NotificationChannel] = []
    /// Where the document stands; the place of nothing when there is no Fleet document.
    package var range: SourceRange

    package init(range: SourceRange = .nowhere) {
        self.range = range
    }
}

extension Fleet: DocumentKind {
    package static let kind = "Fleet"
    package static let summary =
        "The settings of the whole fleet: provider, defaults for instances, safety limits. At most one."
    package static var shape: ObjectShape { FleetSpec.schema.shape }

    package static func declare(
        _ document: Document,
        in draft: inout FleetDraft,
        collector: inout DiagnosticCollector
    ) {
        guard let spec = document.decode(FleetSpec.schema, collector: &collector) else { return }
        var fleet = Fleet(range: document.metadata.name?.range ?? document.range)
        fleet.provider = spec.provider?.value ?? .local
        if let local = spec.local?.value {
            fleet.local.binaries = local.binaries?.value.map(\.value) ?? []
            fleet.local.address = local.address?.value ?? fleet.local.address
            fleet.local.publicAddress = local.publicAddress?.value ?? fleet.local.publicAddress
            fleet.local.ports = local.ports?.value ?? fleet.local.ports
            fleet.local.nodePorts = local.nodePorts?.value ?? fleet.local.nodePorts
            checkPorts(of: local, fleet: fleet, collector: &collector)
        }
        fleet.defaults = spec.defaults?.value ?? InstanceDefaults()
        fleet.deletionLimit = spec.safety?.value.maxDeletes?.value ?? fleet.deletionLimit
        fleet.restartLimit = spec.safety?.value.maxRestarts?.value
        if let canary = spec.safety?.value.canary?.value, let soak = canary.soak {
            fleet.canary = Canary(soak: soak.value, batch: canary.batch?.value)
        }
        fleet.policy = spec.policy?.value.map(\.value) ?? []
        fleet.notifications = spec.notifications?.value.map(\.value) ?? []
        checkNames(of: spec.notifications?.value ?? [], collector: &collector)
        draft.add(fleet, collector: &collector)
    }

    private static func checkPorts(of local: LocalSpec, fleet: Fleet, collector: inout DiagnosticCollector) {
        guard fleet.local.ports.overlaps(fleet.local.nodePorts) else { return }
        guard let range = local.nodePorts?.range ?? local.ports?.range else { return }
        let ports = "\(fleet.local.ports.lowerBound)-\(fleet.local.ports.upperBound)"
        let nodePorts = "\(fleet.local.nodePorts.lowerBound)-\(fleet.local.nodePorts.upperBound)"
        collector.emitBadValue(
            "Endpoints (ports \(ports)) and servers (nodePorts \(nodePorts)) would share ports.",
            at: range,
            help: "set both, so that they do not overlap"
        )
    }
}
