extension Shape {
    /// The shape as JSON Schema 2020-12.
    package var jsonSchema: JSONValue {
        switch self {
        case .text(let text): .object(text.jsonSchema)
        case .integer(let range):
            .object(
                ["type": "integer"]
                    .merging(
                        range.map { ["minimum": .integer($0.lowerBound), "maximum": .integer($0.upperBound)] } ?? [:]
                    ) { $1 }
            )
        case .boolean: .object(["type": "boolean"])
        case .anyScalar: .object(["type": .array(["string", "number", "boolean"])])
        case .list(let element, let maximum):
            .object(
                ["type": .array(["array", "null"]), "items": element.jsonSchema]
                    .merging(
                        maximum.map { ["maxItems": .integer($0)] } ?? [:]
                    ) { $1 }
            )
        case .map(let value, let known): .object(Self.map(of: value, known: known()))
        case .object(let object): object.jsonSchema
        case .either(let shapes): .object(["anyOf": .array(shapes.map(\.jsonSchema))])
        }
    }

    private static func map(of value: Shape, known: [KnownKey]) -> [String: JSONValue] {
        var result: [String: JSONValue] = [
            "type": .array(["object", "null"]), "additionalProperties": value.jsonSchema,
        ]
        if !known.isEmpty {
            result["properties"] = .object(
                Dictionary(known.map { ($0.name, .object(["description": .string($0.summary)])) }) { first, _ in first }
            )
        }
        return result
    }
}

extension TextShape {
    /// Where a text is wanted, a plain number or truth value is taken as its text, so editors must allow it too.
    fileprivate var jsonSchema: [String: JSONValue] {
        var result: [String: JSONValue] = ["type": "string"]
        if !choices.isEmpty { result["enum"] = .array(choices.map(JSONValue.string)) }
        if let pattern { result["pattern"] = .string(pattern) }
        if let minimumLength { result["minLength"] = .integer(minimumLength) }
        if let maximumLength { result["maxLength"] = .integer(maximumLength) }
        return result
    }
}

extension ObjectShape {
    /// The object as JSON Schema 2020-12; unknown keys are refused, as the decoder does.
    package var jsonSchema: JSONValue {
        let properties = fields.map { field in
            (field.name, field.shape.jsonSchema.described(field.summary))
        }
        var result: [String: JSONValue] = [
            "type": "object",
            "description": .string(summary),
            "additionalProperties": false,
            "properties": .object(Dictionary(properties) { first, _ in first }),
        ]
        let required = fields.filter(\.isRequired).map { JSONValue.string($0.name) }
        if !required.isEmpty { result["required"] = .array(required) }
        if isChoice {
            result["minProperties"] = 1
            result["maxProperties"] = 1
        }
        return .object(result)
    }
}

extension JSONValue {
    fileprivate func described(_ summary: String) -> JSONValue {
        guard case .object(var members) = self else { return self }
        members["description"] = .string(summary)
        return .object(members)
    }
}
