-- Odd: functions with the same name and other arguments: variadic, defaults, OUT, TABLE, polymorphic, arrays, types of
-- other schemas, quoted type names; each has other rights.
CREATE ROLE r14_owner;
CREATE ROLE r14_a;
CREATE ROLE r14_b;
CREATE SCHEMA r14 AUTHORIZATION r14_owner;
CREATE SCHEMA "r14 Types" AUTHORIZATION r14_owner;
CREATE SCHEMA "r14.dot""quote" AUTHORIZATION r14_owner;
GRANT USAGE ON SCHEMA r14, "r14 Types" TO PUBLIC;
SET ROLE r14_owner;
CREATE TYPE "r14 Types"."My Type" AS (a int, b text);
CREATE TYPE "r14 Types"."text" AS ENUM ('x', 'y');
CREATE TYPE "r14.dot""quote"."t(x), y" AS ENUM ('1');
CREATE DOMAIN "r14 Types"."integer" AS numeric(10, 2);
CREATE DOMAIN "r14.dot""quote"."A.B" AS varchar(5)[];
CREATE TYPE r14.span AS RANGE (SUBTYPE = float8, MULTIRANGE_TYPE_NAME = r14."Spans: many");
CREATE TABLE r14."Row" (id int);

CREATE FUNCTION r14.f() RETURNS int LANGUAGE sql AS 'SELECT 0';
CREATE FUNCTION r14.f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION r14.f(bigint) RETURNS int LANGUAGE sql AS 'SELECT 2';
CREATE FUNCTION r14.f(int, VARIADIC text[]) RETURNS int LANGUAGE sql AS 'SELECT 3';
CREATE FUNCTION r14.f(VARIADIC "rest" int[]) RETURNS int LANGUAGE sql AS 'SELECT 4';
CREATE FUNCTION r14.f(a text, b text DEFAULT 'it''s, (b) = "x"', c timestamptz DEFAULT now()) RETURNS int
  LANGUAGE sql AS 'SELECT 5';
CREATE FUNCTION r14.f(a date, OUT x int, OUT "y z" text) LANGUAGE sql AS 'SELECT 6, ''''';
CREATE FUNCTION r14.f(INOUT a inet, OUT b int) LANGUAGE sql AS 'SELECT a, 7';
CREATE FUNCTION r14.f(a uuid) RETURNS TABLE (x int, "select" text) LANGUAGE sql AS 'SELECT 8, ''''';
CREATE FUNCTION r14.f(anyelement, anyarray) RETURNS anyelement LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION r14.f(anycompatible, VARIADIC anycompatiblearray) RETURNS int LANGUAGE sql AS 'SELECT 9';
CREATE FUNCTION r14.f("user" timestamp with time zone, "select" time without time zone, "a b" interval) RETURNS int
  LANGUAGE sql AS 'SELECT 10';
CREATE FUNCTION r14.f("char", char, varchar, bpchar, bit, varbit, name) RETURNS int LANGUAGE sql AS 'SELECT 11';
CREATE FUNCTION r14.f(float4, float8, numeric, money, bool) RETURNS int LANGUAGE sql AS 'SELECT 12';
CREATE FUNCTION r14.f("r14 Types"."My Type") RETURNS int LANGUAGE sql AS 'SELECT 13';
CREATE FUNCTION r14.f("r14 Types"."text") RETURNS int LANGUAGE sql AS 'SELECT 14';
CREATE FUNCTION r14.f("r14 Types"."integer", "r14.dot""quote"."t(x), y"[], "r14.dot""quote"."A.B") RETURNS int
  LANGUAGE sql AS 'SELECT 15';
CREATE FUNCTION r14.f(r14."Row", r14."Row"[], plain int DEFAULT 1) RETURNS SETOF r14."Row" LANGUAGE sql
  AS 'SELECT $1';
CREATE FUNCTION r14.f(r14.span, r14."Spans: many") RETURNS int LANGUAGE sql AS 'SELECT 16';
CREATE FUNCTION r14.f(int[], text[][]) RETURNS int LANGUAGE sql AS 'SELECT 17';
CREATE FUNCTION r14.f(regclass, oid, json, jsonb, xml, tsvector, point, macaddr) RETURNS int
  LANGUAGE sql AS 'SELECT 18';
CREATE FUNCTION r14."F"(int) RETURNS int LANGUAGE sql AS 'SELECT 19';
CREATE FUNCTION r14."f(int)"(int) RETURNS int LANGUAGE sql AS 'SELECT 20';
CREATE FUNCTION r14."f(int), r14.f"() RETURNS int LANGUAGE sql AS 'SELECT 21';
CREATE FUNCTION r14.on_row() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE FUNCTION r14.refc(refcursor) RETURNS refcursor LANGUAGE plpgsql AS 'BEGIN RETURN $1; END';
RESET ROLE;
CREATE FUNCTION r14.on_event() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE FUNCTION r14.window_number() RETURNS bigint LANGUAGE internal WINDOW AS 'window_row_number';
CREATE FUNCTION r14.takes_any(VARIADIC "any") RETURNS bigint LANGUAGE internal IMMUTABLE AS 'hashcharextended';
CREATE FUNCTION r14.takes_internal(internal) RETURNS internal LANGUAGE internal AS 'int8_avg_combine';
DO $do$
DECLARE
  -- a hundred arguments, the most there can be
  many text := (SELECT string_agg(format('a%s int', n), ', ' ORDER BY n) FROM generate_series(1, 100) n);
  f record;
  n int := 0;
BEGIN
  EXECUTE format('CREATE FUNCTION r14.many(%s) RETURNS int LANGUAGE sql AS ''SELECT 1''', many);
  -- Turn by turn: revoked and granted; granted with an option; untouched; open and granted too.
  FOR f IN SELECT oid::regprocedure AS sig FROM pg_proc WHERE pronamespace = 'r14'::regnamespace ORDER BY oid LOOP
    n := n + 1;
    CASE n % 4
      WHEN 0 THEN
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f.sig);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO r14_a', f.sig);
      WHEN 1 THEN
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f.sig);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO r14_a WITH GRANT OPTION', f.sig);
      WHEN 2 THEN
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO r14_b', f.sig);
      ELSE NULL;
    END CASE;
  END LOOP;
END
$do$;
-- These two differ only in which "text" they take.
REVOKE EXECUTE ON FUNCTION r14.f("r14 Types"."text") FROM PUBLIC;
CREATE FUNCTION r14.g(pg_catalog.text) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION r14.g("r14 Types"."text") RETURNS int LANGUAGE sql AS 'SELECT 2';
GRANT EXECUTE ON FUNCTION r14.g("r14 Types"."text") TO r14_a;
GRANT EXECUTE ON FUNCTION r14.g(pg_catalog.text) TO r14_b;
GRANT EXECUTE ON FUNCTION r14.f(int) TO r14_a WITH GRANT OPTION;
SET ROLE r14_a;
GRANT EXECUTE ON FUNCTION r14.f(int) TO r14_b;
RESET ROLE;
-- Called like the signature of another one, with other rights.
CREATE FUNCTION r14."f(bigint)"() RETURNS int LANGUAGE sql AS 'SELECT 22';
GRANT EXECUTE ON FUNCTION r14."f(bigint)"() TO r14_b;
GRANT EXECUTE ON FUNCTION r14.f(bigint) TO r14_a WITH GRANT OPTION;
