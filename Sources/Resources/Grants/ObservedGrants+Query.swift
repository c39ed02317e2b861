import SQL

extension ObservedGrants {
    /// One query for everything that privileges can be on.
    ///
    /// An object whose ACL is NULL has its defaults (`acldefault`); where it is another one, what everybody lacks of them is
    /// withheld, but for what an extension's script or initdb took. What an extension's script or initdb granted stands in
    /// `pg_init_privs`, but for what initdb lets everybody do with information_schema. Objects of PostgreSQL's own schemas are
    /// listed only when somebody changed their ACL, or when documents name them.
    static func observation(_ request: ObservationRequest) -> Statement {
        """
        SELECT * FROM (WITH namespace AS (
            SELECT n.oid, n.nspname, n.nspowner, n.nspacl, n.nspname ~ '^pg_' OR n.nspname = 'information_schema' AS own
            FROM pg_namespace n WHERE n.nspname !~ '^pg_(toast|temp)'
        ), object (kind, schema, name, detail, owner, acl, class, oid, sub, type) AS (
            \(relations(request))
            \(routinesAndTypes(request))
            \(others(request))
        )
        SELECT o.kind, o.schema, o.name, o.detail, pg_get_userbyid(o.owner) AS owner,
                \(signature) AS signature,
            CASE WHEN a.grantee = 0 THEN 'public' ELSE pg_get_userbyid(a.grantee) END AS grantee,
            a.privilege_type AS privilege, a.is_grantable, pg_get_userbyid(a.grantor) AS grantor,
            EXISTS (SELECT FROM aclexplode(acldefault(o.type::"char", o.owner)) i
                WHERE i.grantee = a.grantee AND i.privilege_type = a.privilege_type)
            OR a.grantee = 0 AND (CASE o.kind WHEN 'schema' THEN o.name ELSE o.schema END) = 'information_schema'
            OR EXISTS (SELECT FROM pg_init_privs p, aclexplode(p.initprivs) i
                WHERE p.classoid = o.class AND p.objoid = o.oid AND p.objsubid = o.sub
                    AND i.grantee = a.grantee AND i.privilege_type = a.privilege_type) AS is_initial, false AS is_withheld
        FROM object o LEFT JOIN LATERAL aclexplode(coalesce(o.acl, acldefault(o.type::"char", o.owner))) a
            ON a.grantee <> o.owner
        UNION ALL SELECT o.kind, o.schema, o.name, o.detail, pg_get_userbyid(o.owner),
                \(signature),
            'public', d.privilege_type, false, pg_get_userbyid(o.owner), false, true
        FROM object o, aclexplode(acldefault(o.type::"char", o.owner)) d
        WHERE o.acl IS NOT NULL AND d.grantee = 0
            AND NOT EXISTS (SELECT FROM aclexplode(o.acl) a
                WHERE a.grantee = 0 AND a.privilege_type = d.privilege_type)
            AND NOT EXISTS (SELECT FROM pg_init_privs p
                WHERE p.classoid = o.class AND p.objoid = o.oid AND p.objsubid = o.sub)
        UNION ALL SELECT 'schema', '', n.nspname::text, '', pg_get_userbyid(n.nspowner), NULL, 'public', 'USAGE', false,
            pg_get_userbyid(n.nspowner), false, true
        FROM namespace n WHERE n.nspname = 'public'
            AND NOT EXISTS (SELECT FROM aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
                WHERE a.grantee = 0 AND a.privilege_type = 'USAGE')) AS privileges
        """
    }

    /// The texts of an IN; none is like nothing.
    private static func list(_ texts: Set<String>) -> Statement {
        texts.isEmpty ? "NULL" : Statement.joined(texts.sorted().map { "\(literal: $0)" as Statement }, separator: ", ")
    }

    /// The arguments of a routine as GRANT reads them: with their modes, but without the ORDER BY of some aggregates, which it
    /// does not know.
    private static var signature: Statement {
        """
        CASE o.kind WHEN 'routine' THEN CASE WHEN EXISTS (SELECT FROM pg_aggregate g WHERE g.aggfnoid = o.oid AND g.aggkind <> 'n')
            THEN o.detail ELSE pg_get_function_identity_arguments(o.oid) END END
        """
    }

