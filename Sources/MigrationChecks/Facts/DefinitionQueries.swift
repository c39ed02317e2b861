import SQL

/// Queries about what a database has besides rows.
enum DefinitionQueries {
    static let defects: Statement = """
        SELECT 'index' AS kind, n.nspname AS schema, c.relname AS name, t.relname AS table
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT i.indisvalid AND \(.userSchemas)
        UNION ALL
        SELECT 'constraint', n.nspname, k.conname, t.relname
        FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
        WHERE NOT k.convalidated AND \(.userSchemas)
        ORDER BY 1, 2, 3
        """

    static let routines: Statement = """
        SELECT n.nspname AS schema, p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' AS name,
          l.lanname AS language, p.prosecdef AS definer, pg_get_userbyid(p.proowner) AS owner, p.probin AS library
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
        WHERE \(.userSchemas) AND NOT \(.isOfExtension("pg_proc", "p.oid"))
          AND (p.prosecdef OR l.lanname NOT IN ('sql', 'plpgsql', 'internal'))
        ORDER BY 1, 2
        """

    static let schemas: Statement = """
        SELECT n.nspname AS name, (SELECT count(*) FROM pg_class c WHERE c.relnamespace = n.oid)
          + (SELECT count(*) FROM pg_proc p WHERE p.pronamespace = n.oid) AS objects,
          (SELECT string_agg(r.rolname, chr(10)) FROM pg_roles r WHERE NOT r.rolsuper AND r.rolname !~ '^pg_'
            AND NOT has_schema_privilege(r.oid, n.oid, 'CREATE')) AS closed_to
        FROM pg_namespace n WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        """

    static let bodies: Statement = """
        SELECT n.nspname AS schema, p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' AS name,
          p.prosrc || coalesce(' ' || array_to_string(p.proconfig, ' '), '') AS text
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
        WHERE \(.userSchemas) AND NOT \(.isOfExtension("pg_proc", "p.oid")) AND l.lanname NOT IN ('c', 'internal')
        ORDER BY 1, 2
        """

    static let triggers: Statement = """
        SELECT 'table' AS kind, n.nspname AS schema, c.relname AS table, t.tgname AS name, t.tgenabled AS enabled
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE NOT t.tgisinternal AND t.tgenabled IN ('A', 'R') AND \(.userSchemas)
        UNION ALL
        SELECT 'event', '', '', e.evtname, e.evtenabled FROM pg_event_trigger e
        WHERE NOT \(.isOfExtension("pg_event_trigger", "e.oid"))
        ORDER BY 1, 2, 3, 4
        """

    static let postfixOperators: Statement = """
        SELECT n.nspname AS schema, o.oprname AS name, format_type(o.oprleft, NULL) AS operand
        FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
        WHERE o.oprright = 0 AND o.oprleft <> 0 AND \(.userSchemas) AND NOT \(.isOfExtension("pg_operator", "o.oid"))
        ORDER BY 1, 2
        """

    static let usedCollations: Statement = """
        SELECT DISTINCT k.collname AS name, kn.nspname AS schema, k.collprovider AS provider,
          k.collversion AS version, pg_collation_actual_version(k.oid) AS offered_version
        FROM pg_collation k JOIN pg_namespace kn ON kn.oid = k.collnamespace
        JOIN pg_attribute a ON a.attcollation = k.oid AND a.attnum > 0 AND NOT a.attisdropped
        JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE k.collname NOT IN ('default', 'C', 'POSIX') AND c.relkind IN ('r', 'p', 'm', 'i') AND \(.userSchemas)
        ORDER BY 1
        """

    /// Who is spoken of elsewhere: privileges on columns, policies, user mappings, default privileges, types, servers.
    private static let otherHolders: Statement = """
        SELECT s.refobjid, CASE s.deptype WHEN 'o' THEN 'owner' ELSE 'grantee' END,
          pg_describe_object(s.classid, s.objid, s.objsubid)
        FROM pg_shdepend s
        WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND s.refclassid = 'pg_authid'::regclass AND s.deptype IN ('o', 'a', 'r')
          AND (s.classid NOT IN ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_namespace'::regclass,
              'pg_largeobject'::regclass, 'pg_publication'::regclass, 'pg_extension'::regclass)
            OR s.classid = 'pg_class'::regclass AND s.objsubid <> 0)
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = s.classid AND d.objid = s.objid AND d.deptype = 'e')
        """

    /// Who owns what is moved, or has privileges on it.
    static let holders: Statement = """
        WITH things AS (
          SELECT n.nspname || '.' || c.relname AS thing, c.relowner AS owner, c.relacl AS acl
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND \(.userSchemas)
              AND NOT \(.isOfExtension("pg_class", "c.oid"))
          UNION ALL SELECT n.nspname || '.' || p.proname, p.proowner, p.proacl
            FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE \(.userSchemas) AND NOT \(.isOfExtension("pg_proc", "p.oid"))
          UNION ALL SELECT 'schema ' || n.nspname, n.nspowner, n.nspacl FROM pg_namespace n WHERE \(.userSchemas)
        )
        SELECT r.rolname AS role, x.kind, min(x.thing) AS thing FROM (
          SELECT owner AS role, 'owner' AS kind, thing FROM things
          UNION ALL SELECT a.grantee, 'grantee', thing FROM things CROSS JOIN aclexplode(things.acl) a
          UNION ALL \(otherHolders)
        ) x JOIN pg_roles r ON r.oid = x.role WHERE r.rolname !~ '^pg_'
        GROUP BY 1, 2 ORDER BY 1, 2
        """

    /// What two databases could both have: relations, types of their own, routines.
    static let objects: Statement = """
        SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence'
            WHEN 'f' THEN 'foreign table' ELSE 'table' END AS kind, n.nspname AS schema, c.relname AS name,
          'r' AS form
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND c.relpersistence <> 't' AND \(.userSchemas)
          AND NOT \(.isOfExtension("pg_class", "c.oid"))
        UNION ALL
        SELECT 'type', n.nspname, t.typname, 't' FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
        WHERE (t.typtype IN ('d', 'e', 'r')
            OR t.typtype = 'c' AND EXISTS (SELECT FROM pg_class y WHERE y.oid = t.typrelid AND y.relkind = 'c'))
          AND \(.userSchemas) AND NOT \(.isOfExtension("pg_type", "t.oid"))
        UNION ALL
        SELECT 'function', n.nspname, p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')', 'f'
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE \(.userSchemas) AND NOT \(.isOfExtension("pg_proc", "p.oid"))
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid
            AND d.deptype = 'i')
        ORDER BY 2, 3
        """
}
