-- Odd: schemas named almost like the system's or like special words, with other owners, and functions that look alike.
CREATE ROLE r39_owner;
CREATE ROLE r39_app;
CREATE TEMP TABLE odd (name text);
INSERT INTO odd VALUES
  ('Pg_catalog'), ('PG_CATALOG'), ('pg catalog'), ('pg-catalog'), ('pgcatalog'), ('"pg_catalog"'), (' pg_catalog'),
  ('Information_Schema'), ('INFORMATION_SCHEMA'), ('Public'), ('PUBLIC'), ('public '), ('"public"'), ('$user'),
  ('"$user"'), ('current_schema'), ('pg'), ('Pg_temp_1'), ('Pg_toast_temp_1'), ('postgres'), ('template0'), ('*'),
  ('all'), ('any'), ('none'), ('r39_owner');
DO $do$
DECLARE
  o record;
BEGIN
  FOR o IN SELECT name FROM odd LOOP
    EXECUTE format('CREATE SCHEMA %I AUTHORIZATION r39_owner', o.name);
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO r39_app', o.name);
    EXECUTE format('CREATE TABLE %I.pg_class (relname name)', o.name);
    EXECUTE format('GRANT SELECT ON %I.pg_class TO r39_app', o.name);
    EXECUTE format('CREATE FUNCTION %I.pg_sleep(float8) RETURNS int LANGUAGE sql AS ''SELECT 1''', o.name);
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %I.pg_sleep(float8) FROM PUBLIC', o.name);
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT SELECT ON TABLES TO r39_app', o.name);
  END LOOP;
END
$do$;
DROP TABLE odd;
-- public belongs to somebody else, as before 15 with rights for all.
ALTER SCHEMA public OWNER TO r39_owner;
GRANT ALL ON SCHEMA public TO PUBLIC;
