-- Odd: operators and functions in public that take the place of pg_catalog's, because the database's search path has
-- public first; each ends in an error, so that whoever calls one by its bare name learns it.
CREATE ROLE r37_owner;
CREATE ROLE r37_app;
CREATE FUNCTION public.r37_trap() RETURNS boolean LANGUAGE plpgsql
  AS 'BEGIN RAISE EXCEPTION ''r37: something of public was called instead of pg_catalog''; END';
DO $do$
DECLARE
  t text;
  o text;
  sig text;
BEGIN
  -- Operators for the types that catalogs are made of.
  FOREACH t IN ARRAY ARRAY['text', 'name', 'oid', '"char"', 'int4', 'int2', 'int8', 'bool'] LOOP
    EXECUTE format('CREATE FUNCTION public.r37_trap(pg_catalog.%1$s, pg_catalog.%1$s) RETURNS boolean LANGUAGE sql '
                   || 'AS ''SELECT public.r37_trap()''', t);
    FOREACH o IN ARRAY ARRAY['=', '<>', '<', '>'] LOOP
      EXECUTE format('CREATE OPERATOR public.%1$s (LEFTARG = pg_catalog.%2$s, RIGHTARG = pg_catalog.%2$s, '
                     || 'FUNCTION = public.r37_trap)', o, t);
    END LOOP;
  END LOOP;
  FOREACH o IN ARRAY ARRAY['~', '~~', '!~', '!~~', '||', '~*'] LOOP
    EXECUTE format('CREATE OPERATOR public.%s (LEFTARG = text, RIGHTARG = text, FUNCTION = public.r37_trap)', o);
  END LOOP;
  -- Pairs that fit a catalog's column better than what pg_catalog has.
  CREATE FUNCTION public.r37_trap(name, text) RETURNS boolean LANGUAGE sql AS 'SELECT public.r37_trap()';
  CREATE FUNCTION public.r37_trap(oid, int) RETURNS boolean LANGUAGE sql AS 'SELECT public.r37_trap()';
  CREATE FUNCTION public.r37_trap("char", text) RETURNS boolean LANGUAGE sql AS 'SELECT public.r37_trap()';
  CREATE FUNCTION public.r37_trap(oid, regclass) RETURNS boolean LANGUAGE sql AS 'SELECT public.r37_trap()';
  CREATE OPERATOR public.= (LEFTARG = name, RIGHTARG = text, FUNCTION = public.r37_trap);
  CREATE OPERATOR public.= (LEFTARG = oid, RIGHTARG = int, FUNCTION = public.r37_trap);
  CREATE OPERATOR public.= (LEFTARG = "char", RIGHTARG = text, FUNCTION = public.r37_trap);
  CREATE OPERATOR public.= (LEFTARG = oid, RIGHTARG = regclass, FUNCTION = public.r37_trap);
  CREATE OPERATOR public.<> (LEFTARG = name, RIGHTARG = text, FUNCTION = public.r37_trap);
  -- Functions with the arguments of pg_catalog's; the last word is what they return.
  FOREACH sig IN ARRAY ARRAY[
    'lower(text) text', 'upper(text) text', 'length(text) int', 'concat(text) text', 'version() text',
    'replace(text, text, text) text', 'format(text, text) text', 'format(text) text', 'quote_ident(text) text',
    'quote_literal(text) text', 'quote_nullable(text) text', 'btrim(text) text', 'left(text, int) text',
    'starts_with(text, text) boolean', 'split_part(text, text, int) text', 'now() timestamptz',
    'current_database() name', 'current_schemas(boolean) name[]', 'current_setting(text) text',
    'current_setting(text, boolean) text', 'set_config(text, text, boolean) text', 'pg_get_userbyid(oid) name',
    'format_type(oid, int) text', 'obj_description(oid, name) text', 'shobj_description(oid, name) text',
    'col_description(oid, int) text', 'pg_get_function_identity_arguments(oid) text',
    'pg_get_function_arguments(oid) text', 'pg_get_expr(pg_node_tree, oid) text', 'acldefault("char", oid) aclitem[]',
    'aclexplode(aclitem[]) record', 'pg_encoding_to_char(int) name', 'pg_describe_object(oid, oid, int) text',
    'has_database_privilege(name, text) boolean', 'has_database_privilege(oid, text) boolean',
    'pg_has_role(name, text) boolean', 'pg_is_in_recovery() boolean', 'pg_backend_pid() int',
    'array_to_string(anyarray, text) text', 'cardinality(anyarray) int', 'array_length(anyarray, int) int',
    'unnest(anyarray) anyelement', 'generate_subscripts(anyarray, int) int', 'generate_series(int, int) int',
    'to_json(anyelement) json', 'row_to_json(record) json',
    'jsonb_build_object(text, text) jsonb', 'json_agg(anyelement) json', 'jsonb_agg(anyelement) jsonb',
    'array_agg(anyelement) anyarray', 'array_agg(anynonarray) anyarray', 'string_agg(text, text) text',
    'count(int) bigint', 'max(oid) oid', 'min(oid) oid', 'bool_or(boolean) boolean',
    'text(name) text', 'pg_identify_object(oid, oid, int) record', 'to_regclass(text) regclass',
    'pg_table_is_visible(oid) boolean', 'pg_tablespace_location(oid) text', 'encode(bytea, text) text'] LOOP
    EXECUTE format('CREATE FUNCTION public.%s RETURNS %s LANGUAGE plpgsql AS %L',
                   left(sig, length(sig) - strpos(reverse(sig), ' ')), right(sig, strpos(reverse(sig), ' ') - 1),
                   'BEGIN RAISE EXCEPTION ''r37: something of public was called instead of pg_catalog''; END');
  END LOOP;
END
$do$;
-- An aggregate that takes the place of count(*).
CREATE FUNCTION public.r37_count(bigint) RETURNS bigint LANGUAGE plpgsql
  AS 'BEGIN RAISE EXCEPTION ''r37: count of public was called instead of pg_catalog''; END';
CREATE AGGREGATE public.count(*) (SFUNC = public.r37_count, STYPE = bigint, INITCOND = '0');
-- Casts that make many expressions mean two things; people made them to ease the way from 8.2.
CREATE CAST (integer AS text) WITH INOUT AS IMPLICIT;
CREATE CAST (bigint AS text) WITH INOUT AS IMPLICIT;
CREATE CAST (oid AS text) WITH INOUT AS IMPLICIT;
CREATE TYPE public.r37_pair AS (a text, b text);
CREATE CAST (text AS public.r37_pair) WITH INOUT AS IMPLICIT;
CREATE CAST (name AS public.r37_pair) WITH INOUT AS ASSIGNMENT;
-- Rights on them, as on anything else.
GRANT EXECUTE ON FUNCTION public.lower(text) TO r37_app WITH GRANT OPTION;
REVOKE EXECUTE ON FUNCTION public.unnest(anyarray) FROM PUBLIC;
ALTER FUNCTION public.aclexplode(aclitem[]) OWNER TO r37_owner;
CREATE TABLE public.r37_t (a int);
GRANT SELECT ON public.r37_t TO r37_app;
SELECT pg_catalog.current_database() AS db \gset
ALTER DATABASE :"db" SET search_path = public, pg_catalog;
