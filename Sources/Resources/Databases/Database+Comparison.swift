package import Diagnostics
package import FleetModel
package import SQL
import SpecSchema

/// A database as a server reports it.
package struct ObservedDatabase: ObservedObject {
    package var owner: String
    package var connectionLimit: Int
    package var remark: String?
    package var settings: [String: String]
    /// Whether new databases may be copied from it by everybody; PostgreSQL does not drop such a one.
    package var isTemplate: Bool
    /// Why nobody can connect to it, in words that follow its name; nil when one can.
    package var closure: String?

    /// What people and programs work in.
    package var isOrdinary: Bool { !isTemplate && closure == nil }

    init(_ row: Row) {
        owner = row.text("owner")
        connectionLimit = row.integer("datconnlimit") ?? -1
        remark = row["remark"]
        settings = SessionSettings.observed(row)
        isTemplate = row.isTrue("datistemplate")
        // PostgreSQL marks a database that it has begun to drop with this limit.
        if connectionLimit == -2 {
            closure = "is what an interrupted DROP DATABASE has left"
        } else if !row.isTrue("datallowconn") {
            closure = "takes no connections"
        }
    }
}

extension Database: ServerObject {
    package static let scope = ObjectScope.server

    package static func observation(_ request: ObservationRequest) -> Statement {
        let chosen: Statement = request.name.map { " AND d.datname = \(literal: $0)" } ?? ""
        return """
            SELECT d.datname, pg_get_userbyid(d.datdba) AS owner, d.datconnlimit, d.datistemplate, d.datallowconn,
                shobj_description(d.oid, 'pg_database') AS remark,
                (SELECT to_json(s.setconfig) FROM pg_db_role_setting s WHERE s.setdatabase = d.oid AND s.setrole = 0)
                    AS settings
            FROM pg_database d WHERE d.datname NOT IN ('template0', 'template1')\(chosen)
            """
    }

    package static func observed(from rows: [Row]) -> [Name: ObservedDatabase] {
        Dictionary(rows.map { (Name($0.text("datname")), ObservedDatabase($0)) }) { first, _ in first }
    }

    /// The database that every server is made with.
    package static func isPartOfEveryServer(_ name: String) -> Bool { name == "postgres" }

    package func differences(from observed: ObservedDatabase?, context: ObjectContext) -> [Difference] {
        var result: [Difference] = []
        if let owner, !owner.value.isSameName(as: observed?.owner) {
            result.append(Difference("owner", observed: observed?.owner, desired: owner.value, source: owner.range))
        }
        if let connectionLimit, connectionLimit.value != observed?.connectionLimit {
            result.append(
                Difference(
                    "connectionLimit",
                    observed: observed.map { String($0.connectionLimit) },
                    desired: String(connectionLimit.value),
                    source: connectionLimit.range
                )
            )
        }
        if let remark, remark.value != observed.map({ $0.remark ?? "" }) {
            let found = observed.map { $0.remark ?? "" }
            result.append(Difference("remark", observed: found, desired: remark.value, source: remark.range))
        }
        return result
            + SessionSettings.differences(
                "settings",
                observed: observed?.settings ?? [:],
                desired: settings,
                applied: context.applied?.lists["settings"] ?? []
            )
    }

    package func warnings(on observed: ObservedDatabase?, context: ObjectContext) -> [Diagnostic] {
        guard let observed, !observed.isOrdinary else { return [] }
        let isBroken = observed.connectionLimit == -2
        let place = "The database \(name) of \(instance)"
        return [
            Diagnostic(
                .unusualDatabase,
                "\(place) \(observed.closure ?? "is a template: everybody who may create databases may copy it").",
                at: range,
                severity: isBroken ? .error : .warning,
                help: isBroken
                    ? "drop it with DROP DATABASE \(Quoting.identifier(name)); the next apply makes it anew"
                    : "ALTER DATABASE \(Quoting.identifier(name)) \(observed.isTemplate ? "IS_TEMPLATE false" : "ALLOW_CONNECTIONS true") makes it an ordinary one"
            )
        ]
    }

    package static var removalCode: DiagnosticCode { .unusualDatabase }
    /// A database goes with its data.
    package static var removalImpact: Impact { .rebuild }

    package static func removalObstacle(_ observed: ObservedDatabase, policy: RemovalPolicy, leaving: Set<Name>)
        -> String?
    {
        observed.isTemplate ? "It is a template, which PostgreSQL does not drop." : nil
    }

    package static func removalHelp(_ policy: RemovalPolicy) -> String? {
        "write ALTER DATABASE ... IS_TEMPLATE false before"
    }

    package func creation(context: ObjectContext) -> [StatementBatch] {
        var options: [Statement] = []
        if let owner, context.isSuperuser { options.append("OWNER \(identifier: owner.value)") }
        if let connectionLimit { options.append("CONNECTION LIMIT \(connectionLimit.value)") }
        let create: Statement = "CREATE DATABASE \(identifier: name) \(Statement.joined(options))"
        let settings = settingStatements(for: differences(from: nil, context: context))
        // CREATE DATABASE cannot run inside a transaction (PostgreSQL manual, CREATE DATABASE, "Notes").
        let make = StatementBatch([create] + [comment].compactMap(\.self) + settings, isAtomic: false)
        // Others have no right to give it away before they have lent it to themselves, in a transaction.
        guard let owner, !context.isSuperuser else { return [make] }
        return [make, StatementBatch([ownership(owner.value)], actors: [Name(owner.value)])]
    }

    package func update(from observed: ObservedDatabase, context: ObjectContext) -> StatementBatch {
        let differences = differences(from: observed, context: context)
        let changed = Set(differences.map(\.path))
        var statements: [Statement] = []
        if let owner, changed.contains("owner") {
            statements.append(ownership(owner.value))
        }
        if let connectionLimit, changed.contains("connectionLimit") {
            statements.append("ALTER DATABASE \(identifier: name) CONNECTION LIMIT \(connectionLimit.value)")
        }
        if changed.contains("remark"), let comment { statements.append(comment) }
        let actors = Set([observed.owner, owner?.value].compactMap(\.self).map { Name($0) })
        return StatementBatch(statements + settingStatements(for: differences), actors: actors)
    }

    private func ownership(_ owner: String) -> Statement {
        "ALTER DATABASE \(identifier: name) OWNER TO \(identifier: owner)"
    }

    package static func removal(
        of id: ResourceID,
        observed: ObservedDatabase,
        policy: RemovalPolicy
    ) -> [StatementBatch] {
        let drop = StatementBatch(["DROP DATABASE IF EXISTS \(identifier: id.name)"], isAtomic: false)
        if policy.isSuperuser { return [drop] }
        // Only its owner may drop it, and not in a transaction, which is what rights are lent for.
        let take: Statement = "ALTER DATABASE \(identifier: id.name) OWNER TO CURRENT_USER"
        return [StatementBatch([take], actors: [Name(observed.owner)]), drop]
    }

    private func settingStatements(for differences: [Difference]) -> [Statement] {
        SessionSettings.statements("settings", for: differences, subject: "ALTER DATABASE \(identifier: name)")
    }

    private var comment: Statement? {
        remark.map { "COMMENT ON DATABASE \(identifier: name) IS \(literal: $0.value)" }
    }
}
