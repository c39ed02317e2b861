-- Odd: what a tool for roles and rights leaves alone, with owners and rights all the same: tablespaces, publications,
-- collations, conversions, operators, text search, statistics, triggers.
CREATE ROLE r50_owner SUPERUSER;
CREATE ROLE r50_app;
CREATE SCHEMA "r50: odd" AUTHORIZATION r50_owner;
-- Inside the server's own folder.
SET allow_in_place_tablespaces = on;
CREATE TABLESPACE "r50 Space: #1" OWNER r50_owner LOCATION '';
RESET allow_in_place_tablespaces;
GRANT CREATE ON TABLESPACE "r50 Space: #1" TO r50_app WITH GRANT OPTION;
GRANT CREATE ON TABLESPACE pg_default TO r50_app;
ALTER TABLESPACE "r50 Space: #1" SET (random_page_cost = 1.5);
ALTER ROLE r50_app SET temp_tablespaces = "r50 Space: #1", pg_default;
CREATE DATABASE r50_in_space TEMPLATE template0 ENCODING 'UTF8' TABLESPACE "r50 Space: #1" OWNER r50_owner;
SET ROLE r50_owner;
CREATE TABLE "r50: odd".t (a int, b int) TABLESPACE "r50 Space: #1";
GRANT SELECT ON "r50: odd".t TO r50_app;
CREATE INDEX ON "r50: odd".t (a);
CREATE STATISTICS "r50: odd".s ON a, b FROM "r50: odd".t;
CREATE COLLATION "r50: odd".c FROM "C";
CREATE TEXT SEARCH DICTIONARY "r50: odd".d (TEMPLATE = simple);
CREATE TEXT SEARCH CONFIGURATION "r50: odd".conf (COPY = simple);
CREATE FUNCTION "r50: odd".f(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE OPERATOR "r50: odd".@#@ (LEFTARG = int, RIGHTARG = int, FUNCTION = "r50: odd".f);
CREATE CONVERSION "r50: odd".conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE FUNCTION "r50: odd".tg() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER tg BEFORE INSERT ON "r50: odd".t FOR EACH ROW EXECUTE FUNCTION "r50: odd".tg();
SET client_min_messages = error;
CREATE PUBLICATION "r50 Pub: all" FOR ALL TABLES;
CREATE PUBLICATION r50_pub FOR TABLE "r50: odd".t WHERE (a > 0), TABLES IN SCHEMA public;
RESET client_min_messages;
RESET ROLE;
