package import FleetModel
import SQL

/// Something that privileges are given on, as one database sees it.
package struct GrantTarget: Hashable, Codable, Sendable {
    package enum Kind: String, Codable, Sendable, CaseIterable {
        case database
        case schema
        /// Also views, materialized views, foreign and partitioned tables.
        case table
        case column
        case sequence
        /// Functions, procedures and aggregates.
        case routine
        /// Also domains.
        case type
        case language
        case foreignServer
        case foreignDataWrapper
        case largeObject
        case parameter
        case tablespace
        // What a role will make: default privileges. The name is the creator's, the schema may be any.
        case futureTable
        case futureSequence
        case futureRoutine
        case futureType
        case futureSchema
        case futureLargeObject
    }

    package var kind: Kind
    /// Empty for what is in no schema, and for default privileges in any schema.
    @Name package var schema: String
    @Name package var name: String
    /// The argument types of a routine, the name of a column.
    @Name package var detail: String

    package init(_ kind: Kind, schema: String = "", name: String, detail: String = "") {
        self.kind = kind
        self.schema = schema
        self.name = name
        self.detail = detail
    }
}

extension GrantTarget.Kind {
    /// The privileges that there are for it in a major (PostgreSQL manual, table 5.1).
    package func privileges(major: Int) -> [Privilege] {
        switch self {
        case .database: [.create, .connect, .temporary]
        case .schema, .futureSchema: [.usage, .create]
        case .table, .futureTable:
            [.select, .insert, .update, .delete, .truncate, .references, .trigger] + (major >= 17 ? [.maintain] : [])
        case .column: [.select, .insert, .update, .references]
        case .sequence, .futureSequence: [.select, .update, .usage]
        case .routine, .futureRoutine: [.execute]
        case .type, .language, .foreignServer, .foreignDataWrapper, .futureType: [.usage]
        case .largeObject, .futureLargeObject: [.select, .update]
        case .parameter: [.set, .alterSystem]
        case .tablespace: [.create]
        }
    }

    /// Whether the privileges are those of objects that do not exist yet.
    package var isFuture: Bool { plural != nil && future == nil }

    /// The kind of default privileges for objects of this kind; nil where there are none.
    package var future: GrantTarget.Kind? {
        switch self {
        case .table: .futureTable
        case .sequence: .futureSequence
        case .routine: .futureRoutine
        case .type: .futureType
        case .schema: .futureSchema
        case .largeObject: .futureLargeObject
        default: nil
        }
    }

    /// What default privileges are on, as ALTER DEFAULT PRIVILEGES calls it.
    var plural: Statement? {
        switch self {
        case .table, .futureTable: "TABLES"
        case .sequence, .futureSequence: "SEQUENCES"
        case .routine, .futureRoutine: "ROUTINES"
        case .type, .futureType: "TYPES"
        case .schema, .futureSchema: "SCHEMAS"
        case .largeObject, .futureLargeObject: "LARGE OBJECTS"
        default: nil
        }
    }

    /// The kind in a person's words.
    package var words: String {
        switch self {
        case .foreignServer: "foreign server"
        case .foreignDataWrapper: "foreign data wrapper"
        case .largeObject: "large object"
        case .futureTable: "future tables"
        case .futureSequence: "future sequences"
        case .futureRoutine: "future routines"
        case .futureType: "future types"
        case .futureSchema: "future schemas"
        case .futureLargeObject: "future large objects"
        default: rawValue
        }
    }
}

extension GrantTarget: CustomStringConvertible {
    /// `table app.orders`, `column app.orders(id)`, `future tables in app by migrator`.
    package var description: String {
        if kind.isFuture {
            return "\(kind.words)\(schema.isEmpty ? "" : " in \(schema)") by \(name)"
        }
        let place = schema.isEmpty ? name : "\(schema).\(name)"
        return switch kind {
        case .routine, .column: "\(kind.words) \(place)(\(detail))"
        default: "\(kind.words) \(place)"
        }
    }
}

extension GrantTarget: Comparable {
    package static func < (left: GrantTarget, right: GrantTarget) -> Bool {
        if left.kind != right.kind { return left.kind.rank < right.kind.rank }
        return (left._schema, left._name, left._detail) < (right._schema, right._name, right._detail)
    }
}

extension GrantTarget.Kind {
    fileprivate var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

extension GrantTarget {
    /// What stands behind `ON` in GRANT and REVOKE; nil for default privileges, which have a statement of their own.
    ///
    /// - Parameter signature: The arguments of a routine as the server itself writes them, quoted and qualified. Types
    ///   alone do not tell a procedure with an OUT argument from one without.
    func clause(signature: String?) -> Statement? {
        let place: Statement =
            schema.isEmpty ? "\(identifier: name)" : "\(identifier: schema).\(identifier: name)"
        return switch kind {
        case .database: "DATABASE \(place)"
        case .schema: "SCHEMA \(place)"
        case .table, .column: "TABLE \(place)"
        case .sequence: "SEQUENCE \(place)"
        case .routine: "ROUTINE \(place)(\(made: signature ?? detail))"
        case .type: "TYPE \(place)"
        case .language: "LANGUAGE \(place)"
        case .foreignServer: "FOREIGN SERVER \(place)"
        case .foreignDataWrapper: "FOREIGN DATA WRAPPER \(place)"
        case .largeObject: "LARGE OBJECT \(keywords: String(UInt32(name) ?? 0))"
        case .parameter: "PARAMETER \(parameter: name)"
        case .tablespace: "TABLESPACE \(place)"
        default: nil
        }
    }
}
