package import FleetModel
package import SQL
import SpecSchema

/// A database as a server reports it.
package struct ObservedDatabase: ObservedObject {
    package var owner: String
    package var connectionLimit: Int
    package var remark: String?

    package static let observation: Statement = """
        SELECT d.datname, pg_get_userbyid(d.datdba) AS owner, d.datconnlimit,
            shobj_description(d.oid, 'pg_database') AS remark
        FROM pg_database d WHERE NOT d.datistemplate
        """

    init(_ row: Row) {
        owner = row.text("owner")
        connectionLimit = row.integer("datconnlimit") ?? -1
        remark = row["remark"]
    }
}

extension Database: ServerObject {
    package static var observation: Statement { ObservedDatabase.observation }

    package static func observed(from rows: [Row]) -> [String: ObservedDatabase] {
        Dictionary(rows.map { ($0.text("datname"), ObservedDatabase($0)) }) { first, _ in first }
    }

    package func differences(from observed: ObservedDatabase, context: ObjectContext) -> [Difference] {
        var result: [Difference] = []
        if let owner, owner.value != observed.owner {
            result.append(Difference("owner", observed: observed.owner, desired: owner.value, source: owner.range))
        }
        if let connectionLimit, connectionLimit.value != observed.connectionLimit {
            result.append(
                Difference(
                    "connectionLimit",
                    observed: String(observed.connectionLimit),
                    desired: String(connectionLimit.value),
                    source: connectionLimit.range
                )
            )
        }
        if let remark, remark.value != observed.remark ?? "" {
            result.append(
                Difference("remark", observed: observed.remark ?? "", desired: remark.value, source: remark.range)
            )
        }
        return result
    }

    package func creation(context: ObjectContext) -> StatementBatch {
        var options: [Statement] = []
        if let owner { options.append("OWNER \(identifier: owner.value)") }
        if let connectionLimit { options.append("CONNECTION LIMIT \(connectionLimit.value)") }
        let create: Statement = "CREATE DATABASE \(identifier: name) \(Statement.joined(options))"
        // CREATE DATABASE cannot run inside a transaction (PostgreSQL manual, CREATE DATABASE, "Notes").
        return StatementBatch([create] + [comment].compactMap(\.self), isAtomic: false)
    }

    package func update(from observed: ObservedDatabase, context: ObjectContext) -> StatementBatch {
        let changed = Set(differences(from: observed, context: context).map(\.path))
        var statements: [Statement] = []
        if let owner, changed.contains("owner") {
            statements.append("ALTER DATABASE \(identifier: name) OWNER TO \(identifier: owner.value)")
        }
        if let connectionLimit, changed.contains("connectionLimit") {
            statements.append("ALTER DATABASE \(identifier: name) CONNECTION LIMIT \(connectionLimit.value)")
        }
        if changed.contains("remark"), let comment { statements.append(comment) }
        return StatementBatch(statements)
    }

    package static func removal(of name: String, observed: ObservedDatabase) -> StatementBatch {
        StatementBatch(["DROP DATABASE IF EXISTS \(identifier: name)"], isAtomic: false)
    }

    private var comment: Statement? {
        remark.map { "COMMENT ON DATABASE \(identifier: name) IS \(literal: $0.value)" }
    }
}
