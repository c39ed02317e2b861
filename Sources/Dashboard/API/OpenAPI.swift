package import SpecSchema

/// The description of `/api/v1` (OpenAPI 3.1); a test holds every answer against it, and it allows no key that it does not
/// name.
package enum OpenAPI {
    package static let document: JSONValue = .object([
        "openapi": "3.1.0",
        "info": .object([
            "title": "pgsteer",
            "version": "1.0",
            "description": .string(
                "What a running loop knows of its instances. Everything is only read. Keys may be added; those there are keep their meaning."
            ),
        ]),
        "security": .array([.object([:]), .object(["token": .array([])])]),
        "paths": .object(
            Dictionary(uniqueKeysWithValues: operations.map { ("/api/v1\($0.path)", $0.pathItem) })
        ),
        "components": .object([
            "schemas": .object(OpenAPISchemas.all),
            "securitySchemes": .object(["token": .object(["type": "http", "scheme": "bearer"])]),
        ]),
    ])

    private struct Operation {
        var path: String
        var summary: String
        var schema: String
        var parameter: String?

        var pathItem: JSONValue {
            var operation: [String: JSONValue] = [
                "summary": .string(summary),
                "responses": .object([
                    "200": answer("What it says.", schema), "401": .object(["description": "A token is needed."]),
                ]),
            ]
            if let parameter {
                operation["parameters"] = .array([
                    .object([
                        "name": .string(parameter), "in": "path", "required": true,
                        "schema": .object(["type": "string"]),
                    ])
                ])
                operation["responses"] = .object([
                    "200": answer("What it says.", schema), "404": answer("There is no such thing.", "Error"),
                    "401": .object(["description": "A token is needed."]),
                ])
            }
            return .object(["get": .object(operation)])
        }

        private func answer(_ description: String, _ schema: String) -> JSONValue {
            let reference: JSONValue = .object(["$ref": .string("#/components/schemas/\(schema)")])
            return .object([
                "description": .string(description),
                "content": .object(["application/json": .object(["schema": reference])]),
            ])
        }
    }

    private static let operations = [
        Operation(path: "/fleet", summary: "The loop itself, and how many instances are how.", schema: "Fleet"),
        Operation(path: "/instances", summary: "All instances, by name.", schema: "InstanceList"),
        Operation(
            path: "/instances/{name}",
            summary: "One instance with everything in it.",
            schema: "InstanceDocument",
            parameter: "name"
        ),
        Operation(path: "/plan", summary: "What is to be done, by instance.", schema: "PlanList"),
        Operation(path: "/events", summary: "What happened in the loop, newest first.", schema: "EventList"),
        Operation(path: "/history", summary: "What runs did, newest first.", schema: "HistoryList"),
        Operation(path: "/migrations", summary: "The declared migrations.", schema: "MigrationList"),
    ]
}
