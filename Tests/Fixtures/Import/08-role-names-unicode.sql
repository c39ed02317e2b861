-- Odd: role names of 63 bytes, with emoji, control characters, line ends, right-to-left text, and names that Unicode
-- calls equal but PostgreSQL does not (composed and decomposed).
-- The escapes below are needed: an editor would change or hide the characters.
CREATE TEMP TABLE odd (ord int GENERATED ALWAYS AS IDENTITY, name text);
INSERT INTO odd (name) VALUES
  (rpad('r08_63_bytes_', 63, 'x')),                        -- 63 bytes of ASCII
  (rpad('r08_63_bytes_', 62, 'x') || 'y'),                 -- differs in the last byte only
  (rpad('r08_63_bytes_', 62, 'x')),                        -- one byte less: the start of both
  ('r08' || repeat(E'\U0001F418', 15)),                    -- 63 bytes, 18 characters
  (rpad('r08_"', 63, '"')),                                -- 63 bytes that quoting doubles
  (E'r08_\U0001F418'), (E'\U0001F418r08'),
  (E'r08_\U0001F468\u200D\U0001F469\u200D\U0001F467'),     -- a family: several code points, one picture
  (E'r08_\U0001F1E9\U0001F1EA'),                           -- a flag
  (E'r08_\U0001F44D'), (E'r08_\U0001F44D\U0001F3FD'),      -- with and without a skin tone
  (E'r08_caf\u00E9'), (E'r08_cafe\u0301'),                 -- composed and decomposed
  (E'r08_\u212B'), (E'r08_\u00C5'), (E'r08_A\u030A'),      -- three ways to write an A with a ring
  (E'r08_q\u0323\u0307'), (E'r08_q\u0307\u0323'),          -- marks in another order
  (E'r08_\uAC00'), (E'r08_\u1100\u1161'),                  -- Hangul, composed and decomposed
  (E'r08_\uFB01'), ('r08_fi'),                             -- a ligature
  (E'r08_\u0430'), ('r08_a'),                              -- Cyrillic and Latin
  (E'r08_\u0130'), (E'r08_\u0131'), ('r08_i'), ('r08_I'),  -- Turkish i
  (E'r08_\u00DF'), ('r08_ss'), (E'r08_\u1E9E'),            -- sharp s
  (E'r08_\u05D0\u05D1'), (E'r08_\u202Etxt'),               -- right to left
  (E'r08_\u200B'), ('r08_'), (E'r08_\u00AD'), (E'r08_\uFEFF'), (E'\uFEFFr08'),  -- nothing to see
  (E'r08_\u00A0'), (E'r08\u00A0_'), (E'r08\u3000_'),       -- blanks that are no spaces
  (E'r08\nline'), (E'r08\n'), (E'\nr08'), (E'r08\r\nline'), (E'r08\rline'), (E'r08\n\nline'), (E'r08\n  line'),
  (E'r08\tstop'), (E'r08\t'), (E'\tr08'), (E'r08\x01'), (E'r08\x1B[31m'), (E'r08\x7F'), (E'r08\b'), (E'r08\f'),
  (E'r08\u0085x'), (E'r08\u2028x'), (E'r08\u2029x'), (E'r08\u0080'), (E'r08\uFFFD'), (E'r08\uFFFE'), (E'r08\uE000'),
  (E'r08_\U0010FFFF'), (E'r08_\U000E0041'), (E'r08_\u0301'), (E'\u0301r08'), (E'r08_\u6F22\u5B57'), (E'r08_\u1F85');

-- One role by each name, a member of the one before; it owns a schema, a table and a function, gives rights to the one
-- before, has default privileges, a setting and a comment.
DO $do$
DECLARE
  o record;
  before text := 'r08_first';
BEGIN
  CREATE ROLE r08_first;
  FOR o IN SELECT ord, name FROM odd ORDER BY ord LOOP
    EXECUTE format('CREATE ROLE %I', o.name);
    EXECUTE format('GRANT %I TO %I', before, o.name);
    EXECUTE format('CREATE SCHEMA %I AUTHORIZATION %I', 'r08_' || o.ord, o.name);
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', 'r08_' || o.ord, before);
    EXECUTE format('SET LOCAL ROLE %I', o.name);
    EXECUTE format('CREATE TABLE %I.t (a int, b int)', 'r08_' || o.ord);
    EXECUTE format('CREATE FUNCTION %I.f(int) RETURNS int LANGUAGE sql RETURN 1', 'r08_' || o.ord);
    EXECUTE format('GRANT SELECT, UPDATE ON %I.t TO %I WITH GRANT OPTION', 'r08_' || o.ord, before);
    EXECUTE format('GRANT INSERT (b) ON %I.t TO %I', 'r08_' || o.ord, before);
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %I.f(int) FROM PUBLIC', 'r08_' || o.ord);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %I.f(int) TO %I', 'r08_' || o.ord, before);
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT SELECT ON TABLES TO %I', 'r08_' || o.ord, before);
    RESET ROLE;
    EXECUTE format('ALTER ROLE %I SET application_name = %L', o.name, o.name);
    EXECUTE format('ALTER ROLE %I IN DATABASE %I SET search_path = %I, public', o.name, current_database(),
                   'r08_' || o.ord);
    EXECUTE format('COMMENT ON ROLE %I IS %L', o.name, 'the role ' || o.name);
    before := o.name;
  END LOOP;
END
$do$;
DROP TABLE odd;
