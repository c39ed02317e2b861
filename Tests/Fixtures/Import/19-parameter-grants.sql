-- Odd: rights on parameters (SET, ALTER SYSTEM), to PUBLIC, on custom ones, passed on, used by a non-superuser.
-- password r19_ops 0ps'"\Pass#
CREATE ROLE r19_ops LOGIN;
CREATE ROLE r19_z;
CREATE ROLE r19_y;
CREATE ROLE "r19: Odd ""role""";
GRANT SET ON PARAMETER log_min_messages TO r19_ops;
GRANT ALTER SYSTEM ON PARAMETER log_autovacuum_min_duration TO r19_ops;
GRANT SET, ALTER SYSTEM ON PARAMETER log_temp_files, track_activities TO r19_ops WITH GRANT OPTION;
GRANT SET ON PARAMETER session_replication_role TO PUBLIC;
GRANT ALL ON PARAMETER log_duration TO "r19: Odd ""role""";
-- Names in another spelling; PostgreSQL keeps them in small letters.
GRANT SET ON PARAMETER "Log_Parser_Stats" TO r19_z;
GRANT SET ON PARAMETER LOG_PLANNER_STATS TO r19_z;
-- Parameters that nobody knows, of extensions or one's own.
GRANT SET ON PARAMETER r19.flag, r19."Mixed", pg_stat_statements.track TO r19_z;
-- Any role may set this one anyway.
GRANT SET ON PARAMETER work_mem TO r19_z WITH GRANT OPTION;
SET ROLE r19_z;
GRANT SET ON PARAMETER work_mem TO r19_y WITH GRANT OPTION;
SET ROLE r19_y;
GRANT SET ON PARAMETER work_mem TO r19_ops;
RESET ROLE;
-- Granted and taken back: no row may be left.
GRANT SET ON PARAMETER log_executor_stats TO r19_z;
REVOKE SET ON PARAMETER log_executor_stats FROM r19_z;
-- Half of it taken back.
GRANT ALL ON PARAMETER log_replication_commands TO r19_y WITH GRANT OPTION;
REVOKE SET ON PARAMETER log_replication_commands FROM r19_y;
REVOKE GRANT OPTION FOR ALTER SYSTEM ON PARAMETER log_replication_commands FROM r19_y;
SET ROLE r19_ops;
ALTER SYSTEM SET log_autovacuum_min_duration = '250ms';
RESET ROLE;
SELECT pg_reload_conf();
