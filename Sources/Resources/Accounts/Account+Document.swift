import FleetModel
package import SpecSchema

extension Account {
    package var document: JSONValue {
        var spec: [String: JSONValue] = [
            "instance": .string(id.instance), "deletionPolicy": .string(deletionPolicy.rawValue),
        ]
        spec["passwordFrom"] = password.map { $0.value.document }
        spec["remark"] = remark.map { .string($0.value) }
        spec["login"] = login.map { .boolean($0.value) }
        spec["connectionLimit"] = connectionLimit.map { .integer($0.value) }
        spec["validUntil"] = validUntil.map { .string($0.value.description) }
        spec["memberships"] = memberships.map { .array($0.map { .string($0.value) }) }
        spec["createdb"] = createdb.map { .boolean($0.value) }
        spec["createrole"] = createrole.map { .boolean($0.value) }
        return .object([
            "kind": .string(Self.kind), "metadata": .object(["name": .string(name)]), "spec": .object(spec),
        ])
    }
}

extension SecretReference {
    fileprivate var document: JSONValue {
        switch self {
        case .environment(let name): .object(["env": .string(name)])
        case .file(let path): .object(["file": .string(path)])
        }
    }
}
