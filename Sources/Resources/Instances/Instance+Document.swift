import FleetModel
package import SpecSchema

extension Instance {
    /// The instance as a document of its own, complete, without what lives in it.
    package var document: JSONValue {
        var spec: [String: JSONValue] = [
            "version": .integer(version.value),
            "charset": .string(charset.value.rawValue),
            "availability": availabilityDocument,
            "protection": .object(["deletion": .boolean(deletionProtection.value)]),
            "deletionPolicy": .string(deletionPolicy.value.rawValue),
        ]
        if !parameters.isEmpty {
            spec["parameters"] = .object(
                Dictionary(parameters.map { ($0.name, .string($0.value)) }) { _, last in last }
            )
        }
        spec["size"] = sizeDocument
        spec["connection"] = connection?.document
        spec["network"] = networkDocument
        spec["securityGroups"] = access.map { .array($0.value.groups.map { .string($0) }) }
        spec["logs"] = logs.map { logs in
            .object(["maxSize": .string(logs.value.maxSize.description), "keep": .string(logs.value.keep)])
        }
        spec["restartToken"] = restartToken.map { .string($0.value) }
        spec["maintenance"] = maintenance?.value.windows
            .map { windows in
                .object(["windows": .array(windows.value.map { .string($0.value) })])
            }
        spec["suspend"] = suspended.map { .boolean($0.value) }
        spec["backup"] = backupDocument
        if let origin { spec.merge(origin.value.document) { $1 } }
        return .object(["kind": .string(Self.kind), "metadata": metadataDocument, "spec": .object(spec)])
    }

    private var metadataDocument: JSONValue {
        var metadata: [String: JSONValue] = ["name": .string(name)]
        metadata["project"] = project.map { .string($0.value) }
        metadata["tags"] = tags.map { tags in
            .object(Dictionary(tags.value.map { ($0.name.value, .string($0.value.value)) }) { first, _ in first })
        }
        return .object(metadata)
    }

    private var sizeDocument: JSONValue? {
        size.map { size in
            var members: [String: JSONValue] = [:]
            members["cpu"] = size.value.cpu.map { .integer($0.value) }
            members["memory"] = size.value.memory.map { .string($0.value.description) }
            members["storage"] = size.value.storage.map { .string($0.value.description) }
            return .object(members)
        }
    }

    private var backupDocument: JSONValue? {
        backup.map { backup in
            var members: [String: JSONValue] = [:]
            members["schedule"] = backup.value.schedule.map { .string($0.value) }
            members["keep"] = backup.value.keep.map { .string($0.value) }
            members["drill"] = backup.value.drill.map { .string($0.value) }
            return .object(members)
        }
    }

    private var networkDocument: JSONValue? {
        var members: [String: JSONValue] = [:]
        members["public"] = hasPublicEndpoint.map { .boolean($0.value) }
        members["tls"] = tls.map { .string($0.value.rawValue) }
        members["certificate"] = certificate.map { certificate in
            var parts: [String: JSONValue] = [:]
            parts["chainFrom"] = certificate.value.chainFrom.map(\.value.document)
            parts["keyFrom"] = certificate.value.keyFrom.map(\.value.document)
            return .object(parts)
        }
        return members.isEmpty ? nil : .object(members)
    }

    private var availabilityDocument: JSONValue {
        let policy = availability.value
        var members: [String: JSONValue] = ["mode": .string(policy.mode.rawValue)]
        if policy.mode == .dual {
            members["replication"] = .string(policy.replication.rawValue)
            members["maxSwitchoverLag"] = .string(policy.maxSwitchoverLag.description)
        }
        if policy.replication == .sync { members["syncFallback"] = .boolean(policy.syncFallback) }
        if !policy.zones.isEmpty { members["zones"] = .array(policy.zones.map { .string($0) }) }
        return .object(members)
    }
}
