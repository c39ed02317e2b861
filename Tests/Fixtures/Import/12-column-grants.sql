-- Odd: rights on columns only, on system columns, on a dropped column, with a grant option, next to table rights.
CREATE ROLE r12_owner;
CREATE ROLE r12_a;
CREATE ROLE r12_b;
CREATE ROLE r12_c;
CREATE SCHEMA r12 AUTHORIZATION r12_owner;
GRANT USAGE ON SCHEMA r12 TO PUBLIC;
SET ROLE r12_owner;
CREATE TABLE r12.person (id int, name text, "e-Mail: x" text, salary int, gone int, "a,b" int, "say ""hi""" int);
GRANT SELECT (id, name) ON r12.person TO PUBLIC;
GRANT SELECT (salary), UPDATE (salary) ON r12.person TO r12_a WITH GRANT OPTION;
GRANT INSERT ("e-Mail: x", "a,b", "say ""hi"""), REFERENCES (id) ON r12.person TO r12_b;
GRANT ALL (name) ON r12.person TO r12_c;
GRANT SELECT (gone) ON r12.person TO r12_b, r12_c;
ALTER TABLE r12.person DROP COLUMN gone;
-- A column and the whole table at once.
GRANT SELECT, DELETE ON r12.person TO r12_c;
GRANT SELECT (tableoid, ctid, xmin) ON r12.person TO r12_a;
SET ROLE r12_a;
GRANT SELECT (salary) ON r12.person TO r12_b;
GRANT UPDATE (salary) ON r12.person TO r12_c WITH GRANT OPTION;
SET ROLE r12_c;
GRANT UPDATE (salary) ON r12.person TO r12_b;
SET ROLE r12_owner;
-- Granted and taken back: the column's list of rights is there and empty.
GRANT SELECT ("a,b") ON r12.person TO r12_a;
REVOKE SELECT ("a,b") ON r12.person FROM r12_a;
-- The owner has no right on the table, but on one column.
CREATE TABLE r12.turned (a int, b int);
REVOKE ALL ON r12.turned FROM r12_owner;
GRANT SELECT (a) ON r12.turned TO r12_owner;
-- Columns of a view, a materialized view and a partitioned table.
CREATE VIEW r12.v AS SELECT id, name FROM r12.person;
GRANT SELECT (id), UPDATE (name) ON r12.v TO r12_a;
CREATE MATERIALIZED VIEW r12.m AS SELECT 1 AS one, 2 AS two;
GRANT SELECT (two) ON r12.m TO r12_b;
CREATE TABLE r12.p (k int, v int) PARTITION BY HASH (k);
CREATE TABLE r12.p0 PARTITION OF r12.p FOR VALUES WITH (MODULUS 1, REMAINDER 0);
GRANT SELECT (k) ON r12.p TO r12_a;
GRANT SELECT (v) ON r12.p0 TO r12_a;
-- Many columns, each for somebody else.
RESET ROLE;
DO $do$
BEGIN
  EXECUTE (SELECT format('CREATE TABLE r12.wide (%s)', string_agg(format('c%s int', n), ', ' ORDER BY n))
           FROM generate_series(1, 300) n);
  FOR n IN 1..300 LOOP
    EXECUTE format('GRANT %s (c%s) ON r12.wide TO %I', (ARRAY['SELECT', 'INSERT', 'UPDATE', 'REFERENCES'])[n % 4 + 1],
                   n, (ARRAY['r12_a', 'r12_b', 'r12_c'])[n % 3 + 1]);
  END LOOP;
END
$do$;
