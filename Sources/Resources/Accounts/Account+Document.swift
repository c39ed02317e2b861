import FleetModel
package import SpecSchema

extension Account {
    package var document: JSONValue? {
        var spec: [String: JSONValue] = [
            "instance": .string(id.instance), "deletionPolicy": .string(deletionPolicy.rawValue),
        ]
        spec["passwordFrom"] = password.map { $0.value.document }
        spec["remark"] = remark.map { .string($0.value) }
        spec["login"] = login.map { .boolean($0.value) }
        spec["connectionLimit"] = connectionLimit.map { .integer($0.value) }
        spec["validUntil"] = validUntil.map { .string($0.value.description) }
        spec["memberships"] = memberships.map { .array($0.map(\.document)) }
        spec["createdb"] = createdb.map { .boolean($0.value) }
        spec["createrole"] = createrole.map { .boolean($0.value) }
        spec["settings"] = settings?.document
        if !databaseSettings.isEmpty {
            let members = databaseSettings.map { ($0.name.value, $0.value.value.document) }
            spec["databaseSettings"] = .object(Dictionary(members) { first, _ in first })
        }
        if grantMode != .tracked { spec["grantMode"] = .string(grantMode.rawValue) }
        if passedOn != .keep { spec["passedOn"] = .string(passedOn.rawValue) }
        if isAbsent { spec["state"] = .string(AccountState.absent.rawValue) }
        if onRemove != RemovalPolicy() { spec["onRemove"] = onRemove.document }
        let label = DocumentLabel.of(name)
        if label != name { spec["name"] = .string(name) }
        return .object([
            "kind": .string(Self.kind), "metadata": .object(["name": .string(label)]), "spec": .object(spec),
        ])
    }
}

extension Membership {
    fileprivate var document: JSONValue {
        var members: [String: JSONValue] = [:]
        members["admin"] = admin.map { .boolean($0.value) }
        members["inherit"] = inherit.map { .boolean($0.value) }
        members["set"] = set.map { .boolean($0.value) }
        guard !members.isEmpty else { return .string(role.value) }
        members["role"] = .string(role.value)
        return .object(members)
    }
}

extension RemovalPolicy {
    fileprivate var document: JSONValue {
        var members: [String: JSONValue] = [
            "dropOwned": .boolean(dropOwned), "terminateSessions": .boolean(terminateSessions),
        ]
        members["reassignTo"] = reassignTo.map { .string($0) }
        return .object(members)
    }
}

extension SecretReference {
    package var document: JSONValue {
        switch self {
        case .environment(let name): .object(["env": .string(name)])
        case .file(let path): .object(["file": .string(path)])
        }
    }
}

/// Names for `metadata.name` of what has a name that `metadata.name` does not allow.
package enum DocumentLabel {
    /// Returns the name with everything else than letters, digits and `_` replaced; the name itself where it may stay.
    package static func of(_ name: String) -> String {
        let label = String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") ? $0 : "-" }.prefix(60))
        return label.hasPrefix("-") ? "x" + label.dropFirst() : label
    }
}
