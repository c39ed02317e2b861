-- Odd: schemas, tables, columns, sequences, functions and types whose names need quoting in SQL, in YAML or in both.
CREATE ROLE r10_owner;
CREATE ROLE r10_reader;
CREATE ROLE r10_writer;
CREATE TEMP TABLE odd (ord int GENERATED ALWAYS AS IDENTITY, name text);
INSERT INTO odd (name) VALUES
  ('select'), ('user'), ('order'), ('table'), ('Upper'), ('upper'), ('UPPER'), ('with space'), (' lead'), ('trail '),
  ('dot.ted'), ('a.b.c'), ('"'), ('""'), ('say "hi"'), (''''), ('it''s'), ('`'), ('100%'), ('%s'), ('%'), ('a/b'),
  ('/'), ('back\slash'), ('\'), ('\n'), ('1st'), ('0123'), ('1e3'), ('yes'), ('null'), ('~'), ('true'), (': '),
  ('a: b'), ('a #b'), ('#'), ('- a'), ('-'), ('{'), ('}'), ('['), ('{}'), ('*'), ('*a'), ('&a'), ('!a'), ('@a'),
  ('|'), ('>'), ('?'), (','), ('a,b'), ('(a)'), ('f(int)'), ('f()'), ('a;b'), ('--'), ('/*'), ('$1'), ('$$'), ('='),
  ('=r/x'), ('::text'), ('a::int'), (':a'), ('public'), ('Public'), ('PUBLIC'), ('pg'), ('Pg_toast'), ('$user'),
  ('TABLES'), ('all tables'), ('<<'), ('---'), (rpad('', 63, 'l')), (rpad('', 63, '"')), (E'\U0001F418'),
  (E'caf\u00E9'), (E'cafe\u0301'), (E'a\nb'), (E'a\n'), (E'a\tb'), (E'a\r\nb'), (E'\uFEFFa'), (E'a\u2028b'),
  (E'\u0085'), (E'\x01'), ('array'), ('int'), ('integer'), ('character varying'), ('timestamp with time zone');
DO $do$
DECLARE
  o record;
  s text;
BEGIN
  -- All in one schema with an odd name, and one schema by each name.
  CREATE SCHEMA "r10: all % in ""one""." AUTHORIZATION r10_owner;
  GRANT USAGE ON SCHEMA "r10: all % in ""one""." TO r10_reader;
  FOR o IN SELECT ord, name FROM odd ORDER BY ord LOOP
    s := 'r10: all % in "one".';
    IF o.name <> 'public' THEN
      EXECUTE format('CREATE SCHEMA %I AUTHORIZATION r10_owner', o.name);
    END IF;
    EXECUTE format('GRANT USAGE, CREATE ON SCHEMA %I TO r10_writer', o.name);
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO r10_reader WITH GRANT OPTION', o.name);
    EXECUTE format('CREATE TABLE %I.%I (%I int, other int)', s, o.name, o.name);
    EXECUTE format('GRANT SELECT ON %I.%I TO r10_reader', s, o.name);
    EXECUTE format('GRANT UPDATE (%I), INSERT (%I, other) ON %I.%I TO r10_writer', o.name, o.name, s, o.name);
    EXECUTE format('CREATE SEQUENCE %I.%I', s, left(o.name, 50) || '_seq');
    EXECUTE format('GRANT USAGE ON SEQUENCE %I.%I TO r10_writer', s, left(o.name, 50) || '_seq');
    EXECUTE format('CREATE DOMAIN %I.%I AS int', s, left(o.name, 50) || '_dom');
    EXECUTE format('REVOKE USAGE ON DOMAIN %I.%I FROM PUBLIC', s, left(o.name, 50) || '_dom');
    EXECUTE format('GRANT USAGE ON TYPE %I.%I TO r10_writer', s, left(o.name, 50) || '_dom');
    -- An argument of the domain, one of the table's row type, and one of an array of it; with an odd name too.
    EXECUTE format('CREATE FUNCTION %I.%I(%I %I.%I, r %I.%I, l %I.%I[] DEFAULT NULL) RETURNS int LANGUAGE sql AS '
                   || '''SELECT 1''', s, o.name, o.name, s, left(o.name, 50) || '_dom', s, o.name, s, o.name);
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %I.%I FROM PUBLIC', s, o.name);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %I.%I TO r10_writer', s, o.name);
    EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE r10_owner IN SCHEMA %I GRANT SELECT ON TABLES TO r10_reader',
                   o.name);
    EXECUTE format('COMMENT ON SCHEMA %I IS %L', o.name, o.name);
  END LOOP;
END
$do$;
DROP TABLE odd;
-- A search path with every kind of element.
SELECT current_database() AS db \gset
ALTER ROLE r10_reader IN DATABASE :"db" SET search_path = "$user", "a,b", "say ""hi""", " lead", "100%", "a: b", public;
