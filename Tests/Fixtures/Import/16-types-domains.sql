-- Odd: rights on types of every kind: composite, enum, range, domain over domain, base type; some revoked from PUBLIC.
CREATE ROLE r16_owner;
CREATE ROLE r16_a;
CREATE ROLE r16_b;
CREATE SCHEMA r16 AUTHORIZATION r16_owner;
CREATE SCHEMA "r16 Other.schema" AUTHORIZATION r16_owner;
GRANT USAGE ON SCHEMA r16 TO PUBLIC;
SET ROLE r16_owner;
CREATE TYPE r16.pair AS (a int, b int);
CREATE TYPE r16.empty AS ();
CREATE TYPE r16.mood AS ENUM ('it''s ok', 'so: so', 'ça va');
CREATE TYPE r16.no_mood AS ENUM ();
CREATE DOMAIN r16.positive AS int CHECK (VALUE > 0);
CREATE DOMAIN r16.small AS r16.positive CHECK (VALUE < 10);
CREATE DOMAIN r16.many AS r16.mood[];
CREATE TYPE "r16 Other.schema"."Range ""x""" AS RANGE (SUBTYPE = numeric);
-- These names take the ones that PostgreSQL would give to array types, so that those get other names.
CREATE TYPE r16._taken AS ENUM ('a');
CREATE TYPE r16.taken AS ENUM ('b');
CREATE TYPE r16."integer" AS ENUM ('c');
CREATE TYPE r16."Mood[]" AS ENUM ('d');
REVOKE USAGE ON TYPE r16.pair FROM PUBLIC;
GRANT USAGE ON TYPE r16.pair TO r16_a WITH GRANT OPTION;
REVOKE USAGE ON TYPE r16.mood FROM PUBLIC, r16_owner;
GRANT USAGE ON TYPE r16.mood TO r16_b;
GRANT USAGE ON TYPE r16.no_mood TO r16_a;
REVOKE ALL ON DOMAIN r16.positive FROM PUBLIC;
GRANT USAGE ON DOMAIN r16.positive TO r16_a, r16_b;
-- The same by the word TYPE instead of DOMAIN.
REVOKE USAGE ON TYPE r16.small FROM PUBLIC;
REVOKE USAGE ON TYPE "r16 Other.schema"."Range ""x""" FROM PUBLIC;
GRANT USAGE ON TYPE "r16 Other.schema"."Range ""x""" TO r16_b;
REVOKE USAGE ON TYPE r16._taken FROM PUBLIC;
GRANT USAGE ON TYPE r16.taken TO r16_a;
REVOKE USAGE ON TYPE r16."integer" FROM PUBLIC;
GRANT USAGE ON TYPE r16."Mood[]" TO r16_b;
-- Nobody but its owner, whose right was taken away and given back.
REVOKE ALL ON TYPE r16.empty FROM PUBLIC, r16_owner;
GRANT USAGE ON TYPE r16.empty TO r16_owner;
SET ROLE r16_a;
GRANT USAGE ON TYPE r16.pair TO r16_b;
RESET ROLE;
-- A base type, borrowing the functions of text.
SET client_min_messages = warning;
CREATE TYPE r16.label;
CREATE FUNCTION r16.label_in(cstring) RETURNS r16.label LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION r16.label_out(r16.label) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE r16.label (INPUT = r16.label_in, OUTPUT = r16.label_out, LIKE = text);
RESET client_min_messages;
GRANT USAGE ON TYPE r16.label TO r16_a;
REVOKE USAGE ON TYPE r16.label FROM PUBLIC;
-- A shell: named and never defined.
CREATE TYPE r16.shell;
-- Types of tables have no rights of their own.
CREATE TABLE r16.rows (p r16.pair, m r16.mood, s r16.small);
