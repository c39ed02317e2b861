-- Odd: ALTER ROLE SET with quoted lists, empty texts, units, quotes, backslashes, line ends, and custom settings.
-- password r29_app Sett1ngs=app
-- password r29_list L1sts,all
CREATE ROLE r29_app LOGIN;
CREATE ROLE r29_list LOGIN;
CREATE ROLE r29_custom;
CREATE ROLE r29_owner;
CREATE ROLE r29_member;
CREATE ROLE "r29 Odd: ""role""";
GRANT r29_owner TO r29_member;
-- Lists, whose elements PostgreSQL quotes by itself.
ALTER ROLE r29_list SET search_path = "$user", public, "My Schema", "a,b", "say ""hi""", "it's", "dot.ted", "1st";
ALTER ROLE r29_list SET temp_tablespaces = '';
ALTER ROLE r29_list SET session_preload_libraries = '';
ALTER ROLE r29_list SET DateStyle = SQL, DMY;
-- One element that looks like two, and no element at all.
ALTER ROLE r29_owner SET search_path = 'a, b';
ALTER ROLE r29_member SET search_path = '';
ALTER ROLE "r29 Odd: ""role""" SET search_path = "Upper", 'lower', "$user", "select", pg_catalog, "back\slash", " x ";
-- Numbers and units, as they are written.
ALTER ROLE r29_app SET work_mem = '64MB';
ALTER ROLE r29_app SET maintenance_work_mem = 65536;
ALTER ROLE r29_app SET temp_buffers = '0.5GB';
ALTER ROLE r29_app SET statement_timeout = '1.5h';
ALTER ROLE r29_app SET lock_timeout = ' 90 s ';
ALTER ROLE r29_app SET idle_in_transaction_session_timeout = '600000';
ALTER ROLE r29_app SET effective_cache_size = '0x10000';
ALTER ROLE r29_app SET random_page_cost = 1.10;
ALTER ROLE r29_app SET seq_page_cost = 1e0;
ALTER ROLE r29_app SET cpu_tuple_cost = 0.0123456789;
ALTER ROLE r29_app SET tcp_keepalives_idle = -0;
ALTER ROLE r29_app SET geqo_seed = '.5';
-- on and off in many spellings; an enum in capitals.
ALTER ROLE r29_app SET enable_seqscan = 'of';
ALTER ROLE r29_app SET enable_hashjoin = 'tru';
ALTER ROLE r29_app SET enable_mergejoin = 'YES';
ALTER ROLE r29_app SET enable_sort = '1';
ALTER ROLE r29_app SET enable_nestloop = n;
ALTER ROLE r29_app SET client_min_messages = 'WARNING';
ALTER ROLE r29_app SET constraint_exclusion = 'false';
ALTER ROLE r29_app SET synchronous_commit = 'on';
-- Texts.
ALTER ROLE r29_app SET application_name = E'it''s "quoted": #1 \\n % $ \ttab ';
ALTER ROLE r29_owner SET application_name = '';
ALTER ROLE r29_member SET application_name = ' = ';
ALTER ROLE r29_app SET default_tablespace = '';
ALTER ROLE r29_app SET default_text_search_config = 'pg_catalog.simple';
ALTER ROLE r29_app SET TimeZone = 'America/Argentina/Buenos_Aires';
ALTER ROLE r29_owner SET TIME ZONE INTERVAL '+05:45' HOUR TO MINUTE;
ALTER ROLE r29_member SET TIME ZONE -3.5;
ALTER ROLE r29_list SET TIME ZONE '<+02>-02';
ALTER ROLE r29_app SET client_encoding = 'LATIN1';
ALTER ROLE r29_app SET lc_messages = 'C';
ALTER ROLE r29_app SET IntervalStyle = 'iso_8601';
ALTER ROLE r29_app SET default_transaction_isolation = 'repeatable read';
ALTER ROLE r29_app SET default_transaction_read_only = on;
ALTER ROLE r29_app SET log_statement = 'mod';
ALTER ROLE r29_member SET role = 'r29_owner';
ALTER ROLE r29_owner SET role = 'none';
SET work_mem = '77MB';
ALTER ROLE r29_owner SET work_mem FROM CURRENT;
RESET work_mem;
-- Custom settings: any text is allowed.
ALTER ROLE r29_custom SET r29.empty = '';
ALTER ROLE r29_custom SET r29.blank = ' ';
ALTER ROLE r29_custom SET r29."Mixed" = 'Case: kept';
ALTER ROLE r29_custom SET "R29.upper.three" = 'three parts';
ALTER ROLE r29_custom SET r29."dollar$1" = '$1';
ALTER ROLE r29_custom SET r29."größe" = 'groß 🐘';
ALTER ROLE r29_custom SET r29."select" = 'select';
ALTER ROLE r29_custom SET r29.equals = 'a=b=c';
ALTER ROLE r29_custom SET r29.json = '{"a": ["b", null], "c": "it''s \"x\" \\ "}';
ALTER ROLE r29_custom SET r29.lines = E'one\ntwo\r\n\n  three\t\n';
ALTER ROLE r29_custom SET r29.control = E'bell\x07 esc\x1B[0m';
ALTER ROLE r29_custom SET r29.yaml = '- a: &b *c !d %e @f `g` {h} [i] #j';
ALTER ROLE r29_custom SET r29."null" = 'null';
ALTER ROLE r29_custom SET r29.yes = 'yes';
ALTER ROLE r29_custom SET r29.number = '0123';
ALTER ROLE r29_custom SET r29.float = 1e3;
ALTER ROLE r29_custom SET r29.list = 'a, "b", ''c''';
ALTER ROLE r29_custom SET r29.braces = '{a,"b"}';
ALTER ROLE r29_custom SET r29.backslash = '\';
ALTER ROLE r29_custom SET r29.quote = '''';
ALTER ROLE r29_custom SET r29.double = '"';
SELECT format('ALTER ROLE r29_custom SET r29.long = %L', repeat('long "text": ', 300)) \gexec
-- For every role, in every database.
ALTER ROLE ALL SET r29.everybody = 'every: "body"';
-- Set and reset: no row may be left.
CREATE ROLE r29_reset;
ALTER ROLE r29_reset SET work_mem = '5MB';
ALTER ROLE r29_reset RESET ALL;

SELECT current_setting('server_version_num')::int >= 160000 AS pg16 \gset
\if :pg16
ALTER ROLE r29_app SET createrole_self_grant = 'set, inherit';
\endif
SELECT current_setting('server_version_num')::int >= 170000 AS pg17 \gset
\if :pg17
ALTER ROLE r29_app SET transaction_timeout = '2h';
ALTER ROLE r29_app SET event_triggers = off;
ALTER ROLE r29_app SET restrict_nonsystem_relation_kind = 'view, foreign-table';
\endif
