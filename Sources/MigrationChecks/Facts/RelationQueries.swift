import SQL

/// Queries about tables and what they need.
enum RelationQueries {
    static func relations(_ version: Int) -> Statement {
        let filtered: Statement = .when(
            version >= 90_500,
            "c.relkind IN ('r', 'p') AND c.relrowsecurity AND row_security_active(c.oid)",
            else: "false"
        )
        let method: Statement = .when(
            version >= 120_000,
            "(SELECT a.amname FROM pg_am a WHERE a.oid = c.relam AND a.amtype = 't')",
            else: "NULL"
        )
        return """
            SELECT n.nspname AS schema, c.relname AS name, c.relkind AS kind, c.relpersistence AS persistence,
              c.relreplident AS identity, \(filtered) AS filtered, pg_has_role(c.relowner, 'USAGE') AS is_owner,
              has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS readable,
              \(.when(version < 120_000, "c.relhasoids", else: "false")) AS has_oids, \(method) AS method,
              t.spcname AS tablespace, c.relispopulated AS populated,
              EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary AND i.indimmediate AND i.indisvalid)
                AS has_key,
              EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisreplident AND i.indisvalid)
                AS has_identity_index,
              CASE WHEN c.relkind IN ('r', 'm') THEN pg_table_size(c.oid) ELSE 0 END AS bytes
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            LEFT JOIN pg_tablespace t ON t.oid = c.reltablespace
            WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND c.relpersistence <> 't'
              AND \(.userSchemas) AND NOT \(.isOfExtension("pg_class", "c.oid"))
            ORDER BY n.nspname, c.relname
            """
    }

    /// Columns of tables; a type has equality when a B-tree or hash operator class of it, or of what it is made like, says
    /// so (what the subscriber looks for when a row has no key).
    static func columns(_ version: Int) -> Statement {
        let isVirtual: Statement = .when(version >= 180_000, "a.attgenerated = 'v'", else: "false")
        let compression: Statement = .when(version >= 140_000, "a.attcompression", else: "''")
        return """
            SELECT x.* FROM (
              SELECT n.nspname AS schema, c.relname AS table, a.attname AS name, t.typname AS type,
                format_type(a.atttypid, a.atttypmod) AS shown, \(isVirtual) AS virtual, \(compression)::text AS compression,
                t.typnamespace = 11 AND t.typname ~ '^reg' AS is_reference,
                t.typnamespace = 11 AND t.typname IN ('abstime', 'reltime', 'tinterval')
                  AS is_removed,
                c.relkind = 'r' AND NOT (\(equality)) AS lacks_equality
              FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
              JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
              JOIN pg_type t ON t.oid = a.atttypid
              WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND \(.userSchemas)
                AND NOT \(.isOfExtension("pg_class", "c.oid"))
            ) x WHERE x.virtual OR x.compression <> '' OR x.is_reference OR x.is_removed OR x.lacks_equality
              OR x.type = 'xml'
            ORDER BY 1, 2, 3
            """
    }

    private static let equality: Statement = """
        EXISTS (
          SELECT FROM pg_opclass o JOIN pg_am m ON m.oid = o.opcmethod
          WHERE m.amname IN ('btree', 'hash') AND o.opcdefault AND (
            o.opcintype = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
            OR t.typtype = 'e' AND o.opcintype = 'anyenum'::regtype
            OR t.typtype = 'r' AND o.opcintype = 'anyrange'::regtype
            OR t.typtype = 'm' AND o.opcintype = (SELECT y.oid FROM pg_type y WHERE y.typname = 'anymultirange')
            OR t.typtype = 'c' AND o.opcintype = 'record'::regtype
            OR t.typcategory = 'A' AND o.opcintype = 'anyarray'::regtype
            OR EXISTS (SELECT FROM pg_cast k WHERE k.castsource = t.oid AND k.casttarget = o.opcintype
              AND k.castmethod = 'b' AND k.castcontext = 'i')))
        """

    /// Pairs: a relation, and something of a user's schema without which it cannot be made.
    ///
    /// A partition needs its root, and a root its partitions, because rows are in them. Tables are in the form `r`,
    /// routines `f`, types `t`.
    static let dependencies: Statement = """
        SELECT DISTINCT n.nspname AS schema, c.relname AS name, x.why, rn.nspname AS needed_schema,
          x.name AS needed_name, x.kind AS needed_kind
        FROM (
          SELECT conrelid AS oid, 'foreign key' AS why, r.relname::text AS name, 'r' AS kind, r.relnamespace AS space
            FROM pg_constraint JOIN pg_class r ON r.oid = confrelid WHERE contype = 'f' AND confrelid <> conrelid
          UNION ALL SELECT i.inhrelid, 'parent', r.relname::text, 'r', r.relnamespace
            FROM pg_inherits i JOIN pg_class r ON r.oid = i.inhparent WHERE r.relkind IN ('r', 'p')
          UNION ALL SELECT i.inhparent, 'partition', r.relname::text, 'r', r.relnamespace
            FROM pg_inherits i JOIN pg_class r ON r.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
            WHERE p.relkind = 'p'
          UNION ALL SELECT w.ev_class, 'view', r.relname::text, 'r', r.relnamespace
            FROM pg_rewrite w JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
              AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> w.ev_class
            JOIN pg_class r ON r.oid = d.refobjid
          UNION ALL SELECT w.ev_class, 'view', p.proname::text, 'f', p.pronamespace
            FROM pg_rewrite w JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
              AND d.refclassid = 'pg_proc'::regclass JOIN pg_proc p ON p.oid = d.refobjid
          UNION ALL SELECT f.adrelid, 'default', r.relname::text, 'r', r.relnamespace
            FROM pg_attrdef f JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid
              AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> f.adrelid JOIN pg_class r ON r.oid = d.refobjid
          UNION ALL SELECT f.adrelid, 'default', p.proname::text, 'f', p.pronamespace
            FROM pg_attrdef f JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid
              AND d.refclassid = 'pg_proc'::regclass JOIN pg_proc p ON p.oid = d.refobjid
          UNION ALL SELECT tgrelid, 'trigger', p.proname::text, 'f', p.pronamespace
            FROM pg_trigger JOIN pg_proc p ON p.oid = tgfoid WHERE NOT tgisinternal
          UNION ALL SELECT a.attrelid, 'column ' || a.attname, t.typname::text, 't', t.typnamespace
            FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid
            JOIN pg_type t ON t.oid = CASE WHEN y.typcategory = 'A' THEN y.typelem ELSE y.oid END
            WHERE a.attnum > 0 AND NOT a.attisdropped
        ) x
        JOIN pg_class c ON c.oid = x.oid JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_namespace rn ON rn.oid = x.space
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND \(.userSchemas)
          AND rn.nspname !~ '^pg_' AND rn.nspname <> 'information_schema'
          AND NOT \(.isOfExtension("pg_class", "c.oid"))
        ORDER BY 1, 2, 3, 4, 5
        """
}
