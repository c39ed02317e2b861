import PostgresClient
import SQL

/// A table of the source whose rows are copied.
struct SourceTable: Sendable, Hashable {
    struct Column: Sendable, Hashable {
        var name: String
        /// Whether its binary form means the same to every server.
        var isPortable: Bool
        var comparison: Comparison
    }

    /// How a column is compared: by its hash, or by the hash of its text.
    enum Comparison: String, Sendable { case value, collated, text }

    var oid: Int
    var schema: String
    var name: String
    /// Pages of the heap, by what it has now.
    var pages: Int
    /// With its TOAST table.
    var bytes: Int
    var isLogged: Bool
    /// `d`, `n`, `f`, `i` as in `pg_class.relreplident`.
    var replicaIdentity: String
    /// Without generated columns: those are computed by the target.
    var columns: [Column] = []
    /// The columns of its primary key, in its order; none for a deferrable one, by which PostgreSQL tells no rows apart.
    var key: [String] = []

    /// As people say it.
    var shown: String { "\(schema).\(name)" }
    /// Quoted, for SQL.
    var identifier: Statement { "\(identifier: schema).\(identifier: name)" }
    /// The name of its copy in the journal.
    var step: String { "table \(Quoting.identifier(schema)).\(Quoting.identifier(name))" }
    var isPortable: Bool { columns.allSatisfy(\.isPortable) }
    /// Whether changes of its rows cannot be told apart without all their columns.
    var needsFullIdentity: Bool { replicaIdentity == "n" || replicaIdentity == "d" && key.isEmpty }

    /// What empties its copy. An unlogged one may have to be copied again when keys of others refer to it already, with
    /// which it cannot be truncated.
    var emptying: Statement { isLogged ? "TRUNCATE ONLY \(identifier)" : "DELETE FROM ONLY \(identifier)" }

    var columnList: Statement {
        Statement.joined(columns.map { "\(identifier: $0.name)" }, separator: ", ")
    }

    /// One row as a value whose hash is the same on both ends.
    var comparedRow: Statement {
        let parts = columns.map { column -> Statement in
            switch column.comparison {
            case .value: "t.\(identifier: column.name)"
            // Without the order of the collation, which may make different texts equal.
            case .collated: "t.\(identifier: column.name) COLLATE \"C\""
            case .text: "t.\(identifier: column.name)::text COLLATE \"C\""
            }
        }
        return "ROW(\(Statement.joined(parts, separator: ", ")))"
    }
}

/// What the catalogue of the source says of what is to be moved.
enum SourceCatalogue {
    /// Schemas that nobody's objects are in.
    static let foreignSchemas: Statement = """
        n.nspname NOT IN ('pg_catalog', 'information_schema', 'pgsteer_migration') AND n.nspname !~ '^pg_(toast|temp)'
        """

    private static let tablesQuery: Statement = """
        SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relpersistence AS persistence,
          c.relreplident AS identity, pg_relation_size(c.oid) / current_setting('block_size')::int AS pages,
          pg_table_size(c.oid) AS bytes
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND \(foreignSchemas)
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
            AND d.deptype = 'e')
        ORDER BY 2, 3
        """

    /// Arrays and composites of types that the server numbers itself carry those numbers in their binary form; a domain
    /// is sent as what it is over.
    private static let columnsQuery: Statement = """
        WITH RECURSIVE roots AS (
          SELECT oid, oid AS root FROM pg_type
          UNION ALL
          SELECT r.oid, t.typbasetype FROM roots r JOIN pg_type t ON t.oid = r.root WHERE t.typtype = 'd'
        )
        SELECT a.attrelid, a.attname AS name,
          t.typtype = 'e' OR t.typnamespace = 'pg_catalog'::regnamespace AND t.typtype IN ('b', 'r', 'm')
            AND coalesce(e.typtype, 'b') IN ('b', 'r', 'm')
            AND coalesce(e.typname, t.typname) !~ '^(reg.*|xml|money|aclitem|pg_.*|record|cstring)$' AS portable,
          CASE WHEN t.typnamespace <> 'pg_catalog'::regnamespace THEN 'text'
            WHEN t.typname IN ('text', 'varchar', 'bpchar') THEN 'collated'
            WHEN t.typname IN ('int2', 'int4', 'int8', 'bool', 'date', 'time', 'timestamp', 'timestamptz', 'uuid',
              'float4', 'float8', 'bytea', 'char', 'oid') THEN 'value'
            ELSE 'text' END AS comparison
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN roots r ON r.oid = a.atttypid JOIN pg_type t ON t.oid = r.root AND t.typtype <> 'd'
        LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
        WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND \(foreignSchemas)
        ORDER BY a.attrelid, a.attnum
        """

    private static let keysQuery: Statement = """
        SELECT i.indrelid, a.attname AS name
        FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k (number, position)
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
        WHERE i.indisprimary AND i.indimmediate AND i.indisvalid AND \(foreignSchemas) AND k.position <= i.indnkeyatts
        ORDER BY i.indrelid, k.position
        """

    /// Returns every table with rows of its own, as the session sees them; extensions bring theirs themselves.
    static func tables(_ connection: PostgresConnection) async throws -> [SourceTable] {
        var columns: [Int: [SourceTable.Column]] = [:]
        for row in try await connection.query(columnsQuery) {
            let column = SourceTable.Column(
                name: row.text("name"),
                isPortable: row.isTrue("portable"),
                comparison: SourceTable.Comparison(rawValue: row.text("comparison")) ?? .text
            )
            columns[row.integer("attrelid") ?? 0, default: []].append(column)
        }
        var keys: [Int: [String]] = [:]
        for row in try await connection.query(keysQuery) {
            keys[row.integer("indrelid") ?? 0, default: []].append(row.text("name"))
        }
        return try await connection.query(tablesQuery)
            .map { row in
                let oid = row.integer("oid") ?? 0
                return SourceTable(
                    oid: oid,
                    schema: row.text("schema"),
                    name: row.text("name"),
                    pages: row.integer("pages") ?? 0,
                    bytes: row.integer("bytes") ?? 0,
                    isLogged: row.text("persistence") == "p",
                    replicaIdentity: row.text("identity"),
                    columns: columns[oid] ?? [],
                    key: keys[oid] ?? []
                )
            }
    }

    /// Names of everything that has a row in `pg_class` and could be in the way, as `schema.name`.
    static func relations(_ connection: PostgresConnection) async throws -> Set<String> {
        let rows = try await connection.query(
            """
            SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND c.relpersistence <> 't' AND \(foreignSchemas)
              AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                AND d.deptype = 'e')
            """
        )
        return Set(rows.map { "\($0.text("schema")).\($0.text("name"))" })
    }

    /// Tables with the names and types of their columns, as one text each: what must be equal on both ends.
    static func shapes(_ connection: PostgresConnection) async throws -> [String: String] {
        let rows = try await connection.query(
            """
            SELECT n.nspname || '.' || c.relname AS name, coalesce(string_agg(quote_ident(a.attname) || ' '
              || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attname), '') AS shape
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND \(foreignSchemas)
              AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                AND d.deptype = 'e')
            GROUP BY 1
            """
        )
        return Dictionary(rows.map { ($0.text("name"), $0.text("shape")) }) { first, _ in first }
    }
}
