import FleetModel
import Resources
import SQL

/// What checks decide from: the migration, and what both ends answered.
struct CheckFacts: Sendable {
    var migration: Migration
    var source: EndFacts
    var target: EndFacts
    /// Whether the target's server can reach the source's; nil when that was not tried.
    var way: WayFacts?
    /// Whether the source's server can reach the target's; nil when that was not tried.
    var wayBack: WayFacts?
    /// What is behind the endpoint of the source; nil unless both ends are instances that this home keeps.
    var endpoint: EndpointFacts?
    /// What keeps all of one instance from becoming another's.
    var obstacles: [PhysicalObstacle] = []
    /// The relations of the source that are meant.
    let chosen: [SourceRelation]

    init(migration: Migration, source: EndFacts, target: EndFacts, way: WayFacts? = nil) {
        self.migration = migration
        self.source = source
        self.target = target
        self.way = way
        let selection = migration.objects
        chosen = source.rows(.relations).map(SourceRelation.init)
            .filter { selection.includes(schema: $0.schema, table: $0.name) }
    }

    /// Tables with rows of their own that are meant.
    var tables: [SourceRelation] { chosen.filter { $0.kind == "r" } }

    /// Whether something of a schema that is no relation is meant.
    func includes(schema: String) -> Bool { migration.objects.includes(schema: schema) }

    /// Rows whose columns `schema` and `table` name a relation that is meant.
    func chosen(_ rows: [Row]) -> [Row] {
        rows.filter { migration.objects.includes(schema: $0.text("schema"), table: $0.text("table")) }
    }
}

/// What one end answered.
struct EndFacts: Sendable {
    /// Nil when the end was reached.
    var problem: String?
    var answers: [Question: [Row]] = [:]
    /// Questions that the server refused to answer, and why.
    var refusals: [Question: String] = [:]
    /// Free bytes where the server keeps its data; nil where that cannot be seen.
    var freeBytes: Int?

    func rows(_ question: Question) -> [Row] { answers[question] ?? [] }

    var server: ServerFacts { ServerFacts(rows(.server).first) }

    /// The names of what was asked for.
    func names(_ question: Question) -> Set<String> { Set(rows(question).map { $0.text("name") }) }

    /// Settings by name; what the account may not see is not among them.
    var settings: [String: String] {
        Dictionary(rows(.settings).map { ($0.text("name"), $0.text("value")) }) { first, _ in first }
    }

    func setting(_ name: String) -> String? {
        rows(.settings).first { $0.text("name") == name }?["value"]
    }

    func number(_ name: String) -> Int? { setting(name).flatMap { Int($0) } }
}

/// The one row about a server and its database.
struct ServerFacts: Sendable {
    private let row: Row?

    init(_ row: Row?) { self.row = row }

    /// As PostgreSQL counts it: 150018 for 15.18.
    var version: Int { row?.integer("version") ?? 0 }
    var major: Int { version / 10_000 }
    /// `15.18`, without what packagers add.
    var shownVersion: String {
        version >= 100_000 ? "\(major).\(version % 10_000)" : "\(major).\(version / 100 % 100).\(version % 100)"
    }
    /// The major as people say it: `9.6`, `15`.
    var shownMajor: String { version >= 100_000 ? "\(major)" : "\(major).\(version / 100 % 100)" }
    var database: String { row?.text("database") ?? "" }
    var account: String { row?.text("account") ?? "" }

    func isTrue(_ column: String) -> Bool { row?.isTrue(column) ?? false }
    func text(_ column: String) -> String { row?.text(column) ?? "" }
    func integer(_ column: String) -> Int { row?.integer(column) ?? 0 }

    subscript(column: String) -> String? { row?[column] }
}

/// Whether one server can reach the other.
struct WayFacts: Sendable {
    enum Result: Sendable {
        case reached
        /// What the target's server said.
        case refused(String)
        /// Why it was not tried.
        case untried(String)
    }

    var result: Result
}

/// A relation of the source.
struct SourceRelation: Sendable, Hashable {
    let schema: String
    let name: String
    /// As in `pg_class.relkind`.
    let kind: String
    let persistence: String
    /// As in `pg_class.relreplident`.
    let identity: String
    let hasKey: Bool
    let hasIdentityIndex: Bool
    let isFiltered: Bool
    let isOwner: Bool
    let isReadable: Bool
    let hasOIDs: Bool
    let isPopulated: Bool
    let method: String?
    let tablespace: String?
    let bytes: Int

    init(_ row: Row) {
        schema = row.text("schema")
        name = row.text("name")
        kind = row.text("kind")
        persistence = row.text("persistence")
        identity = row.text("identity")
        hasKey = row.isTrue("has_key")
        hasIdentityIndex = row.isTrue("has_identity_index")
        isFiltered = row.isTrue("filtered")
        isOwner = row.isTrue("is_owner")
        isReadable = row.isTrue("readable")
        hasOIDs = row.isTrue("has_oids")
        isPopulated = row.isTrue("populated")
        method = row["method"]
        tablespace = row["tablespace"]
        bytes = row.integer("bytes") ?? 0
    }

    /// As people say it.
    var shown: String { "\(schema).\(name)" }
    /// For SQL.
    var quoted: String { Quoting.qualified(schema, name) }

    /// Whether changed rows cannot be told apart without all their columns.
    var lacksIdentity: Bool {
        switch identity {
        case "f": false
        case "i": !hasIdentityIndex
        case "d": !hasKey
        default: true
        }
    }
}

extension Quoting {
    /// A name with its schema, for commands to copy.
    static func qualified(_ schema: String, _ name: String) -> String { "\(identifier(schema)).\(identifier(name))" }

    /// A function with its arguments, which the server has quoted already.
    static func routine(_ schema: String, _ signature: String) -> String {
        let name = signature.prefix { $0 != "(" }
        return "\(identifier(schema)).\(identifier(String(name)))\(signature.dropFirst(name.count))"
    }
}

/// `2 tables`, `1 table`.
func counted(_ count: Int, _ noun: String, _ plural: String? = nil) -> String {
    "\(count) \(count == 1 ? noun : plural ?? noun + "s")"
}

/// `has` for one, `have` for several.
func verb(_ count: Int, _ one: String, _ several: String) -> String { count == 1 ? one : several }
