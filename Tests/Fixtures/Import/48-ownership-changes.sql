-- Odd: owners changed after rights were given, so that grantors changed too; owners that are superusers or groups.
CREATE ROLE r48_first;
CREATE ROLE r48_second;
CREATE ROLE r48_app;
CREATE ROLE r48_super SUPERUSER;
CREATE ROLE r48_old;
CREATE SCHEMA r48 AUTHORIZATION r48_first;
GRANT ALL ON SCHEMA r48 TO r48_second, r48_app, r48_old;
SET ROLE r48_first;
-- The new owner has a right of its own already; the two are put together.
CREATE TABLE r48.merged (a int);
GRANT SELECT ON r48.merged TO r48_second WITH GRANT OPTION;
GRANT UPDATE ON r48.merged TO r48_app;
SET ROLE r48_second;
GRANT SELECT ON r48.merged TO r48_app;
RESET ROLE;
ALTER TABLE r48.merged OWNER TO r48_second;
-- To and fro.
SET ROLE r48_first;
CREATE FUNCTION r48.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
REVOKE EXECUTE ON FUNCTION r48.f() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION r48.f() TO r48_app WITH GRANT OPTION;
RESET ROLE;
ALTER FUNCTION r48.f() OWNER TO r48_second;
ALTER FUNCTION r48.f() OWNER TO r48_first;
-- The old owner gets a right back as a guest.
CREATE TABLE r48.guest (a int);
ALTER TABLE r48.guest OWNER TO r48_first;
ALTER TABLE r48.guest OWNER TO r48_super;
GRANT SELECT ON r48.guest TO r48_first WITH GRANT OPTION;
SET ROLE r48_first;
GRANT SELECT ON r48.guest TO r48_app;
RESET ROLE;
-- Everything of one role goes to another, and the role goes away.
SET ROLE r48_old;
CREATE TABLE r48.inherited (a serial);
GRANT SELECT ON r48.inherited TO r48_app WITH GRANT OPTION;
CREATE TYPE r48.inherited_type AS ENUM ('a');
REVOKE USAGE ON TYPE r48.inherited_type FROM PUBLIC;
SET ROLE r48_app;
GRANT SELECT ON r48.inherited TO r48_first;
RESET ROLE;
REASSIGN OWNED BY r48_old TO r48_second;
DROP OWNED BY r48_old;
DROP ROLE r48_old;
-- The schema goes to the one who has the least to do with it.
ALTER SCHEMA r48 OWNER TO r48_app;
-- A role with another name than when it was granted.
CREATE ROLE r48_old_name;
GRANT SELECT ON r48.guest TO r48_old_name;
ALTER DEFAULT PRIVILEGES FOR ROLE r48_old_name GRANT SELECT ON TABLES TO r48_app;
ALTER ROLE r48_old_name RENAME TO "r48 New: name";
SELECT current_database() AS db \gset
ALTER DATABASE :"db" OWNER TO r48_super;
