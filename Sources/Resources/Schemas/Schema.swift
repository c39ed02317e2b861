package import Diagnostics
package import FleetModel
package import SQL
package import SpecSchema

/// A schema of a database. An attribute that is nil is not compared.
package struct Schema: Sendable {
    package var id: ResourceID
    package var range: SourceRange
    package var owner: Located<String>?
    package var remark: Located<String>?
    package var deletionPolicy: DeletionPolicy
    /// The line that names the database.
    package var databaseRange: SourceRange

    /// `Database/orders/shop`
    private var databaseID: ResourceID { ResourceID(Database.kind, id.instance, id.path[1]) }

    package var references: [Located<ResourceID>] {
        let owner = owner.map { $0.map { ResourceID(Account.kind, id.instance, $0) } }
        return [Located(databaseID, at: databaseRange)] + [owner].compactMap(\.self)
    }

    package var roles: [Located<String>] { [owner].compactMap(\.self) }

    package func adapted(to instance: Instance, collector: inout DiagnosticCollector) -> Schema {
        var schema = self
        schema.owner = owner?.asAccount(of: instance)
        return schema
    }

    package var document: JSONValue? {
        var spec: [String: JSONValue] = [
            "instance": .string(id.instance), "database": .string(id.path[1]), "name": .string(name),
            "deletionPolicy": .string(deletionPolicy.rawValue),
        ]
        spec["owner"] = owner.map { .string($0.value) }
        spec["remark"] = remark.map { .string($0.value) }
        let metadata: JSONValue = .object(["name": .string(DocumentLabel.of(name))])
        return .object(["kind": .string(Self.kind), "metadata": metadata, "spec": .object(spec)])
    }
}

/// A schema as a server reports it.
package struct ObservedSchema: ObservedObject {
    package var owner: String
    package var remark: String?
}

extension Schema: ServerObject {
    package static let scope = ObjectScope.database

    package static func observation(_ request: ObservationRequest) -> Statement {
        let chosen: Statement = request.name.map { " AND n.nspname = \(literal: $0)" } ?? ""
        return """
            SELECT n.nspname, pg_get_userbyid(n.nspowner) AS owner, obj_description(n.oid, 'pg_namespace') AS remark
            FROM pg_namespace n WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'\(chosen)
            """
    }

    package static func observed(from rows: [Row]) -> [Name: ObservedSchema] {
        let pairs = rows.map {
            (Name($0.text("nspname")), ObservedSchema(owner: $0.text("owner"), remark: $0["remark"]))
        }
        return Dictionary(pairs) { first, _ in first }
    }

    package static func isPartOfEveryServer(_ name: String) -> Bool { name == "public" }

    package func differences(from observed: ObservedSchema?, context: ObjectContext) -> [Difference] {
        var result: [Difference] = []
        if let owner, !owner.value.isSameName(as: observed?.owner) {
            result.append(Difference("owner", observed: observed?.owner, desired: owner.value, source: owner.range))
        }
        let found = observed.map { $0.remark ?? "" }
        if let remark, remark.value != found {
            result.append(Difference("remark", observed: found, desired: remark.value, source: remark.range))
        }
        return result
    }

    package func creation(context: ObjectContext) -> [StatementBatch] {
        let authorization: Statement = owner.map { " AUTHORIZATION \(identifier: $0.value)" } ?? ""
        let create: Statement = "CREATE SCHEMA \(identifier: name)\(authorization)"
        return [StatementBatch([create] + [comment].compactMap(\.self), actors: actors(RoleLoan.databaseOwner.text))]
    }

    package func update(from observed: ObservedSchema, context: ObjectContext) -> StatementBatch {
        let changed = Set(differences(from: observed, context: context).map(\.path))
        var statements: [Statement] = []
        if let owner, changed.contains("owner") {
            statements.append("ALTER SCHEMA \(identifier: name) OWNER TO \(identifier: owner.value)")
        }
        if changed.contains("remark"), let comment { statements.append(comment) }
        // Who changes the owner must be one who may make schemas there (PostgreSQL manual, ALTER SCHEMA).
        return StatementBatch(statements, actors: actors(observed.owner, RoleLoan.databaseOwner.text))
    }

    private func actors(_ owners: String...) -> Set<Name> {
        Set((owners + [owner?.value].compactMap(\.self)).map { Name($0) })
    }

    /// What is still in the schema keeps it; nothing is dropped as a side effect.
    package static func removal(of id: ResourceID, observed: ObservedSchema, policy: RemovalPolicy) -> [StatementBatch]
    {
        [StatementBatch(["DROP SCHEMA IF EXISTS \(identifier: id.name)"], actors: [Name(observed.owner)])]
    }

    private var comment: Statement? {
        remark.map { "COMMENT ON SCHEMA \(identifier: name) IS \(literal: $0.value)" }
    }
}
