-- Odd: tables, views and types in public with the names of pg_catalog's, found first by the database's search path.
CREATE ROLE r38_owner;
CREATE ROLE r38_app;
CREATE ROLE r38_real;
DO $do$
DECLARE
  t text;
BEGIN
  -- Copies of the catalogs' columns, without rows: a query by the bare name works and finds nothing.
  FOREACH t IN ARRAY ARRAY[
    'pg_class', 'pg_namespace', 'pg_database', 'pg_authid', 'pg_auth_members', 'pg_proc', 'pg_type',
    'pg_default_acl', 'pg_extension', 'pg_init_privs', 'pg_depend', 'pg_db_role_setting', 'pg_description',
    'pg_shdescription', 'pg_language', 'pg_foreign_server', 'pg_foreign_data_wrapper', 'pg_parameter_acl',
    'pg_largeobject_metadata', 'pg_tablespace', 'pg_settings', 'pg_policy', 'pg_shdepend'] LOOP
    EXECUTE format('CREATE TABLE public.%1$I AS SELECT * FROM pg_catalog.%1$I WITH NO DATA', t);
    EXECUTE format('GRANT SELECT ON public.%I TO r38_app', t);
  END LOOP;
  -- Types that go by the names of the built-in ones.
  FOREACH t IN ARRAY ARRAY['text', 'name', 'oid', 'int4', 'bool', 'aclitem', 'regclass', 'regrole', 'json'] LOOP
    EXECUTE format('CREATE TYPE public.%I AS ENUM (''trap'')', t);
  END LOOP;
END
$do$;
-- Other columns, so that a query by the bare name fails; or rows that lie.
CREATE TABLE public.pg_attribute (nothing pg_catalog.int4);
CREATE VIEW public.pg_roles AS
  SELECT 1::pg_catalog.oid AS oid, 'r38_liar'::pg_catalog.name AS rolname, true AS rolsuper, true AS rolinherit,
    true AS rolcreaterole, true AS rolcreatedb, true AS rolcanlogin, true AS rolreplication, -1 AS rolconnlimit,
    NULL::timestamptz AS rolvaliduntil, true AS rolbypassrls, NULL::pg_catalog.text[] AS rolconfig;
CREATE VIEW public.pg_user AS SELECT 'r38_liar'::pg_catalog.name AS usename;
CREATE SEQUENCE public.pg_shadow;
CREATE TABLE public.json_agg (a pg_catalog.int4);
CREATE TABLE public.aclexplode (grantee pg_catalog.text, privilege_type pg_catalog.text);
GRANT SELECT ON public.json_agg, public.aclexplode TO r38_app;
CREATE MATERIALIZED VIEW public.pg_group AS SELECT 1 AS one;
GRANT SELECT ON public.pg_roles, public.pg_attribute TO PUBLIC;
GRANT SELECT (rolname) ON public.pg_roles TO r38_app WITH GRANT OPTION;
ALTER TABLE public.pg_class OWNER TO r38_owner;
REVOKE ALL ON public.pg_proc FROM CURRENT_USER;
REVOKE USAGE ON TYPE public.text FROM PUBLIC;
GRANT USAGE ON TYPE public.oid TO r38_app;
-- Arguments of the false and of the true type.
CREATE FUNCTION public.r38_f(public.text) RETURNS pg_catalog.int4 LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION public.r38_f(pg_catalog.text) RETURNS pg_catalog.int4 LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION public.r38_f(public.int4, public.oid[]) RETURNS pg_catalog.int4 LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION public.r38_f(pg_catalog.int4, pg_catalog.oid[]) RETURNS pg_catalog.int4 LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION public.r38_f(public.pg_class) RETURNS pg_catalog.int4 LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION public.r38_f(pg_catalog.pg_class) RETURNS pg_catalog.int4 LANGUAGE sql AS 'SELECT 1';
REVOKE EXECUTE ON FUNCTION public.r38_f(public.text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.r38_f(pg_catalog.text) TO r38_app;
REVOKE EXECUTE ON FUNCTION public.r38_f(public.int4, public.oid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.r38_f(pg_catalog.int4, pg_catalog.oid[]) TO r38_app;
REVOKE EXECUTE ON FUNCTION public.r38_f(public.pg_class) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.r38_f(pg_catalog.pg_class) TO r38_app;
SELECT pg_catalog.current_database() AS db \gset
ALTER DATABASE :"db" SET search_path = public, pg_catalog;
