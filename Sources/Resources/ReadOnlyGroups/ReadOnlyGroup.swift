package import Diagnostics
package import FleetModel
package import SpecSchema

/// Replicas of an instance behind an endpoint of their own, for clients that only read.
package struct ReadOnlyGroup: Sendable {
    package var id: ResourceID
    /// The line that declares it.
    package var range: SourceRange
    /// The line that names the instance.
    package var instanceRange: SourceRange
    package var policy: Located<ReadOnlyGroupPolicy>

    package var name: String { id.name }
    package var instance: String { id.instance }

    package static func id(_ name: String, of instance: String) -> ResourceID { ResourceID(kind, instance, name) }
}

extension ReadOnlyGroup: DocumentKind {
    package static let kind = "ReadOnlyGroup"
    package static let summary = "Replicas of an instance behind an endpoint of their own, for clients that only read."
    package static var shape: ObjectShape { ReadOnlyGroupSpec.schema.shape }

    package static func declare(
        _ document: Document,
        in draft: inout FleetDraft,
        collector: inout DiagnosticCollector
    ) {
        guard
            let spec = document.decode(ReadOnlyGroupSpec.schema, collector: &collector),
            let name = document.metadata.name, let instance = spec.instance
        else { return }
        let group = ReadOnlyGroup(
            id: id(name.value, of: instance.value),
            range: name.range,
            instanceRange: instance.range,
            policy: Located(spec.policy(collector: &collector), at: spec.replicas?.range ?? name.range)
        )
        draft.add(group, collector: &collector)
    }
}

extension ReadOnlyGroup {
    /// The group as a document of its own, complete.
    package var document: JSONValue {
        let policy = policy.value
        var lag: [String: JSONValue] = [:]
        lag["time"] = policy.maxLagSeconds.map { .string("\($0)s") }
        lag["size"] = policy.maxLagBytes.map { .string(ByteCount(bytes: $0).description) }
        var spec: [String: JSONValue] = [
            "instance": .string(instance),
            "replicas": .integer(policy.weights.count),
            "weights": .array(policy.weights.map { .integer($0) }),
            "keepAtLeast": .integer(policy.keepAtLeast),
        ]
        if !lag.isEmpty { spec["maxReplayLag"] = .object(lag) }
        return .object([
            "kind": .string(Self.kind), "metadata": .object(["name": .string(name)]), "spec": .object(spec),
        ])
    }
}
