import SpecSchema

/// Holds values against JSON Schema: as much of it as the description of the API uses, and it fails on anything else.
struct JSONShape {
    let components: JSONValue

    /// Returns what is wrong, each with its place.
    func problems(_ value: JSONValue, _ schema: JSONValue, at place: String = "$") -> [String] {
        guard case .object(var rules) = schema else { return ["\(place): the schema is no object"] }
        if case .string(let reference)? = rules["$ref"] {
            let name = reference.split(separator: "/").last.map(String.init) ?? ""
            guard let target = components[name] else { return ["\(place): \(reference) leads nowhere"] }
            return problems(value, target, at: place)
        }
        var problems: [String] = []
        if case .array(let allowed)? = rules.removeValue(forKey: "enum"), !allowed.contains(value) {
            problems.append("\(place): \(value.canonicalText) is not allowed")
        }
        let format = rules.removeValue(forKey: "format")
        guard case .string(let type)? = rules.removeValue(forKey: "type") else { return ["\(place): no type"] }
        switch (type, value) {
        case ("string", .string(let text)):
            let isTime = text.contains(#/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/#)
            if format != nil, !isTime { problems.append("\(place): \(text) is no time") }
        case ("integer", .integer), ("number", .integer), ("number", .number), ("boolean", .boolean): break
        case ("array", .array(let items)):
            guard let schema = rules.removeValue(forKey: "items") else { return ["\(place): no items"] }
            for (index, item) in items.enumerated() {
                problems += self.problems(item, schema, at: "\(place)[\(index)]")
            }
        case ("object", .object(let members)):
            problems += membersProblems(members, &rules, at: place)
        default: problems.append("\(place): \(value.canonicalText.prefix(80)) is no \(type)")
        }
        for rule in rules.keys { problems.append("\(place): the rule \(rule) is not understood") }
        return problems
    }

    private func membersProblems(
        _ members: [String: JSONValue],
        _ rules: inout [String: JSONValue],
        at place: String
    ) -> [String] {
        var problems: [String] = []
        let properties = rules.removeValue(forKey: "properties") ?? .object([:])
        let others = rules.removeValue(forKey: "additionalProperties")
        if case .array(let required)? = rules.removeValue(forKey: "required") {
            for case .string(let name) in required where members[name] == nil {
                problems.append("\(place): \(name) is missing")
            }
        }
        for (name, member) in members {
            if let schema = properties[name] ?? (others == false ? nil : others) {
                problems += self.problems(member, schema, at: "\(place).\(name)")
            } else {
                problems.append("\(place): \(name) is not described")
            }
        }
        return problems
    }
}

extension JSONValue {
    /// A member of an object.
    subscript(name: String) -> JSONValue? { if case .object(let members) = self { members[name] } else { nil } }
}
