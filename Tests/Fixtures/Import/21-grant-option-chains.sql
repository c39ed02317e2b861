-- Odd: rights passed on from non-owner to non-owner, against the alphabet, on every kind of object; one role has the
-- same right from two grantors; some grantors hold the option only through a membership.
CREATE ROLE r21_owner;
CREATE ROLE r21_z;
CREATE ROLE r21_y;
CREATE ROLE r21_x;
CREATE ROLE r21_w;
CREATE ROLE r21_through_z;
GRANT r21_z TO r21_through_z;
SELECT current_database() AS db \gset
ALTER DATABASE :"db" OWNER TO r21_owner;
CREATE SCHEMA r21 AUTHORIZATION r21_owner;
GRANT USAGE ON SCHEMA r21 TO PUBLIC;
SELECT lo_create(2100001);
ALTER LARGE OBJECT 2100001 OWNER TO r21_owner;
CREATE FOREIGN DATA WRAPPER r21_fdw;
CREATE SERVER r21_server FOREIGN DATA WRAPPER r21_fdw;
ALTER SERVER r21_server OWNER TO r21_owner;
SET ROLE r21_owner;
CREATE TABLE r21.t (a int, b int);
CREATE TABLE r21.both (a int);
CREATE VIEW r21.v AS SELECT 1 AS one;
CREATE SEQUENCE r21.s;
CREATE FUNCTION r21.f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE r21.p() LANGUAGE sql AS 'SELECT 1';
CREATE TYPE r21.e AS ENUM ('a');
CREATE DOMAIN r21.d AS int;
CREATE SCHEMA r21_s2;
RESET ROLE;
-- One line for each object: the right, and the object as GRANT names it.
CREATE TEMP TABLE chain (ord int GENERATED ALWAYS AS IDENTITY, what text);
INSERT INTO chain (what) VALUES
  ('SELECT ON r21.t'), ('INSERT, UPDATE ON r21.t'), ('UPDATE (b) ON r21.t'), ('SELECT ON r21.v'),
  ('USAGE ON SEQUENCE r21.s'), ('EXECUTE ON FUNCTION r21.f(int)'), ('EXECUTE ON PROCEDURE r21.p()'),
  ('USAGE ON TYPE r21.e'), ('USAGE ON DOMAIN r21.d'), ('USAGE, CREATE ON SCHEMA r21_s2'),
  ('USAGE ON LANGUAGE plpgsql'), ('USAGE ON FOREIGN DATA WRAPPER r21_fdw'), ('USAGE ON FOREIGN SERVER r21_server'),
  ('SELECT ON LARGE OBJECT 2100001'), ('SET ON PARAMETER log_error_verbosity'),
  (format('CREATE, TEMPORARY ON DATABASE %I', current_database()));
DO $do$
DECLARE
  c record;
BEGIN
  FOR c IN SELECT what FROM chain ORDER BY ord LOOP
    EXECUTE format('GRANT %s TO r21_z WITH GRANT OPTION', c.what);
    SET LOCAL ROLE r21_z;
    EXECUTE format('GRANT %s TO r21_y WITH GRANT OPTION', c.what);
    SET LOCAL ROLE r21_y;
    EXECUTE format('GRANT %s TO r21_x WITH GRANT OPTION', c.what);
    SET LOCAL ROLE r21_x;
    EXECUTE format('GRANT %s TO r21_w', c.what);
    RESET ROLE;
  END LOOP;
END
$do$;
DROP TABLE chain;
-- From two sides: from the owner and from z, once with and once without the option.
GRANT SELECT ON r21.both TO r21_z WITH GRANT OPTION;
GRANT SELECT ON r21.both TO r21_y;
SET ROLE r21_z;
GRANT SELECT ON r21.both TO r21_y WITH GRANT OPTION;
GRANT SELECT ON r21.both TO PUBLIC;
SET ROLE r21_y;
GRANT SELECT ON r21.both TO r21_x;
-- Granted by a member of z: z is written down as the grantor.
SET ROLE r21_through_z;
GRANT SELECT ON r21.both TO r21_w;
-- The owner passes on what it no longer may do itself.
SET ROLE r21_owner;
REVOKE SELECT ON r21.both FROM r21_owner;
GRANT SELECT ON r21.both TO r21_through_z;
GRANT INSERT ON r21.both TO r21_y WITH GRANT OPTION;
REVOKE GRANT OPTION FOR INSERT ON r21.both FROM r21_y;
RESET ROLE;