    /// The database itself, schemas, tables, sequences and columns.
    private static func relations(_ request: ObservationRequest) -> Statement {
        """
        SELECT 'database', '', d.datname::text, '', d.datdba, d.datacl, 0::oid, 0::oid, 0, 'd'
            FROM pg_database d WHERE d.datname = current_database()
        UNION ALL SELECT 'schema', '', nspname, '', nspowner, nspacl, 'pg_namespace'::regclass, n.oid, 0, 'n'
            FROM namespace n
        UNION ALL SELECT CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END, n.nspname, c.relname, '',
                c.relowner, c.relacl, 'pg_class'::regclass, c.oid, 0, CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END
            FROM pg_class c JOIN namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p', 'S') AND (NOT n.own OR c.relacl IS NOT NULL)
        UNION ALL SELECT 'column', n.nspname, c.relname, a.attname, c.relowner, a.attacl, 'pg_class'::regclass, c.oid,
                a.attnum, 'c'
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND NOT a.attisdropped
                AND (NOT n.own AND (a.attnum > 0 OR a.attname IN (\(list(request.columns)))) OR a.attacl IS NOT NULL)
        """
    }

    /// What is called and what values are of.
    private static func routinesAndTypes(_ request: ObservationRequest) -> Statement {
        """
        UNION ALL SELECT 'routine', n.nspname, p.proname, coalesce((SELECT string_agg(format_type(t, NULL), ', '
                    ORDER BY o) FROM unnest(p.proargtypes) WITH ORDINALITY AS a(t, o)), ''),
                p.proowner, p.proacl, 'pg_proc'::regclass, p.oid, 0, 'f'
            FROM pg_proc p JOIN namespace n ON n.oid = p.pronamespace WHERE NOT n.own OR p.proacl IS NOT NULL
                OR n.nspname || '.' || p.proname IN (\(list(request.routines)))
        UNION ALL SELECT 'type', n.nspname, t.typname, '', t.typowner, t.typacl, 'pg_type'::regclass, t.oid, 0, 'T'
            FROM pg_type t JOIN namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
            WHERE NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid) AND t.typisdefined
                AND (NOT n.own AND coalesce(c.relkind, 'c') = 'c' AND t.typtype <> 'm' OR t.typacl IS NOT NULL
                    OR n.nspname || '.' || t.typname IN (\(list(request.types))))
        """
    }

    /// What is rarer; what is of the whole server is looked at in one database. Then default privileges.
    private static func others(_ request: ObservationRequest) -> Statement {
        let numbers = request.largeObjects.map(String.init).joined(separator: ",")
        return """
            UNION ALL SELECT 'language', '', l.lanname, '', l.lanowner, l.lanacl, 'pg_language'::regclass, l.oid, 0, 'l'
                FROM pg_language l WHERE l.lanpltrusted
            UNION ALL SELECT 'foreignDataWrapper', '', f.fdwname, '', f.fdwowner, f.fdwacl,
                    'pg_foreign_data_wrapper'::regclass, f.oid, 0, 'F' FROM pg_foreign_data_wrapper f
            UNION ALL SELECT 'foreignServer', '', s.srvname, '', s.srvowner, s.srvacl, 'pg_foreign_server'::regclass,
                    s.oid, 0, 'S' FROM pg_foreign_server s
            UNION ALL SELECT 'largeObject', '', l.oid::text, '', l.lomowner, l.lomacl, 'pg_largeobject'::regclass, l.oid,
                    0, 'L' FROM pg_largeobject_metadata l
                WHERE l.lomacl IS NOT NULL OR l.oid = ANY (\(literal: "{\(numbers)}")::oid[])
            UNION ALL SELECT 'parameter', '', p.parname, '', 10, p.paracl, 'pg_parameter_acl'::regclass, p.oid, 0, 'p'
                FROM pg_parameter_acl p WHERE current_database() = 'postgres'
            UNION ALL SELECT 'tablespace', '', t.spcname, '', t.spcowner, t.spcacl, 'pg_tablespace'::regclass, t.oid, 0,
                    't' FROM pg_tablespace t WHERE current_database() = 'postgres'
            UNION ALL SELECT CASE d.defaclobjtype WHEN 'r' THEN 'futureTable' WHEN 'S' THEN 'futureSequence'
                    WHEN 'f' THEN 'futureRoutine' WHEN 'T' THEN 'futureType' WHEN 'n' THEN 'futureSchema'
                    ELSE 'futureLargeObject' END, coalesce(n.nspname, ''), pg_get_userbyid(d.defaclrole), '', d.defaclrole,
                    d.defaclacl, 0, 0, 0,
                    CASE WHEN d.defaclnamespace <> 0 THEN 'c' WHEN d.defaclobjtype = 'S' THEN 's'
                        ELSE d.defaclobjtype::text END
                FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
            """
    }
}
