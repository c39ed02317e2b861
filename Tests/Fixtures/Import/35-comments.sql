-- Odd: comments with quotes, line ends, blanks at both ends, Unicode, YAML and SQL in them, and very long ones.
CREATE TEMP TABLE odd (ord int GENERATED ALWAYS AS IDENTITY, remark text);
INSERT INTO odd (remark) VALUES
  ('it''s'), ('say "hi"'), ('''both" kinds'), ('back\slash \n'), ('a: b'), ('a #b'), ('# a'), ('- a'), ('? a'),
  ('{a}'), ('[a'), ('*a'), ('&a'), ('!a'), ('%a'), ('@a'), ('`a`'), ('|'), ('>-'), ('---'), ('...'), ('null'), ('~'),
  ('yes'), ('0123'), ('1e3'), ('2024-01-31'), (' '), (' lead'), ('trail '), (E'\t'), (E'\n'), (E'\n\n'), (E'a\n'),
  (E'\na'), (E'a\n\n'), (E'a\nb'), (E'a\n\n\nb\n'), (E'  a\nb'), (E'a\n  b\n c'), (E'a \nb \n'), (E'a\r\nb\r\n'),
  (E'a\rb'), (E'\ta\n\tb'), (E'---\na: b\n...\n'), (E'# a\n# b'), (E'- a\n- b: |\n    c'), (E'%YAML 1.2\n---'),
  (E'\u00E4\u00F6\u00FC\u00DF \u6F22\u5B57 \U0001F418'), (E'e\u0301 \u00E9'), (E'\uFEFFa'), (E'a\u2028b\u2029c\u0085d'),
  (E'a\u00A0b'), (E'\u202Ea'), (E'\x01\x02\x7F\x1B[31m'), (E'\uFFFD\uFFFE\U0010FFFF'), ('''; DROP ROLE r35_1; --'),
  ('$$'), ('$do$'), ('E''\n'''), ('%s %L %n'), ('${HOME} $(id) `id`'), ('<b>&amp;</b>'), (':db :''db'' :"db"'),
  (repeat('0123456789', 100)), (repeat('0123456789', 100) || '1'), (repeat('word ', 4000)), (repeat(E'line\n', 500)),
  (repeat(E'\U0001F418', 1000)), (repeat('"', 200) || repeat('''', 200) || repeat('\', 200));
DO $do$
DECLARE
  o record;
BEGIN
  FOR o IN SELECT ord, remark FROM odd ORDER BY ord LOOP
    EXECUTE format('CREATE ROLE %I', 'r35_' || o.ord);
    EXECUTE format('COMMENT ON ROLE %I IS %L', 'r35_' || o.ord, o.remark);
    EXECUTE format('CREATE SCHEMA %I', 'r35_' || o.ord);
    EXECUTE format('COMMENT ON SCHEMA %I IS %L', 'r35_' || o.ord, o.remark);
  END LOOP;
END
$do$;
DROP TABLE odd;
SELECT current_database() AS db \gset
COMMENT ON DATABASE :"db" IS E'  it''s "quoted": #1\n\n- two\n\t\U0001F418 \\ \r\nend \n';
-- An empty comment is none; a comment taken away.
CREATE ROLE r35_empty;
COMMENT ON ROLE r35_empty IS '';
CREATE ROLE r35_null;
COMMENT ON ROLE r35_null IS 'x';
COMMENT ON ROLE r35_null IS NULL;
COMMENT ON SCHEMA public IS NULL;
COMMENT ON EXTENSION plpgsql IS E'two\nlines: "x"';
-- Without remark by default, or with one of its own: predefined things.
COMMENT ON ROLE pg_monitor IS 'may look: "at" everything';
