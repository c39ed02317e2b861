-- Odd: rights on functions, tables, views, columns and types of pg_catalog and information_schema are changed.
CREATE ROLE r26_auditor;
CREATE ROLE r26_files;
CREATE ROLE "r26 Odd: role";
-- Functions that PUBLIC may not call by default are given away.
GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_file(text) TO r26_files;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_file(text, bigint, bigint, boolean) TO r26_files WITH GRANT OPTION;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_dir(text), pg_catalog.pg_stat_file(text) TO r26_files, "r26 Odd: role";
GRANT EXECUTE ON FUNCTION pg_catalog.pg_reload_conf() TO "r26 Odd: role";
GRANT EXECUTE ON FUNCTION pg_catalog.pg_stat_reset() TO PUBLIC;
-- A predefined role loses a function that it has by default.
REVOKE EXECUTE ON FUNCTION pg_catalog.pg_ls_waldir() FROM pg_monitor;
-- Functions that everybody may call by default are closed.
REVOKE EXECUTE ON FUNCTION pg_catalog.pg_sleep(double precision) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION pg_catalog.lo_create(oid), pg_catalog.lo_from_bytea(oid, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pg_catalog.lo_create(oid) TO r26_files;
REVOKE EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) TO PUBLIC;
REVOKE EXECUTE ON FUNCTION pg_catalog.count("any"), pg_catalog.array_agg(anyarray) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pg_catalog.count("any"), pg_catalog.array_agg(anyarray) TO PUBLIC;
-- Tables, views and columns.
GRANT SELECT ON pg_catalog.pg_authid TO r26_auditor;
GRANT SELECT (rolname, rolsuper), UPDATE (rolname) ON pg_catalog.pg_authid TO "r26 Odd: role";
GRANT SELECT ON pg_catalog.pg_statistic, pg_catalog.pg_hba_file_rules, pg_catalog.pg_user_mapping TO r26_auditor;
REVOKE SELECT ON pg_catalog.pg_stats FROM PUBLIC;
GRANT SELECT ON pg_catalog.pg_stats TO r26_auditor WITH GRANT OPTION;
REVOKE ALL ON pg_catalog.pg_stat_activity FROM PUBLIC;
REVOKE SELECT ON pg_catalog.pg_config FROM pg_read_all_settings;
-- A few columns of pg_subscription are open to PUBLIC by default; one is closed.
REVOKE SELECT (subname) ON pg_catalog.pg_subscription FROM PUBLIC;
GRANT SELECT (subconninfo) ON pg_catalog.pg_subscription TO r26_auditor;
-- Changed and put back.
REVOKE SELECT ON pg_catalog.pg_settings FROM PUBLIC;
GRANT SELECT ON pg_catalog.pg_settings TO PUBLIC;
REVOKE UPDATE ON pg_catalog.pg_settings FROM PUBLIC;
REVOKE SELECT ON information_schema.columns FROM PUBLIC;
GRANT INSERT ON information_schema.sql_features TO r26_auditor;
REVOKE USAGE ON TYPE pg_catalog.money, pg_catalog.txid_snapshot FROM PUBLIC;
GRANT USAGE ON TYPE pg_catalog.money TO r26_auditor;
REVOKE USAGE ON TYPE information_schema.sql_identifier FROM PUBLIC;
GRANT USAGE ON SCHEMA pg_catalog TO r26_auditor WITH GRANT OPTION;
GRANT CREATE ON SCHEMA pg_catalog TO "r26 Odd: role";
GRANT USAGE ON SCHEMA pg_toast TO r26_auditor;
REVOKE USAGE ON SCHEMA information_schema FROM PUBLIC;
-- A function of one's own among the system's.
CREATE FUNCTION pg_catalog.r26_helper(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
REVOKE EXECUTE ON FUNCTION pg_catalog.r26_helper(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pg_catalog.r26_helper(int) TO r26_auditor;
