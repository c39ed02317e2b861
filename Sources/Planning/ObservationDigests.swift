import FleetModel
import Hashing
import Resources

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Digests of what was observed of each resource that a plan looked at.
///
/// Process ids and what nobody declared are left out: they may move without making a plan wrong.
struct ObservationDigests {
    let byResource: [String: String]

    init(desired: DesiredFleet, observed: ObservedFleet) {
        var digests: [String: String] = [:]
        for (name, instance) in observed.instances {
            digests[ResourceID.instance(name).description] = Self.digest(
                of: instance,
                parameters: desired.instances[name]?.parameters.map(\.name) ?? []
            )
            guard let server = instance.server else { continue }
            let declared = desired.objects(of: name).map(\.id.description)
            for id in Set(declared).union(instance.placement.record.objects.keys) {
                guard let resource = ResourceID(id) else { continue }
                digests[id] = server.objects[resource.kind]?[resource].map { Self.digest($0) } ?? "absent"
            }
        }
        byResource = digests
    }

    /// Returns the digest of everything that was observed and planned.
    func total(with changes: [Change], actions: [Action]) -> String {
        // A note is for people: how much log there is to replay moves all the time.
        let changes = changes.map { change in
            var change = change
            change.note = nil
            return change
        }
        let lines = byResource.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        return SHA256.digest((lines + [Self.text(changes), Self.text(actions)]).joined(separator: "\n").utf8)
    }

    private static func digest(of instance: ObservedInstance, parameters: [String]) -> String {
        var placement = instance.placement
        for index in placement.nodes.indices {
            placement.nodes[index].processID = nil
            placement.nodes[index].following?.lagBytes = nil
        }
        for index in placement.groups.indices { placement.groups[index].entitled = nil }
        let names = Set(parameters).union(placement.record.parameters.keys).sorted()
        let values = names.compactMap { instance.server?.parameters[$0] }
        return SHA256.digest((text(placement) + text(values)).utf8)
    }

    private static func digest(_ value: any Encodable & Sendable) -> String { SHA256.digest(text(value).utf8) }

    private static func text(_ value: any Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else {
            preconditionFailure("an observed value cannot be written as JSON: \(type(of: value))")
        }
        return String(decoding: data, as: UTF8.self)
    }
}
