import ArgumentParser
import Resources
import SpecLoading
import SpecSchema

struct SchemaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Prints the JSON Schema of specifications, for editors.",
        discussion: """
            It is made by the same definitions that read specifications. Put it beside them and name it in the first line:

              # yaml-language-server: $schema=../schema/pgsteer-v1.json
            """
    )

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        try Terminal(global).write(json: SpecificationSchema.json)
    }
}

/// The JSON Schema (2020-12) of any document.
enum SpecificationSchema {
    static var json: JSONValue {
        .object([
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": "urn:pgsteer:specification:v1",
            "title": "pgsteer specification",
            "type": "object",
            "properties": .object([
                "kind": .object([
                    "enum": .array(ResourceCatalog.kinds.map { .string($0.kind) }),
                    "description": "What the document declares.",
                ])
            ]),
            "required": .array(["apiVersion", "kind", "metadata"]),
            // One branch is chosen by the kind, so that an editor's messages speak of that kind alone.
            "allOf": .array(ResourceCatalog.kinds.map(branch)),
        ])
    }

    private static func branch(_ kind: any DocumentKind.Type) -> JSONValue {
        let isKind: JSONValue = .object([
            "properties": .object(["kind": .object(["const": .string(kind.kind)])]), "required": .array(["kind"]),
        ])
        let document: JSONValue = .object([
            "description": .string(kind.summary),
            "properties": .object([
                "apiVersion": .object(["const": .string(SpecLoader.apiVersion)]),
                "kind": .object(["const": .string(kind.kind)]),
                "metadata": Metadata.schema.shape.jsonSchema,
                "spec": kind.shape.jsonSchema,
            ]),
            "additionalProperties": false,
        ])
        return .object(["if": isKind, "then": document])
    }
}
