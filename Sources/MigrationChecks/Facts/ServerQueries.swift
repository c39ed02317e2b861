import SQL

/// Queries about a server and its database.
enum ServerQueries {
    static func server(_ version: Int) -> Statement {
        let hasProvider = version >= 150_000
        let maySubscribe: Statement = .when(
            version >= 160_000,
            "r.rolsuper OR pg_has_role(current_user, 'pg_create_subscription', 'USAGE')",
            else: "r.rolsuper"
        )
        let origins: Statement = .when(
            version >= 90_500,
            "(SELECT count(*) FROM pg_replication_origin)",
            else: "0"
        )
        let collationVersion: Statement = .when(
            hasProvider,
            "d.datcollversion AS collation_version, pg_database_collation_actual_version(d.oid) AS offered_version",
            else: "NULL AS collation_version, NULL AS offered_version"
        )
        let mayKeepQuiet: Statement = .when(
            version >= 150_000,
            """
            r.rolsuper OR has_parameter_privilege('log_statement', 'SET')
              AND has_parameter_privilege('log_min_error_statement', 'SET')
              AND has_parameter_privilege('log_min_duration_statement', 'SET')
              AND has_parameter_privilege('log_duration', 'SET')
            """,
            else: "r.rolsuper"
        )
        return """
            SELECT current_setting('server_version_num') AS version, current_setting('server_version') AS shown,
              pg_is_in_recovery() AS standby, d.datname AS database, d.oid AS database_oid, r.rolname AS account,
              r.rolsuper AS superuser, r.rolsuper OR r.rolreplication AS may_replicate,
              r.rolsuper OR r.rolcreaterole AS may_create_roles, \(maySubscribe) AS may_subscribe, \(mayKeepQuiet) AS may_keep_quiet,
              has_database_privilege(d.oid, 'CREATE') AS may_create, pg_has_role(d.datdba, 'USAGE') AS is_owner,
              pg_encoding_to_char(d.encoding) AS encoding, d.datcollate AS collation, d.datctype AS ctype,
              \(.when(hasProvider, "d.datlocprovider", else: "'c'")) AS provider, \(collationVersion),
              pg_database_size(d.oid) AS bytes, (SELECT count(*) FROM pg_replication_slots) AS slots,
              (SELECT count(*) FROM pg_stat_replication) AS senders, \(origins) AS origins,
              (SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND oid >= 16384) AS relations
            FROM pg_database d CROSS JOIN pg_roles r
            WHERE d.datname = current_database() AND r.rolname = current_user
            """
    }

    /// Whether the account may make things that belong to a role: 16 tells that apart from being its member.
    static func roles(_ version: Int) -> Statement {
        let right: Statement = version >= 160_000 ? "'SET'" : "'MEMBER'"
        return "SELECT rolname AS name, pg_has_role(current_user, oid, \(right)) AS may_give FROM pg_roles"
    }

    /// The columns that tell whether an ordinary account may create an extension came with version 13.
    static func availableExtensions(_ version: Int) -> Statement {
        let needsSuperuser: Statement = .when(
            version >= 130_000,
            """
            coalesce((SELECT v.superuser AND NOT v.trusted FROM pg_available_extension_versions v
              WHERE v.name = a.name AND v.version = a.default_version), true)
            """,
            else: "true"
        )
        return """
            SELECT a.name, a.default_version AS version, a.installed_version IS NOT NULL AS installed,
              \(needsSuperuser) AS needs_superuser
            FROM pg_available_extensions a
            """
    }

    static func replication(_ version: Int) -> Statement {
        let slots: Statement = """
            SELECT 'slot' AS kind, slot_name::text AS name, active::text AS detail FROM pg_replication_slots
            WHERE database = current_database()
            """
        guard version >= 100_000 else { return slots }
        return """
            \(slots)
            UNION ALL SELECT 'publication', pubname::text, '' FROM pg_publication
            UNION ALL SELECT 'subscription', subname::text, '' FROM pg_subscription
              WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
            UNION ALL SELECT 'schema', nspname::text, '' FROM pg_namespace WHERE nspname = 'pgsteer_migration'
            """
    }

    /// A slot is made when every transaction that writes has ended; those of other databases count, too.
    static let transactions: Statement = """
        SELECT 'prepared' AS kind, gid AS name, owner::text AS account, database::text AS database,
          extract(epoch FROM clock_timestamp() - prepared)::bigint AS seconds FROM pg_prepared_xacts
        UNION ALL SELECT 'writing', pid::text, usename::text, datname::text,
          extract(epoch FROM clock_timestamp() - xact_start)::bigint FROM pg_stat_activity
        WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()
        """

    /// One row for each setting; names without a dot are the server's own.
    static let storedSettings: Statement = """
        SELECT CASE WHEN s.setdatabase = 0 THEN 'role' WHEN s.setrole = 0 THEN 'database' ELSE 'role in database' END
            AS kind, coalesce(r.rolname, '') AS name, split_part(c.item, '=', 1) AS setting,
          substr(c.item, strpos(c.item, '=') + 1) AS value
        FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole CROSS JOIN unnest(s.setconfig) c(item)
        WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
        UNION ALL
        SELECT 'function', n.nspname || '.' || p.proname, split_part(c.item, '=', 1),
          substr(c.item, strpos(c.item, '=') + 1)
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace CROSS JOIN unnest(p.proconfig) c(item)
        WHERE \(.userSchemas) AND NOT \(.isOfExtension("pg_proc", "p.oid"))
        """
}
