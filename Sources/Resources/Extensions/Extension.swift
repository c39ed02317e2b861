package import Diagnostics
package import FleetModel
package import SQL
package import SpecSchema

/// An extension of a database. An attribute that is nil is not compared.
package struct Extension: Sendable {
    package var id: ResourceID
    package var range: SourceRange
    package var schema: Located<String>?
    package var version: Located<String>?
    package var deletionPolicy: DeletionPolicy
    /// The line that names the database.
    package var databaseRange: SourceRange

    package var references: [Located<ResourceID>] {
        [Located(ResourceID(Database.kind, id.instance, id.path[1]), at: databaseRange)]
    }

    package var predecessors: [ResourceID] {
        // Where no schema is named, it is the first one that sessions look into.
        [ResourceID(Schema.kind, id.instance, id.path[1], schema?.value ?? "public")]
    }

    package var document: JSONValue? {
        var spec: [String: JSONValue] = [
            "instance": .string(id.instance), "database": .string(id.path[1]), "name": .string(name),
            "deletionPolicy": .string(deletionPolicy.rawValue),
        ]
        spec["schema"] = schema.map { .string($0.value) }
        spec["version"] = version.map { .string($0.value) }
        let metadata: JSONValue = .object(["name": .string(DocumentLabel.of(name))])
        return .object(["kind": .string(Self.kind), "metadata": metadata, "spec": .object(spec)])
    }
}

/// An extension as a server reports it.
package struct ObservedExtension: ObservedObject {
    package var schema: String
    package var version: String
}

extension Extension: ServerObject {
    package static let scope = ObjectScope.database

    package static func observation(_ request: ObservationRequest) -> Statement {
        let chosen: Statement = request.name.map { " WHERE e.extname = \(literal: $0)" } ?? ""
        return """
            SELECT e.extname, n.nspname AS schema, e.extversion FROM pg_extension e
            JOIN pg_namespace n ON n.oid = e.extnamespace\(chosen)
            """
    }

    package static func observed(from rows: [Row]) -> [Name: ObservedExtension] {
        let pairs = rows.map {
            (Name($0.text("extname")), ObservedExtension(schema: $0.text("schema"), version: $0.text("extversion")))
        }
        return Dictionary(pairs) { first, _ in first }
    }

    package static func isPartOfEveryServer(_ name: String) -> Bool { name == "plpgsql" }

    package func differences(from observed: ObservedExtension?, context: ObjectContext) -> [Difference] {
        var result: [Difference] = []
        if let schema, !schema.value.isSameName(as: observed?.schema) {
            result.append(Difference("schema", observed: observed?.schema, desired: schema.value, source: schema.range))
        }
        if let version, version.value != observed?.version {
            let found = observed?.version
            result.append(Difference("version", observed: found, desired: version.value, source: version.range))
        }
        return result
    }

    package func creation(context: ObjectContext) -> [StatementBatch] {
        let place: Statement = schema.map { " SCHEMA \(identifier: $0.value)" } ?? ""
        let version: Statement = self.version.map { " VERSION \(literal: $0.value)" } ?? ""
        // Without a schema of its own the extension goes where the search path begins, which is pg_catalog in our
        // sessions. One that has a fixed schema refuses to be told another.
        let path: [Statement] = schema == nil ? ["SET LOCAL search_path TO public"] : []
        let create: Statement = "CREATE EXTENSION \(identifier: name)\(place)\(version) CASCADE"
        return [StatementBatch(path + [create], actors: [RoleLoan.databaseOwner])]
    }

    package func update(from observed: ObservedExtension, context: ObjectContext) -> StatementBatch {
        let changed = Set(differences(from: observed, context: context).map(\.path))
        var statements: [Statement] = []
        if let schema, changed.contains("schema") {
            statements.append("ALTER EXTENSION \(identifier: name) SET SCHEMA \(identifier: schema.value)")
        }
        if let version, changed.contains("version") {
            statements.append("ALTER EXTENSION \(identifier: name) UPDATE TO \(literal: version.value)")
        }
        return StatementBatch(statements)
    }

    /// What needs the extension keeps it; nothing is dropped as a side effect.
    package static func removal(
        of id: ResourceID,
        observed: ObservedExtension,
        policy: RemovalPolicy
    ) -> [StatementBatch] {
        [StatementBatch(["DROP EXTENSION IF EXISTS \(identifier: id.name)"])]
    }
}
