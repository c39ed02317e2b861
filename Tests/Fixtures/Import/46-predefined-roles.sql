-- Odd: predefined roles as members, as groups, as owners and as receivers of rights; one loses what it has by default.
CREATE ROLE r46_app;
CREATE ROLE r46_group;
SELECT current_database() AS db \gset
GRANT pg_monitor, pg_read_all_data, pg_signal_backend, pg_checkpoint TO r46_app;
GRANT pg_write_all_data TO r46_app WITH ADMIN OPTION;
-- A predefined role is a member of a role of ours, and of another predefined one.
GRANT r46_group TO pg_monitor;
GRANT pg_checkpoint TO pg_monitor WITH ADMIN OPTION;
REVOKE pg_stat_scan_tables FROM pg_monitor;
CREATE SCHEMA r46 AUTHORIZATION pg_database_owner;
CREATE TABLE r46.t (a int);
ALTER TABLE r46.t OWNER TO pg_database_owner;
CREATE TABLE r46.u (a int);
ALTER TABLE r46.u OWNER TO pg_read_all_data;
GRANT SELECT ON r46.t TO pg_read_all_data, pg_monitor;
GRANT INSERT ON r46.u TO pg_database_owner WITH GRANT OPTION;
GRANT USAGE ON SCHEMA r46 TO pg_monitor;
GRANT CREATE ON DATABASE :"db" TO pg_monitor;
GRANT SET ON PARAMETER log_statement_stats TO pg_monitor;
ALTER DEFAULT PRIVILEGES FOR ROLE pg_write_all_data IN SCHEMA r46 GRANT SELECT ON TABLES TO pg_read_all_data;
CREATE FUNCTION r46.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
REVOKE EXECUTE ON FUNCTION r46.f() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION r46.f() TO pg_database_owner;
-- Rights passed on by the role that stands for the database's owner.
ALTER DATABASE :"db" OWNER TO r46_app;
SET ROLE r46_app;
GRANT SELECT ON r46.t TO r46_group;
RESET ROLE;

SELECT current_setting('server_version_num')::int >= 160000 AS pg16 \gset
\if :pg16
GRANT pg_create_subscription, pg_use_reserved_connections TO r46_app WITH INHERIT FALSE;
\endif
SELECT current_setting('server_version_num')::int >= 170000 AS pg17 \gset
\if :pg17
GRANT pg_maintain TO r46_app;
\endif
SELECT current_setting('server_version_num')::int >= 180000 AS pg18 \gset
\if :pg18
GRANT pg_signal_autovacuum_worker TO r46_app WITH SET FALSE;
\endif
