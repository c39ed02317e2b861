-- Odd: extensions in schemas with odd names, in old versions, moved, pulled in by others, and owned by a non-superuser.
CREATE ROLE r28_dev;
SELECT current_database() AS db \gset
GRANT CREATE ON DATABASE :"db" TO r28_dev;
CREATE SCHEMA "r28 Ext: #1" AUTHORIZATION r28_dev;
CREATE SCHEMA "r28 Moved/100%";
CREATE SCHEMA "R28";
COMMENT ON EXTENSION plpgsql IS 'another remark: "own" one';

SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'hstore') AS has_it \gset
\if :has_it
-- A trusted extension: made by a role that is no superuser.
SET ROLE r28_dev;
CREATE EXTENSION hstore WITH SCHEMA "r28 Ext: #1";
RESET ROLE;
REVOKE USAGE ON TYPE "r28 Ext: #1".hstore FROM PUBLIC;
GRANT USAGE ON TYPE "r28 Ext: #1".hstore TO r28_dev WITH GRANT OPTION;
\endif
SELECT EXISTS (SELECT FROM pg_available_extension_versions WHERE name = 'pg_trgm' AND version = '1.3') AS has_it \gset
\if :has_it
CREATE EXTENSION pg_trgm WITH SCHEMA "R28" VERSION '1.3';
\endif
SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'citext') AS has_it \gset
\if :has_it
CREATE EXTENSION citext;
ALTER EXTENSION citext SET SCHEMA "r28 Moved/100%";
CREATE TABLE public.r28_mail (address "r28 Moved/100%".citext);
CREATE FUNCTION public.r28_f("r28 Moved/100%".citext) RETURNS int LANGUAGE sql AS 'SELECT 1';
REVOKE EXECUTE ON FUNCTION public.r28_f("r28 Moved/100%".citext) FROM PUBLIC;
\endif
SELECT count(*) = 2 AS has_it FROM pg_available_extensions WHERE name IN ('cube', 'earthdistance') \gset
\if :has_it
SET client_min_messages = warning;
CREATE EXTENSION earthdistance WITH SCHEMA public CASCADE;
RESET client_min_messages;
\endif
SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'btree_gist') AS has_it \gset
\if :has_it
CREATE EXTENSION btree_gist WITH SCHEMA pg_catalog;
\endif
SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'uuid-ossp') AS has_it \gset
\if :has_it
-- Its name needs quoting.
CREATE EXTENSION "uuid-ossp" WITH SCHEMA "R28";
\endif
SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'file_fdw') AS has_it \gset
\if :has_it
CREATE EXTENSION file_fdw WITH SCHEMA "R28";
COMMENT ON EXTENSION file_fdw IS NULL;
\endif
SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector') AS has_it \gset
\if :has_it
-- No contrib module, but on some servers without contrib the only other extension.
CREATE EXTENSION vector WITH SCHEMA "r28 Ext: #1";
REVOKE USAGE ON TYPE "r28 Ext: #1".vector FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION "r28 Ext: #1".vector_norm("r28 Ext: #1".vector) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "r28 Ext: #1".vector_norm("r28 Ext: #1".vector) TO r28_dev WITH GRANT OPTION;
\endif
SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'unaccent') AS has_it \gset
\if :has_it
-- The schema belongs to the extension, not the other way round.
CREATE SCHEMA r28_inside;
CREATE EXTENSION unaccent;
ALTER EXTENSION unaccent ADD SCHEMA r28_inside;
CREATE TABLE r28_inside.t (a int);
GRANT USAGE ON SCHEMA r28_inside TO r28_dev;
GRANT SELECT ON r28_inside.t TO r28_dev;
\endif
