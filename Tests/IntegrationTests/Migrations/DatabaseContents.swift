import PostgresClient
import SQL
import TestSupport

/// Everything that a migration carries, read from a database without any query of pgsteer's.
enum DatabaseContents {
    /// What is in a database: by a name, rows as a hash, where sequences are, what is defined.
    static func of(_ place: ConnectionTarget) async throws -> [String: String] {
        try await PostgresConnection.with(place) { connection in
            _ = try await connection.query("SET search_path TO public, pg_catalog")
            _ = try await connection.query("SET extra_float_digits TO 3")
            _ = try await connection.query("SET timezone TO 'UTC'")
            var contents: [String: String] = [:]
            for row in try await connection.query(relations) {
                let statement: Statement = "\(keywords: row.text("query"))"
                contents[row.text("name")] = try await connection.query(statement).first?.text("content")
            }
            for query in others {
                for row in try await connection.query(query) { contents[row.text("name")] = row.text("content") }
            }
            return contents
        }
    }

    private static let mine: Statement = """
        n.nspname !~ '^(pg_|information_schema$)' AND NOT EXISTS (SELECT FROM pg_depend d
          WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
        """

    /// One query for each table, materialized view and sequence.
    private static let relations: Statement = """
        SELECT c.relkind::text || ' ' || c.oid::regclass AS name, CASE WHEN c.relkind = 'S'
          THEN format('SELECT last_value || '' '' || is_called AS content FROM %s', c.oid::regclass)
          WHEN NOT c.relispopulated THEN 'SELECT ''not filled'' AS content'
          ELSE format('SELECT count(*) || '' '' || md5(coalesce(string_agg("a row of it"::text, E''\\n''
            ORDER BY "a row of it"::text COLLATE "C"), '''')) AS content FROM ONLY %s "a row of it"', c.oid::regclass)
          END AS query
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'm', 'S') AND c.relpersistence <> 't' AND \(mine)
        """

    /// Large objects, and what is defined as far as every major says it the same way.
    private static let others: [Statement] = [
        "SELECT 'large object ' || oid AS name, md5(lo_get(oid)) AS content FROM pg_largeobject_metadata",
        """
        SELECT 'index ' || schemaname || '.' || indexname AS name, indexdef AS content FROM pg_indexes
        WHERE schemaname !~ '^(pg_|information_schema$)'
        """,
        """
        SELECT 'constraint ' || conname || ' of ' || conrelid::regclass || ' ' || contypid::regtype AS name,
          pg_get_constraintdef(oid) AS content
        FROM pg_constraint WHERE connamespace::regnamespace::text !~ '^(pg_|information_schema$)' AND contype <> 'n'
        """,
        """
        SELECT 'trigger ' || tgname || ' of ' || tgrelid::regclass AS name, tgenabled::text AS content
        FROM pg_trigger WHERE NOT tgisinternal
        """,
        """
        SELECT 'function ' || p.oid::regprocedure AS name, prosrc AS content FROM pg_proc p
        WHERE pronamespace::regnamespace::text !~ '^(pg_|information_schema$)' AND NOT EXISTS (SELECT FROM pg_depend d
          WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
        """,
        """
        SELECT 'relation ' || c.oid::regclass AS name,
          concat_ws(' ', c.relkind, c.relreplident, CASE WHEN c.relkind <> 'S' THEN c.relpersistence END,
            obj_description(c.oid)) AS content
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE \(mine)
        """,
    ]
}

extension MigrationHome {
    /// What differs between both ends.
    ///
    /// - Parameter sourceDatabase: Where the source's has another name.
    func differences(from sourceDatabase: String? = nil) async throws -> [String] {
        async let left = DatabaseContents.of(place(source).database(sourceDatabase ?? database))
        async let right = DatabaseContents.of(place(target))
        let (ours, theirs) = (try await left, try await right)
        return Set(ours.keys).union(theirs.keys).sorted().filter { ours[$0] != theirs[$0] }
            .map { "\($0): \(ours[$0]?.prefix(200) ?? "missing"), \(theirs[$0]?.prefix(200) ?? "missing")" }
    }
}
