-- Odd: databases in LATIN1 and SQL_ASCII on the same server, with names outside ASCII and rights in them.
CREATE ROLE r49_owner;
CREATE ROLE r49_app;
CREATE DATABASE r49_latin1 OWNER r49_owner TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C';
CREATE DATABASE r49_sql_ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' CONNECTION LIMIT 4;
CREATE DATABASE r49_c TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C';
GRANT CREATE ON DATABASE r49_latin1, r49_sql_ascii, r49_c TO r49_app;
\connect r49_latin1
SET client_encoding = 'UTF8';
CREATE SCHEMA "Größe: ""é""" AUTHORIZATION r49_owner;
CREATE TABLE "Größe: ""é"""."Tür" ("Öl" int);
GRANT USAGE ON SCHEMA "Größe: ""é""" TO r49_app;
GRANT SELECT ("Öl"), UPDATE ON "Größe: ""é"""."Tür" TO r49_app;
COMMENT ON SCHEMA "Größe: ""é""" IS 'groß: ±½';
\connect r49_sql_ascii
SET client_encoding = 'UTF8';
CREATE SCHEMA "漢字" AUTHORIZATION r49_owner;
GRANT USAGE ON SCHEMA "漢字" TO r49_app WITH GRANT OPTION;
