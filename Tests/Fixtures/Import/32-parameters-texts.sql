-- Odd: ALTER SYSTEM of texts with quotes, percent signs, backslashes, blanks at the end and empty ones, among them
-- parameters that a tool would keep for itself, and one that no server knows.
ALTER SYSTEM SET log_line_prefix = '%m [%p] %q''user''="%u": #%d\ ';
ALTER SYSTEM SET archive_cleanup_command = 'test "%r" != ''it''''s'' && echo \%% # nothing';
ALTER SYSTEM SET archive_command = 'test -n "%f" && test ''it\''''s'' != "%p" # %%';
ALTER SYSTEM SET restore_command = '';
ALTER SYSTEM SET log_filename = 'pg: "%a" %%.log';
ALTER SYSTEM SET syslog_ident = 'it''s: "pg" #1';
ALTER SYSTEM SET application_name = '';
ALTER SYSTEM SET TimeZone = 'Asia/Kathmandu';
ALTER SYSTEM SET log_timezone = 'America/St_Johns';
ALTER SYSTEM SET default_text_search_config = 'pg_catalog.german';
ALTER SYSTEM SET log_statement = 'ddl';
ALTER SYSTEM SET log_min_error_statement = 'FATAL';
ALTER SYSTEM SET temp_tablespaces = '';
-- Set and reset: no line may be left.
ALTER SYSTEM SET log_error_verbosity = 'verbose';
ALTER SYSTEM RESET log_error_verbosity;
-- Known to the session only, which is enough to write it to the server's file.
SET r32.custom = 'x';
ALTER SYSTEM SET r32.custom = 'it''s "custom": \ #';
SELECT current_setting('server_version_num')::int >= 160000 AS pg16 \gset
\if :pg16
ALTER SYSTEM SET createrole_self_grant = '';
\endif
SELECT pg_reload_conf();
