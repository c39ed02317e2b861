-- Odd: role names that YAML reads as something else: indicators, comments, booleans, nulls, numbers, dates, blanks.
CREATE TEMP TABLE odd (ord int GENERATED ALWAYS AS IDENTITY, name text);
INSERT INTO odd (name) VALUES
  ('yes'), ('no'), ('on'), ('off'), ('true'), ('False'), ('y'), ('N'), ('null'), ('Null'), ('~'), ('0123'), ('1e3'),
  ('0x1F'), ('0o17'), ('1_000'), ('-1'), ('+1'), ('1.0'), ('1.'), ('.5'), ('.inf'), ('-.INF'), ('.nan'),
  ('12:30:45'), ('2024-01-31'), ('2024-01-31T00:00:00Z'), ('r07: x'), ('r07:'), ('r07 #x'), ('#r07'), ('- r07'),
  ('-r07'), ('? r07'), ('?r07'), ('{ r07'), ('[r07'), ('r07]'), ('}r07'), (', r07'), ('*r07'), ('&r07'), ('!r07'),
  ('!!str r07'), ('%r07'), ('@r07'), ('`r07'), ('|'), ('|r07'), ('>'), ('>-'), ('''r07'), ('"r07'), ('r07 '),
  (' r07'), (' '), ('  '), ('---'), ('--- r07'), ('...'), ('<<'), ('=7='), ('r07''s'), ('"r07" x'), ('r07\t'),
  ('%YAML 1.2'), ('{}'), ('[]'), ('''''' ), ('""'), ('r07: {a: b}'), ('key: value # remark'), ('- - r07');

-- One role by each name, a member of the one before; it owns a schema, a table and a function, gives rights to the one
-- before, has default privileges, a setting and a comment.
DO $do$
DECLARE
  o record;
  before text := 'r07_first';
BEGIN
  CREATE ROLE r07_first;
  FOR o IN SELECT ord, name FROM odd ORDER BY ord LOOP
    EXECUTE format('CREATE ROLE %I', o.name);
    EXECUTE format('GRANT %I TO %I', before, o.name);
    EXECUTE format('CREATE SCHEMA %I AUTHORIZATION %I', 'r07_' || o.ord, o.name);
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', 'r07_' || o.ord, before);
    EXECUTE format('SET LOCAL ROLE %I', o.name);
    EXECUTE format('CREATE TABLE %I.t (a int, b int)', 'r07_' || o.ord);
    EXECUTE format('CREATE FUNCTION %I.f(int) RETURNS int LANGUAGE sql RETURN 1', 'r07_' || o.ord);
    EXECUTE format('GRANT SELECT, UPDATE ON %I.t TO %I WITH GRANT OPTION', 'r07_' || o.ord, before);
    EXECUTE format('GRANT INSERT (b) ON %I.t TO %I', 'r07_' || o.ord, before);
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %I.f(int) FROM PUBLIC', 'r07_' || o.ord);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %I.f(int) TO %I', 'r07_' || o.ord, before);
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT SELECT ON TABLES TO %I', 'r07_' || o.ord, before);
    RESET ROLE;
    EXECUTE format('ALTER ROLE %I SET application_name = %L', o.name, o.name);
    EXECUTE format('ALTER ROLE %I IN DATABASE %I SET search_path = %I, public', o.name, current_database(),
                   'r07_' || o.ord);
    EXECUTE format('COMMENT ON ROLE %I IS %L', o.name, 'the role ' || o.name);
    before := o.name;
  END LOOP;
END
$do$;
DROP TABLE odd;
