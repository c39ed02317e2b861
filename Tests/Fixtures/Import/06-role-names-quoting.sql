-- Odd: role names with quotes, dots, spaces, slashes, percent signs, backslashes, dollars and pieces of SQL and shell.
CREATE TEMP TABLE odd (ord int GENERATED ALWAYS AS IDENTITY, name text);
INSERT INTO odd (name) VALUES
  ('r06"dq'), ('"r06"'), ('r06""two'), ('r06''sq'), ('''r06'''), ('r06`tick'), ('r06$(id)'), ('r06`id`'),
  ('r06.dot.dot'), ('.r06'), ('r06.'), ('r06 space'), ('r06  two spaces'), ('R06_UPPER'), ('r06_Mixed'),
  ('r06_100%'), ('%r06%s%n%d'), ('r06%20'), ('r06%L%I%1$s'), ('r06/slash'), ('/r06/'), ('r06//two'), ('../r06'),
  ('r06\back'), ('r06\\two'), ('r06\n'), ('r06\'), ('\r06'), ('r06$dollar'), ('$r06'), ('r06$$x$$'), ('$do$r06'),
  ('r06;semi'), ('r06--comment'), ('r06/*c*/'), ('r06"; DROP ROLE r06_first; --'), ('r06,comma'), ('r06, r06_first'),
  ('r06(paren)'), ('{r06}'), ('{r06,a}'), ('r06[0]'), ('r06=eq'), ('r06=r/x'), ('=r06'), ('r06*'), ('r06|pipe'),
  ('r06~'), ('r06<lt>'), ('r06?'), ('r06::text'), ('06_leading_digit'), ('6'), ('r06@host'), ('r06&amp;'), ('r06+'),
  ('r06^'), ('r06 host=/nowhere'), ('postgresql://r06@h/d'), (':r06'), (':''r06'''), ('@r06');

-- One role by each name, a member of the one before; it owns a schema, a table and a function, gives rights to the one
-- before, has default privileges, a setting and a comment.
DO $do$
DECLARE
  o record;
  before text := 'r06_first';
BEGIN
  CREATE ROLE r06_first;
  FOR o IN SELECT ord, name FROM odd ORDER BY ord LOOP
    EXECUTE format('CREATE ROLE %I', o.name);
    EXECUTE format('GRANT %I TO %I', before, o.name);
    EXECUTE format('CREATE SCHEMA %I AUTHORIZATION %I', 'r06_' || o.ord, o.name);
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', 'r06_' || o.ord, before);
    EXECUTE format('SET LOCAL ROLE %I', o.name);
    EXECUTE format('CREATE TABLE %I.t (a int, b int)', 'r06_' || o.ord);
    EXECUTE format('CREATE FUNCTION %I.f(int) RETURNS int LANGUAGE sql RETURN 1', 'r06_' || o.ord);
    EXECUTE format('GRANT SELECT, UPDATE ON %I.t TO %I WITH GRANT OPTION', 'r06_' || o.ord, before);
    EXECUTE format('GRANT INSERT (b) ON %I.t TO %I', 'r06_' || o.ord, before);
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %I.f(int) FROM PUBLIC', 'r06_' || o.ord);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %I.f(int) TO %I', 'r06_' || o.ord, before);
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT SELECT ON TABLES TO %I', 'r06_' || o.ord, before);
    RESET ROLE;
    EXECUTE format('ALTER ROLE %I SET application_name = %L', o.name, o.name);
    EXECUTE format('ALTER ROLE %I IN DATABASE %I SET search_path = %I, public', o.name, current_database(),
                   'r06_' || o.ord);
    EXECUTE format('COMMENT ON ROLE %I IS %L', o.name, 'the role ' || o.name);
    before := o.name;
  END LOOP;
END
$do$;
DROP TABLE odd;
