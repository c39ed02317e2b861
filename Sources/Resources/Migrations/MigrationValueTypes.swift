import Diagnostics
import SpecSchema
import YAMLSyntax

extension ValueType where Value == MigrationEndSpec {
    static func migrationEnd(_ noun: String) -> ValueType {
        let object = ValueType.object(MigrationEndSpec.schema(noun))
        return ValueType(object.shape) { node, collector in
            let errors = collector.errorCount
            let spec = object.decode(node, &collector)
            // A key that cannot be read has been told, and is not missing.
            return collector.errorCount == errors ? spec : nil
        }
    }
}

extension ValueType where Value == String {
    /// A connection URI that names a database, without a password.
    static var databaseURI: ValueType {
        .text(named: "connection URI", pattern: "^postgres(ql)?://[^ ]*$") { uri in
            if let problem = InstanceConnection.problem(uri) { return problem }
            let path = uri.drop { $0 != "/" }.dropFirst(2).drop { $0 != "/" && $0 != "?" }
            let hasDatabase = path.first == "/" && path.dropFirst().first.map { $0 != "?" } ?? false
            return hasDatabase || uri.contains("dbname=") ? nil : "The URI names no database; a migration moves one."
        }
    }
}

extension ValueType where Value == MigrationStart {
    /// `now`, or a time with its zone.
    static var migrationStart: ValueType {
        ValueType<String>.text(named: "now, or time with zone")
            .map { text, place, collector in
                text == "now" ? .now : collector.time(text, at: place, or: "now").map { .at($0) }
            }
    }
}

extension ValueType where Value == Duration {
    /// `500ms`, `5s`, `2min`; from a tenth of a second to an hour.
    static var pause: ValueType {
        ValueType<String>.text(named: "duration", pattern: "^[1-9][0-9]*(ms|s|min)$")
            .map { text, place, collector in
                let digits = text.prefix { $0.isASCII && $0.isNumber }
                let units: [String: Int] = ["ms": 1, "s": 1000, "min": 60_000]
                let number = digits.count < 10 ? Int(digits) : nil
                let unit = units[String(text.dropFirst(digits.count))]
                let milliseconds = number.flatMap { number in unit.map { number * $0 } }
                guard let milliseconds, (100...3_600_000).contains(milliseconds) else {
                    collector.emitBadValue(
                        "\"\(text)\" is no duration from 100ms to 60min.",
                        at: place,
                        help: "write a number and ms, s or min, such as 5s"
                    )
                    return nil
                }
                return .milliseconds(milliseconds)
            }
    }
}

extension ValueType where Value == ObjectSelection {
    /// `all`, or which schemas and tables.
    static var objectSelection: ValueType {
        let word = ValueType<String>.choice(of: "selection", among: ["all"])
        let schema = ObjectSelectionSpec.schema
        return ValueType(.either([word.shape, .object(schema.shape)])) { node, collector in
            if node.mapping == nil { return word.decode(node, &collector).map { _ in .all } }
            // Without one of its keys a selection would mean more than was written.
            let errors = collector.errorCount
            let spec = schema.decode(node, &collector)
            return collector.errorCount == errors ? spec?.selection : nil
        }
    }
}

/// `objects` as written.
struct ObjectSelectionSpec: Sendable {
    var schemas: Located<[Located<String>]>?
    var tables: Located<[Located<TablePattern>]>?
    var exclude: Located<ExclusionSpec>?

    static let schema = ObjectSchema<ObjectSelectionSpec>(
        "objects",
        "What of the database is moved: all, or chosen schemas and tables without those that are excluded.",
        refused: ["databases": "a migration moves the one database of its source; write a document for each"],
        make: { _ in ObjectSelectionSpec() },
        fields: [
            Field("schemas", \.schemas, .list(of: .namePattern), "Schemas as a whole; * and ? stand for letters."),
            Field("tables", \.tables, .list(of: .tablePattern), "Tables, views and sequences: SCHEMA.TABLE."),
            Field("exclude", \.exclude, .object(ExclusionSpec.schema), "What is not moved, although it was chosen."),
        ]
    )

    var selection: ObjectSelection {
        var selection = ObjectSelection()
        selection.schemas = schemas?.value.map { NamePattern($0.value) } ?? []
        selection.tables = tables?.value.map(\.value) ?? []
        selection.excludedSchemas = exclude?.value.schemas?.value.map { NamePattern($0.value) } ?? []
        selection.excludedTables = exclude?.value.tables?.value.map(\.value) ?? []
        return selection
    }
}

/// `objects.exclude` as written.
struct ExclusionSpec: Sendable {
    var schemas: Located<[Located<String>]>?
    var tables: Located<[Located<TablePattern>]>?

    static let schema = ObjectSchema<ExclusionSpec>(
        "exclude",
        "What is not moved.",
        make: { _ in ExclusionSpec() },
        fields: [
            Field("schemas", \.schemas, .list(of: .namePattern), "Schemas; * and ? stand for letters."),
            Field("tables", \.tables, .list(of: .tablePattern), "Tables, views and sequences: SCHEMA.TABLE."),
        ]
    )
}

extension ValueType where Value == String {
    static var namePattern: ValueType {
        .text(named: "name or pattern", minimumLength: 1) { $0.isEmpty ? "A name has at least one letter." : nil }
    }
}

extension ValueType where Value == TablePattern {
    static var tablePattern: ValueType {
        ValueType<String>.text(named: "SCHEMA.TABLE", pattern: "^.+\\..+$")
            .map { text, place, collector in
                if let pattern = TablePattern(text) { return pattern }
                collector.emitBadValue(
                    "\"\(text)\" does not say in which schema the table is.",
                    at: place,
                    help:
                        "write SCHEMA.TABLE, such as public.\(text.isEmpty ? "orders" : text) or *.\(text.isEmpty ? "orders" : text)"
                )
                return nil
            }
    }
}
