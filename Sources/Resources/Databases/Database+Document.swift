import FleetModel
package import SpecSchema

extension Database {
    package var document: JSONValue? {
        // A database's name need not be one that metadata.name allows.
        var spec: [String: JSONValue] = [
            "instance": .string(id.instance), "name": .string(name), "deletionPolicy": .string(deletionPolicy.rawValue),
        ]
        spec["owner"] = owner.map { .string($0.value) }
        spec["remark"] = remark.map { .string($0.value) }
        spec["connectionLimit"] = connectionLimit.map { .integer($0.value) }
        spec["settings"] = settings?.document
        let metadata: JSONValue = .object(["name": .string(DocumentLabel.of(name))])
        return .object(["kind": .string(Self.kind), "metadata": metadata, "spec": .object(spec)])
    }
}
