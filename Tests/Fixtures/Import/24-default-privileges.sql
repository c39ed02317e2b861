-- Odd: default privileges of several creators, for one schema, for all of them, and for both at once, on every kind.
CREATE ROLE r24_maker;
CREATE ROLE "r24 Maker: ""two""";
CREATE ROLE r24_reader;
CREATE ROLE r24_writer;
CREATE SCHEMA r24_one;
CREATE SCHEMA "r24 Two: #2";
GRANT ALL ON SCHEMA r24_one, "r24 Two: #2" TO r24_maker, "r24 Maker: ""two""";
-- Made before the defaults: has none of them.
CREATE TABLE r24_one.before (a int);
ALTER TABLE r24_one.before OWNER TO r24_maker;
-- Everywhere.
ALTER DEFAULT PRIVILEGES FOR ROLE r24_maker GRANT SELECT ON TABLES TO r24_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE r24_maker GRANT USAGE ON SEQUENCES TO r24_reader WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES FOR ROLE r24_maker GRANT EXECUTE ON ROUTINES TO r24_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE r24_maker GRANT USAGE ON TYPES TO r24_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE r24_maker GRANT USAGE, CREATE ON SCHEMAS TO r24_writer;
-- In one schema; partly the same rights as everywhere.
ALTER DEFAULT PRIVILEGES FOR ROLE r24_maker IN SCHEMA r24_one GRANT SELECT, INSERT ON TABLES TO r24_reader, r24_writer;
ALTER DEFAULT PRIVILEGES FOR ROLE r24_maker IN SCHEMA r24_one GRANT ALL ON SEQUENCES TO r24_writer;
ALTER DEFAULT PRIVILEGES FOR ROLE r24_maker IN SCHEMA r24_one GRANT EXECUTE ON FUNCTIONS TO r24_writer;
ALTER DEFAULT PRIVILEGES FOR ROLE r24_maker IN SCHEMA r24_one GRANT USAGE ON TYPES TO r24_writer WITH GRANT OPTION;
-- Two creators, two schemas, one statement.
ALTER DEFAULT PRIVILEGES FOR ROLE r24_maker, "r24 Maker: ""two""" IN SCHEMA r24_one, "r24 Two: #2"
  GRANT UPDATE, DELETE ON TABLES TO r24_writer WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES FOR ROLE "r24 Maker: ""two""" GRANT SELECT ON TABLES TO PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE "r24 Maker: ""two""" GRANT USAGE ON SCHEMAS TO PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE "r24 Maker: ""two""" GRANT SELECT ON SEQUENCES TO PUBLIC;
-- Of the superuser that runs this, without and with a schema, and to a predefined role.
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO r24_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO pg_monitor;
-- Of a role that everybody who owns the database stands for.
ALTER DEFAULT PRIVILEGES FOR ROLE pg_database_owner IN SCHEMA public GRANT SELECT ON TABLES TO r24_reader;
-- To the creator itself, which says nothing new everywhere, and is written down in a schema.
ALTER DEFAULT PRIVILEGES FOR ROLE r24_writer GRANT ALL ON TABLES TO r24_writer;
ALTER DEFAULT PRIVILEGES FOR ROLE r24_writer IN SCHEMA r24_one GRANT SELECT ON TABLES TO r24_writer;
-- Granted and taken back: no row may be left.
ALTER DEFAULT PRIVILEGES FOR ROLE r24_reader IN SCHEMA r24_one GRANT SELECT ON TABLES TO PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE r24_reader IN SCHEMA r24_one REVOKE SELECT ON TABLES FROM PUBLIC;
-- Objects that got their rights by these defaults, not by any GRANT.
SET ROLE r24_maker;
CREATE TABLE r24_one.t (a serial);
CREATE SEQUENCE "r24 Two: #2".s;
CREATE FUNCTION r24_one.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE "r24 Two: #2".p() LANGUAGE sql AS 'SELECT 1';
CREATE DOMAIN r24_one.d AS int;
SET ROLE "r24 Maker: ""two""";
CREATE TABLE "r24 Two: #2".t (a int);
RESET ROLE;
-- One that lost what the defaults gave it.
SET ROLE r24_maker;
CREATE TABLE r24_one.taken_back (a int);
REVOKE ALL ON r24_one.taken_back FROM r24_reader, r24_writer;
RESET ROLE;

SELECT current_setting('server_version_num')::int >= 170000 AS pg17 \gset
\if :pg17
ALTER DEFAULT PRIVILEGES FOR ROLE "r24 Maker: ""two""" GRANT MAINTAIN ON TABLES TO r24_writer;
\endif
