-- Odd: objects of extensions, whose first rights count as the default, with those rights kept, changed or taken away.
CREATE ROLE r27_dba;
CREATE ROLE r27_app;
CREATE ROLE r27_gone;
CREATE SCHEMA r27;
-- plpgsql is everywhere: give it objects of our own. What they have at that moment becomes their default.
CREATE TABLE r27.member (a int, b int);
CREATE TABLE r27.member_changed (a int, b int);
CREATE TABLE r27.member_taken (a int);
CREATE TABLE r27.was_member (a int);
CREATE FUNCTION r27.member_f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION r27.member_g() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE SEQUENCE r27.member_s;
CREATE TYPE r27.member_t AS ENUM ('a');
GRANT SELECT ON r27.member, r27.member_changed, r27.member_taken, r27.was_member TO r27_app;
GRANT UPDATE (b) ON r27.member, r27.member_changed TO r27_app;
GRANT SELECT ON r27.member TO r27_gone;
REVOKE EXECUTE ON FUNCTION r27.member_f(int) FROM PUBLIC;
GRANT USAGE ON SEQUENCE r27.member_s TO PUBLIC;
REVOKE USAGE ON TYPE r27.member_t FROM PUBLIC;
ALTER EXTENSION plpgsql ADD TABLE r27.member;
ALTER EXTENSION plpgsql ADD TABLE r27.member_changed;
ALTER EXTENSION plpgsql ADD TABLE r27.member_taken;
ALTER EXTENSION plpgsql ADD TABLE r27.was_member;
ALTER EXTENSION plpgsql ADD FUNCTION r27.member_f(int);
ALTER EXTENSION plpgsql ADD FUNCTION r27.member_g();
ALTER EXTENSION plpgsql ADD SEQUENCE r27.member_s;
ALTER EXTENSION plpgsql ADD TYPE r27.member_t;
GRANT INSERT ON r27.member_changed TO r27_dba WITH GRANT OPTION;
REVOKE UPDATE (b) ON r27.member_changed FROM r27_app;
GRANT SELECT (a) ON r27.member_changed TO r27_dba;
REVOKE SELECT ON r27.member_taken FROM r27_app;
GRANT EXECUTE ON FUNCTION r27.member_f(int) TO r27_dba;
REVOKE EXECUTE ON FUNCTION r27.member_g() FROM PUBLIC;
REVOKE USAGE ON SEQUENCE r27.member_s FROM PUBLIC;
GRANT USAGE ON TYPE r27.member_t TO PUBLIC;
ALTER EXTENSION plpgsql DROP TABLE r27.was_member;
-- The role is gone; up to 16 the list of first rights still has its number.
DROP OWNED BY r27_gone;
DROP ROLE r27_gone;

SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_stat_statements') AS has_it \gset
\if :has_it
-- Its script takes the reset function away from PUBLIC and opens its views.
CREATE EXTENSION pg_stat_statements WITH SCHEMA r27;
REVOKE SELECT ON r27.pg_stat_statements FROM PUBLIC;
GRANT SELECT ON r27.pg_stat_statements TO r27_dba;
SELECT format('GRANT EXECUTE ON FUNCTION %s TO r27_dba', oid::regprocedure)
FROM pg_proc WHERE proname = 'pg_stat_statements_reset' AND pronamespace = 'r27'::regnamespace \gexec
\endif
SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_buffercache') AS has_it \gset
\if :has_it
-- It gives rights to pg_monitor, which loses one.
CREATE EXTENSION pg_buffercache;
REVOKE SELECT ON public.pg_buffercache FROM pg_monitor;
GRANT SELECT ON public.pg_buffercache TO r27_dba;
\endif
SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pgstattuple') AS has_it \gset
\if :has_it
-- Left as it is: not one right differs from the first ones.
CREATE EXTENSION pgstattuple WITH SCHEMA r27;
\endif
SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'dblink') AS has_it \gset
\if :has_it
CREATE EXTENSION dblink WITH SCHEMA r27;
GRANT EXECUTE ON FUNCTION r27.dblink_connect_u(text) TO r27_dba;
REVOKE EXECUTE ON FUNCTION r27.dblink_connect(text, text) FROM PUBLIC;
GRANT USAGE ON FOREIGN DATA WRAPPER dblink_fdw TO r27_app;
\endif
SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'postgres_fdw') AS has_it \gset
\if :has_it
CREATE EXTENSION postgres_fdw;
GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO r27_dba WITH GRANT OPTION;
CREATE SERVER r27_nowhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '/nowhere');
GRANT USAGE ON FOREIGN SERVER r27_nowhere TO r27_app;
\endif
SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'amcheck') AS has_it \gset
\if :has_it
CREATE EXTENSION amcheck;
GRANT EXECUTE ON FUNCTION public.bt_index_check(regclass) TO r27_dba;
\endif
