extension NastyDatabase {
    /// Views, functions, operators, text search, triggers, rules, comments.
    static let code = #"""
        CREATE FUNCTION hidden.add_two(a int, b int) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT a + b';
        CREATE AGGREGATE hidden.total(int) (SFUNC = hidden.add_two, STYPE = int, INITCOND = '0', PARALLEL = SAFE);
        CREATE OPERATOR hidden.<#> (LEFTARG = int, RIGHTARG = int, FUNCTION = hidden.add_two,
          COMMUTATOR = OPERATOR(hidden.<#>));
        COMMENT ON OPERATOR hidden.<#> (int, int) IS 'an operator';
        CREATE FUNCTION hidden.pair_text(hidden.inner_pair) RETURNS text LANGUAGE sql IMMUTABLE
          AS 'SELECT ($1).a || '' '' || coalesce(($1).b::text, '''')';
        CREATE CAST (hidden.inner_pair AS text) WITH FUNCTION hidden.pair_text(hidden.inner_pair) AS ASSIGNMENT;
        CREATE FUNCTION hidden.backward(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT pg_catalog.btint4cmp($2, $1)';
        CREATE OPERATOR CLASS hidden.int_backward FOR TYPE int USING btree AS OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =,
          OPERATOR 4 <=, OPERATOR 5 <, FUNCTION 1 hidden.backward(int, int);
        CREATE INDEX left_backward ON hidden.left_side (partner hidden.int_backward NULLS FIRST);
        CREATE INDEX left_letters ON hidden.left_side (code COLLATE hidden.letters text_pattern_ops DESC)
          WITH (fillfactor = 80) WHERE id <> 3;
        ALTER INDEX hidden.event_day ALTER COLUMN 2 SET STATISTICS 300;
        CREATE CONVERSION hidden.conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
        CREATE TEXT SEARCH DICTIONARY hidden.plain (TEMPLATE = simple, Accept = false);
        CREATE TEXT SEARCH CONFIGURATION hidden.conf (COPY = simple);
        ALTER TEXT SEARCH CONFIGURATION hidden.conf ALTER MAPPING FOR word WITH hidden.plain, simple;
        CREATE TABLE hidden.page (id int PRIMARY KEY, body text,
          words tsvector GENERATED ALWAYS AS (to_tsvector('hidden.conf', body)) STORED);
        CREATE INDEX page_words ON hidden.page USING gin (words);
        INSERT INTO hidden.page SELECT n, 'Some Words ' || n FROM generate_series(1, 40) n;
        CREATE STATISTICS hidden.exprs (mcv) ON (id % 2), partner FROM hidden.left_side;
        ALTER STATISTICS hidden.exprs SET STATISTICS 42;

        CREATE FUNCTION hidden.atomic(n int DEFAULT 3, VARIADIC more int[] DEFAULT '{}') RETURNS SETOF hidden.left_side
          LANGUAGE sql STABLE ROWS 5 BEGIN ATOMIC SELECT * FROM hidden.left_side l WHERE l.id > n ORDER BY l.id; END;
        CREATE PROCEDURE hidden.do_it(INOUT a int) LANGUAGE plpgsql SECURITY DEFINER
          SET search_path = hidden, "a.b""c\d" SET work_mem = '8MB' AS $x$ BEGIN a := a + 1; END $x$;
        CREATE FUNCTION hidden.hostile() RETURNS text LANGUAGE sql AS $q$SELECT '
        ALTER TABLE t ALTER COLUMN c SET (pg_attver=1);
        --
        -- TOC entry 1 (class 1259 OID 1)
        -- Dependencies: 2 3
        -- Name: x; Type: TABLE; Schema: y; Owner: z
        --
        \restrict abc
        \unrestrict abc
        CREATE SCHEMA x
        -- the end'$q$;
        CREATE FUNCTION hidden.every_kind(anyelement, OUT a anyelement, OUT b text) RETURNS record LANGUAGE plpgsql
          COST 7 LEAKPROOF AS $x$ BEGIN a := $1; b := 'it''s'; END $x$;

        CREATE VIEW hidden.grouped AS SELECT l.id, l.code, count(r.id) AS n FROM hidden.left_side l
          LEFT JOIN hidden.right_side r ON r.partner = l.id GROUP BY l.id;
        CREATE VIEW hidden.checked WITH (security_barrier, security_invoker) AS SELECT id, partner FROM hidden.left_side
          WHERE id > 0 WITH LOCAL CHECK OPTION;
        ALTER VIEW hidden.checked ALTER partner SET DEFAULT 5;
        CREATE RECURSIVE VIEW hidden.counting (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM counting WHERE n < 5;
        CREATE RULE grouped_insert AS ON INSERT TO hidden.grouped DO INSTEAD NOTHING;
        COMMENT ON RULE grouped_insert ON hidden.grouped IS 'a rule';
        CREATE MATERIALIZED VIEW hidden.grouped_kept AS SELECT l.id, l.code FROM hidden.left_side l
          JOIN hidden.right_side r ON r.partner = l.id GROUP BY l.id;
        CREATE UNIQUE INDEX ON hidden.grouped_kept (id);
        CREATE MATERIALIZED VIEW a_of_kept AS SELECT count(*) AS n FROM hidden.grouped_kept;
        CREATE VIEW hidden.of_kept AS SELECT n FROM a_of_kept;
        CREATE FUNCTION hidden.of_view() RETURNS SETOF hidden.grouped LANGUAGE sql AS 'SELECT * FROM hidden.grouped';

        CREATE FUNCTION hidden.quiet() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER off BEFORE UPDATE OF code ON hidden.left_side FOR EACH ROW WHEN (OLD.id > 3)
          EXECUTE FUNCTION hidden.quiet('a', 'it''s');
        ALTER TABLE hidden.left_side DISABLE TRIGGER off;
        COMMENT ON TRIGGER off ON hidden.left_side IS 'a trigger';
        CREATE CONSTRAINT TRIGGER later AFTER INSERT ON hidden.left_side DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
          EXECUTE FUNCTION hidden.quiet();
        CREATE TRIGGER statement AFTER UPDATE ON hidden.left_side REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
          FOR EACH STATEMENT EXECUTE FUNCTION hidden.quiet();
        CREATE TRIGGER instead INSTEAD OF INSERT ON hidden.checked FOR EACH ROW EXECUTE FUNCTION hidden.quiet();
        CREATE TRIGGER of_parts BEFORE INSERT ON hidden.event FOR EACH ROW EXECUTE FUNCTION hidden.quiet();
        ALTER TABLE hidden.event_red DISABLE TRIGGER of_parts;
        CREATE TABLE hidden.commands (what text);
        CREATE FUNCTION hidden.command() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER
          AS 'BEGIN INSERT INTO hidden.commands VALUES (TG_TAG); END';
        CREATE EVENT TRIGGER nasty_commands ON ddl_command_end EXECUTE FUNCTION hidden.command();
        COMMENT ON EVENT TRIGGER nasty_commands IS 'keeps what is defined';
        COMMENT ON COLUMN hidden.left_side.code IS E'a \\ column';
        COMMENT ON FUNCTION hidden.add_two(int, int) IS $$-- TOC entry 9 (class 1255 OID 9)$$;
        COMMENT ON TYPE hidden.colour IS 'a type';
        COMMENT ON MATERIALIZED VIEW hidden.grouped_kept IS 'kept';
        COMMENT ON STATISTICS hidden.exprs IS 'statistics';
        COMMENT ON LARGE OBJECT 5001 IS 'an empty one';

        """#

    /// Owners, privileges on everything that can have some, and those of what will be made.
    static let privileges = #"""
        ALTER TABLE hidden.left_side OWNER TO nasty_owner;
        ALTER VIEW hidden.grouped OWNER TO nasty_owner;
        ALTER FUNCTION hidden.atomic OWNER TO nasty_owner;
        ALTER TYPE hidden.colour OWNER TO nasty_owner;
        GRANT USAGE ON SCHEMA hidden, "a.b""c\d" TO nasty_reader;
        GRANT SELECT (id), UPDATE (t) ON hidden.by_full TO nasty_reader;
        GRANT ALL ON hidden.page TO nasty_owner WITH GRANT OPTION;
        SET ROLE nasty_owner; GRANT SELECT ON hidden.page TO nasty_reader; RESET ROLE;
        REVOKE EXECUTE ON FUNCTION hidden.apart(int, int) FROM PUBLIC;
        GRANT USAGE ON TYPE hidden.small TO nasty_reader;
        REVOKE USAGE ON TYPE hidden.whole FROM PUBLIC;
        GRANT USAGE ON SEQUENCE hidden.down TO nasty_reader;
        GRANT USAGE ON FOREIGN SERVER far TO nasty_owner;
        GRANT USAGE ON FOREIGN DATA WRAPPER nowhere TO nasty_owner;
        ALTER DEFAULT PRIVILEGES FOR ROLE nasty_owner IN SCHEMA hidden GRANT SELECT ON TABLES TO nasty_reader;
        ALTER DEFAULT PRIVILEGES FOR ROLE nasty_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
        ALTER DEFAULT PRIVILEGES FOR ROLE postgres GRANT USAGE ON SEQUENCES TO nasty_reader;

        """#

    /// What can be copied and not followed, or cannot go back.
    static let onlyCopied = #"""
        CREATE TABLE hidden.keyless_json (j json, p point);
        INSERT INTO hidden.keyless_json VALUES ('{"a":  1}', '(1,2)'), ('{"a":  1}', '(1,2)');
        CREATE TRIGGER always AFTER INSERT ON hidden.page FOR EACH ROW EXECUTE FUNCTION hidden.quiet();
        ALTER TABLE hidden.page ENABLE ALWAYS TRIGGER always;
        CREATE TRIGGER replica AFTER INSERT ON hidden.page FOR EACH ROW EXECUTE FUNCTION hidden.quiet();
        ALTER TABLE hidden.page ENABLE REPLICA TRIGGER replica;
        CREATE EVENT TRIGGER nasty_always ON sql_drop WHEN TAG IN ('DROP TABLE') EXECUTE FUNCTION hidden.command();
        ALTER EVENT TRIGGER nasty_always DISABLE;

        """#

    /// What needs extensions, which not every server here has.
    static let extended = #"""
        CREATE EXTENSION citext; CREATE EXTENSION hstore SCHEMA hidden; CREATE EXTENSION pg_trgm; CREATE EXTENSION btree_gist;
        CREATE TABLE hidden.extended (id int PRIMARY KEY, name citext UNIQUE, more hidden.hstore, names citext[], room int,
          during tsrange, EXCLUDE USING gist (room WITH =, during WITH &&));
        INSERT INTO hidden.extended SELECT n, 'Name ' || n, hidden.hstore('k "y"', n::text), ARRAY['A', 'a']::citext[], n,
          '[2020-01-01,2020-01-02)' FROM generate_series(1, 50) n;
        CREATE INDEX ON hidden.extended USING gin (more);
        CREATE INDEX ON hidden.left_side USING gin (code gin_trgm_ops);
        CREATE FUNCTION hidden.of_extension(hidden.hstore) RETURNS citext LANGUAGE sql AS 'SELECT ''a''::public.citext';

        """#

    /// Rows without any other interest, about so many megabytes.
    static func ballast(megabytes: Int) -> String {
        """
        CREATE TABLE ballast (id int PRIMARY KEY, body text);
        INSERT INTO ballast SELECT n, (SELECT string_agg(md5(n || ' ' || i), '') FROM generate_series(1, 60) i)
          FROM generate_series(1, \(megabytes * 512)) n;

        """
    }
}
