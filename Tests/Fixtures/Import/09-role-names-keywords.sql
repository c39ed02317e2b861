-- Odd: role names that are keywords, special role words, numbers, minus, or differ from each other only by case.
CREATE TEMP TABLE odd (ord int GENERATED ALWAYS AS IDENTITY, name text);
INSERT INTO odd (name) VALUES
  ('user'), ('select'), ('order'), ('table'), ('grant'), ('all'), ('default'), ('group'), ('role'), ('with'),
  ('option'), ('end'), ('from'), ('to'), ('in'), ('database'), ('schema'), ('primary'), ('check'),
  ('PUBLIC'), ('Public'), ('NONE'), ('None'), ('current_user'), ('session_user'), ('current_role'), ('CURRENT_USER'),
  ('system_user'), ('"public"'), ('-'), ('0'), ('10'), ('4294967295'), ('r09case'), ('R09case'), ('r09Case'),
  ('R09CASE'), ('PG_monitor'), ('Pg_signal'), ('sameuser'), ('samerole'), ('template1'), ('varchar'),
  ('int'), ('timestamp'), ('interval'), ('values'), ('between'), ('similar'), ('authorization'), ('true'''),
  ('column'), ('function'), ('procedure'), ('routine'), ('sequence'), ('domain'), ('language'), ('parameter'),
  ('$user'), ('r'), ('arwdDxt'), ('*');

-- One role by each name, a member of the one before; it owns a schema, a table and a function, gives rights to the one
-- before, has default privileges, a setting and a comment.
DO $do$
DECLARE
  o record;
  before text := 'r09_first';
BEGIN
  CREATE ROLE r09_first;
  FOR o IN SELECT ord, name FROM odd ORDER BY ord LOOP
    EXECUTE format('CREATE ROLE %I', o.name);
    EXECUTE format('GRANT %I TO %I', before, o.name);
    EXECUTE format('CREATE SCHEMA %I AUTHORIZATION %I', 'r09_' || o.ord, o.name);
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', 'r09_' || o.ord, before);
    EXECUTE format('SET LOCAL ROLE %I', o.name);
    EXECUTE format('CREATE TABLE %I.t (a int, b int)', 'r09_' || o.ord);
    EXECUTE format('CREATE FUNCTION %I.f(int) RETURNS int LANGUAGE sql RETURN 1', 'r09_' || o.ord);
    EXECUTE format('GRANT SELECT, UPDATE ON %I.t TO %I WITH GRANT OPTION', 'r09_' || o.ord, before);
    EXECUTE format('GRANT INSERT (b) ON %I.t TO %I', 'r09_' || o.ord, before);
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %I.f(int) FROM PUBLIC', 'r09_' || o.ord);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %I.f(int) TO %I', 'r09_' || o.ord, before);
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT SELECT ON TABLES TO %I', 'r09_' || o.ord, before);
    RESET ROLE;
    EXECUTE format('ALTER ROLE %I SET application_name = %L', o.name, o.name);
    EXECUTE format('ALTER ROLE %I IN DATABASE %I SET search_path = %I, public', o.name, current_database(),
                   'r09_' || o.ord);
    EXECUTE format('COMMENT ON ROLE %I IS %L', o.name, 'the role ' || o.name);
    before := o.name;
  END LOOP;
END
$do$;
DROP TABLE odd;
