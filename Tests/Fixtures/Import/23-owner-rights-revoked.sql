-- Odd: owners without rights on their own objects, and lists of rights that are there but empty.
CREATE ROLE r23_owner;
CREATE ROLE r23_other;
SELECT current_database() AS db \gset
CREATE SCHEMA r23 AUTHORIZATION r23_owner;
CREATE SCHEMA r23_empty AUTHORIZATION r23_owner;
CREATE SCHEMA r23_half AUTHORIZATION r23_owner;
SET ROLE r23_owner;
CREATE TABLE r23.empty (a int);
CREATE TABLE r23.read_only (a int);
CREATE TABLE r23.only_other (a int);
CREATE TABLE r23.no_option (a int);
CREATE TABLE r23.only_public (a int);
CREATE VIEW r23.v AS SELECT 1 AS one;
CREATE SEQUENCE r23.s;
CREATE FUNCTION r23.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION r23.only_public() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TYPE r23.e AS ENUM ('a');
CREATE DOMAIN r23.d AS int;
REVOKE ALL ON r23.empty FROM r23_owner;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON r23.read_only FROM r23_owner;
REVOKE ALL ON r23.only_other FROM r23_owner;
GRANT SELECT ON r23.only_other TO r23_other;
-- An owner always may grant; taking the option away changes nothing that counts.
GRANT SELECT ON r23.no_option TO r23_owner WITH GRANT OPTION;
REVOKE GRANT OPTION FOR SELECT ON r23.no_option FROM r23_owner;
GRANT SELECT ON r23.only_public TO PUBLIC;
REVOKE ALL ON r23.only_public FROM r23_owner;
REVOKE ALL ON r23.v, r23.s FROM r23_owner;
REVOKE ALL ON FUNCTION r23.f() FROM PUBLIC, r23_owner;
REVOKE ALL ON FUNCTION r23.only_public() FROM r23_owner;
REVOKE ALL ON TYPE r23.e FROM PUBLIC, r23_owner;
REVOKE ALL ON TYPE r23.d FROM r23_owner;
REVOKE ALL ON SCHEMA r23_empty FROM r23_owner;
REVOKE CREATE ON SCHEMA r23_half FROM r23_owner;
GRANT CREATE ON SCHEMA r23_half TO r23_other;
RESET ROLE;
-- The database itself: nobody has any right, so only superusers get in.
ALTER DATABASE :"db" OWNER TO r23_owner;
REVOKE ALL ON DATABASE :"db" FROM PUBLIC, r23_owner;
-- The same for what the superuser of this script owns.
CREATE TABLE r23.by_superuser (a int);
REVOKE ALL ON r23.by_superuser FROM CURRENT_USER;
CREATE TABLE r23.by_superuser_half (a int);
REVOKE DELETE ON r23.by_superuser_half FROM CURRENT_USER;
GRANT DELETE ON r23.by_superuser_half TO r23_other;
