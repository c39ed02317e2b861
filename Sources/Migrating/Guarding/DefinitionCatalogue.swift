import PostgresClient
import SQL

/// Reads the definitions of a database in one query; only reads.
enum DefinitionCatalogue {
    static func definitions(_ connection: PostgresConnection) async throws -> [Definition] {
        let version = await connection.serverVersion
        return try await connection.query(query(version))
            .compactMap { row in
                guard let kind = Definition.Kind(rawValue: row.text("kind")) else { return nil }
                return Definition(
                    kind,
                    schema: row.text("schema"),
                    relation: row["relation"],
                    name: row.text("name"),
                    text: row.text("text"),
                    number: row.integer("number") ?? 0
                )
            }
    }

    /// PostgreSQL 18 has constraints of the kind `n` for what 17 keeps with the column alone; inherited ones have names
    /// that each server makes up. Replica identities are left out, since the migration itself changes them.
    private static func query(_ version: Int) -> Statement {
        let generated: Statement =
            version >= 120_000
            ? "CASE a.attgenerated WHEN '' THEN ' DEFAULT ' WHEN 's' THEN ' GENERATED ' ELSE ' GENERATED VIRTUAL ' END"
            : "' DEFAULT '"
        let body: Statement = version >= 140_000 ? "coalesce(pg_get_function_sqlbody(p.oid), '')" : "''"
        return """
            WITH members AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e'),
            rel AS (
              SELECT c.*, n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
              WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S', 'c') AND c.relpersistence <> 't'
                AND \(SourceCatalogue.foreignSchemas)
                AND NOT EXISTS (SELECT FROM members m WHERE m.classid = 'pg_class'::regclass AND m.objid = c.oid)
            )
            SELECT 'table' AS kind, nspname AS schema, NULL AS relation, relname AS name, oid::int8 AS number,
              relkind::text || ' ' || relpersistence::text || CASE WHEN relrowsecurity THEN ' row security' ELSE '' END
              || coalesce(' ' || pg_get_partkeydef(oid), '') || coalesce(' of ' || (SELECT string_agg(
                inhparent::regclass::text, ', ' ORDER BY inhseqno) FROM pg_inherits WHERE inhrelid = rel.oid), '')
              || coalesce(' ' || pg_get_expr(relpartbound, oid), '') AS text
            FROM rel WHERE relkind IN ('r', 'p', 'f')
            UNION ALL
            SELECT 'column', r.nspname, r.relname, a.attname, a.attnum::int8, format_type(a.atttypid, a.atttypmod)
              || CASE WHEN k.oid IS NOT NULL AND a.attcollation <> t.typcollation
                THEN ' COLLATE ' || quote_ident(k.collname) ELSE '' END
              || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
              || coalesce(\(generated) || pg_get_expr(d.adbin, d.adrelid), '')
              || CASE a.attidentity WHEN '' THEN '' ELSE ' IDENTITY ' || a.attidentity::text END
            FROM rel r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
            JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_collation k ON k.oid = a.attcollation
            LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            WHERE r.relkind IN ('r', 'p', 'f', 'c')
            UNION ALL
            SELECT 'index', r.nspname, r.relname, i.relname, i.oid::int8, pg_get_indexdef(i.oid)
            FROM rel r JOIN pg_index x ON x.indrelid = r.oid JOIN pg_class i ON i.oid = x.indexrelid
            WHERE NOT i.relispartition AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.oid
              AND c.conrelid = r.oid AND c.contype IN ('p', 'u', 'x'))
            UNION ALL
            SELECT 'constraint', r.nspname, r.relname, c.conname, c.oid::int8, pg_get_constraintdef(c.oid)
            FROM rel r JOIN pg_constraint c ON c.conrelid = r.oid
            WHERE c.contype IN ('c', 'f', 'p', 'u', 'x') AND c.conislocal
            UNION ALL
            SELECT 'view', nspname, NULL, relname, oid::int8, relkind::text || ' ' || md5(coalesce(pg_get_viewdef(oid), ''))
            FROM rel WHERE relkind IN ('v', 'm')
            UNION ALL
            SELECT 'sequence', r.nspname, NULL, r.relname, r.oid::int8, format_type(s.seqtypid, NULL) || ' from '
              || s.seqstart || ' by ' || s.seqincrement || ' between ' || s.seqmin || ' and ' || s.seqmax
              || CASE WHEN s.seqcycle THEN ' cycle' ELSE '' END
            FROM rel r JOIN pg_sequence s ON s.seqrelid = r.oid
            UNION ALL
            SELECT 'trigger', r.nspname, r.relname, t.tgname, t.oid::int8, pg_get_triggerdef(t.oid)
              || CASE t.tgenabled WHEN 'O' THEN '' ELSE ' ' || t.tgenabled::text END
            FROM rel r JOIN pg_trigger t ON t.tgrelid = r.oid WHERE NOT t.tgisinternal
            UNION ALL
            SELECT 'rule', r.nspname, r.relname, w.rulename, w.oid::int8, md5(pg_get_ruledef(w.oid))
            FROM rel r JOIN pg_rewrite w ON w.ev_class = r.oid WHERE w.rulename <> '_RETURN'
            UNION ALL
            SELECT 'policy', r.nspname, r.relname, p.polname, p.oid::int8, p.polcmd::text || ' ' || md5(coalesce(
              pg_get_expr(p.polqual, p.polrelid), '') || '/' || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), ''))
            FROM rel r JOIN pg_policy p ON p.polrelid = r.oid
            UNION ALL
            SELECT 'function', n.nspname, NULL, p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
              p.oid::int8, md5(coalesce(p.prosrc, '') || \(body) || coalesce(pg_get_function_result(p.oid), '')
                || p.provolatile::text || p.proisstrict::text || p.prosecdef::text || coalesce(p.proconfig::text, ''))
            FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE \(SourceCatalogue.foreignSchemas) AND n.nspname !~ '^pg_'
              AND NOT EXISTS (SELECT FROM members m WHERE m.classid = 'pg_proc'::regclass AND m.objid = p.oid)
            UNION ALL
            SELECT 'type', n.nspname, NULL, t.typname, t.oid::int8, CASE t.typtype WHEN 'e' THEN (SELECT string_agg(
                quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid)
              ELSE format_type(t.typbasetype, t.typtypmod) || CASE WHEN t.typnotnull THEN ' NOT NULL' ELSE '' END
                || coalesce(' DEFAULT ' || t.typdefault, '') || coalesce((SELECT string_agg(' '
                || pg_get_constraintdef(c.oid), '' ORDER BY c.conname) FROM pg_constraint c
                WHERE c.contypid = t.oid AND c.contype = 'c'), '') END
            FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
            WHERE t.typtype IN ('e', 'd') AND \(SourceCatalogue.foreignSchemas)
              AND NOT EXISTS (SELECT FROM members m WHERE m.classid = 'pg_type'::regclass AND m.objid = t.oid)
            """
    }
}
