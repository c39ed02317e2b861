import PostgresClient
import Resources
import SQL

/// What is neither a row of a table nor a definition: sequences, materialized views, statistics.
extension MigrationRun {
    /// Sets every sequence of the target to where the source's is, in one transaction.
    func alignSequences(_ source: PostgresConnection, _ target: PostgresConnection) async throws {
        activity("aligning sequences")
        let sequences = try await chosenSequences(source)
        let statements = try await sequenceStatements(sequences, source)
        guard let statements else { return }
        try await target.execute(script: "BEGIN; \(statements); COMMIT")
    }

    func chosenSequences(_ source: PostgresConnection) async throws -> [(schema: String, name: String)] {
        let rows = try await source.query(
            """
            SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND \(SourceCatalogue.foreignSchemas)
              AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                AND d.deptype = 'e')
            """
        )
        let chosen = try await ownersOfSequences(source)
        return rows.map { ($0.text("schema"), $0.text("name")) }
            .filter { schema, name in
                let owner = chosen["\(schema).\(name)"] ?? (schema, name)
                return migration.objects.includes(schema: owner.0, table: owner.1)
            }
    }

    /// A sequence that belongs to a table comes with it.
    private func ownersOfSequences(_ source: PostgresConnection) async throws -> [String: (String, String)] {
        let rows = try await source.query(
            """
            SELECT sn.nspname || '.' || s.relname AS sequence, n.nspname AS schema, c.relname AS name
            FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
            JOIN pg_namespace sn ON sn.oid = s.relnamespace
            JOIN pg_class c ON c.oid = d.refobjid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
            """
        )
        return Dictionary(rows.map { ($0.text("sequence"), ($0.text("schema"), $0.text("name"))) }) { first, _ in first
        }
    }

    /// Reads where sequences are, and returns one statement that sets them; nil when there are none.
    func sequenceStatements(
        _ sequences: [(schema: String, name: String)],
        _ source: PostgresConnection
    ) async throws -> Statement? {
        guard !sequences.isEmpty else { return nil }
        // pg_sequences hides the value of a sequence that was set but not used.
        let queries = sequences.enumerated()
            .map { index, sequence -> Statement in
                "SELECT \(index) AS number, last_value, is_called FROM \(identifier: sequence.schema).\(identifier: sequence.name)"
            }
        let rows = try await source.query(Statement.joined(queries, separator: " UNION ALL "))
        let calls = rows.map { row -> Statement in
            let sequence = sequences[row.integer("number") ?? 0]
            let name = Quoting.identifier(sequence.schema) + "." + Quoting.identifier(sequence.name)
            let called: Statement = row.isTrue("is_called") ? "true" : "false"
            return "setval(\(literal: name)::regclass, \(row.integer("last_value") ?? 1), \(called))"
        }
        // A function takes 100 arguments at most, a list 1664.
        let groups = stride(from: 0, to: calls.count, by: 500).map { Array(calls[$0..<min($0 + 500, calls.count)]) }
        return Statement.joined(
            groups.map { "SELECT \(Statement.joined($0, separator: ", "))" },
            separator: "; "
        )
    }

    /// Fills the materialized views that the source has filled; those that need others come after them.
    ///
    /// - Parameter strangers: What the end that is called the source has for itself.
    func refreshViews(
        _ source: PostgresConnection,
        _ target: PostgresConnection,
        apartFrom strangers: Set<String> = []
    ) async throws {
        let rows = try await source.query(
            """
            SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'm' AND c.relispopulated AND \(SourceCatalogue.foreignSchemas)
            """
        )
        var left = rows.map { ($0.text("schema"), $0.text("name")) }
            .filter { migration.objects.includes(schema: $0.0, table: $0.1) && !strangers.contains("\($0.0).\($0.1)") }
        if left.isEmpty { return }
        activity("filling materialized views")
        while !left.isEmpty {
            var later: [(String, String)] = []
            for (schema, name) in left {
                do throws(PostgresError) {
                    try await target.execute("REFRESH MATERIALIZED VIEW \(identifier: schema).\(identifier: name)")
                } catch {
                    guard error.sqlState == "55000" else { throw error }
                    // It reads one that is not filled yet.
                    later.append((schema, name))
                }
            }
            guard later.count < left.count else {
                let names = later.map { "\($0.0).\($0.1)" }.joined(separator: ", ")
                throw MigrationError("materialized views cannot be filled on the target: \(names)")
            }
            left = later
        }
    }

    /// Gathers statistics; where one table has none to give, such as one with a part on a server that is out of reach, the
    /// others have theirs all the same.
    func analyse(_ target: PostgresConnection) async throws {
        activity("gathering statistics")
        do throws(PostgresError) { return try await target.execute("ANALYZE") } catch {
            // A session that broke has an answer of its own at the next statement.
            reporter.tell(
                "statistics are gathered table by table, since of all together they were refused: \(error.message)"
            )
        }
        let rows = try await target.query(
            """
            SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't' AND \(SourceCatalogue.foreignSchemas)
            """
        )
        for row in rows {
            let name: Statement = "\(identifier: row.text("schema")).\(identifier: row.text("name"))"
            do throws(PostgresError) { try await target.execute("ANALYZE \(name)") } catch {
                guard error.sqlState != nil else { throw error }
                reporter.tell("\(row.text("schema")).\(row.text("name")) has no statistics: \(error.message)")
            }
        }
    }
}
