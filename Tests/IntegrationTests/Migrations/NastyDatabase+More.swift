extension NastyDatabase {
    /// The roles that own some of it or have privileges on it; made on both servers first.
    static let roles = "CREATE ROLE nasty_owner; CREATE ROLE nasty_reader;"

    /// More of what is hard to move, which can be followed and go back, too: types, names, constraints, code, privileges.
    static let more = types + tables + code + privileges

    /// Columns of every kind of type, with values at their limits.
    private static let types = #"""
        CREATE SCHEMA "a.b""c\d";
        CREATE SCHEMA hidden AUTHORIZATION nasty_owner;
        COMMENT ON SCHEMA hidden IS E'two\nlines, "quoted" and it''s; Type: TABLE; Schema: x; Owner: y';
        CREATE TYPE hidden.colour AS ENUM ('red', 'gr een', 'it''s "blue"');
        ALTER TYPE hidden.colour ADD VALUE 'first' BEFORE 'red';
        CREATE TYPE hidden.inner_pair AS (a int, b hidden.colour);
        CREATE TYPE hidden.outer_pair AS (p hidden.inner_pair, ps hidden.inner_pair[], t text COLLATE "C");
        CREATE DOMAIN hidden.small AS int CHECK (VALUE < 1000000) CONSTRAINT not_minus CHECK (VALUE >= 0);
        COMMENT ON CONSTRAINT not_minus ON DOMAIN hidden.small IS 'of a domain';
        CREATE DOMAIN hidden.smaller AS hidden.small DEFAULT 7;
        CREATE DOMAIN hidden.pairs AS hidden.inner_pair[];
        CREATE DOMAIN hidden.whole AS hidden.outer_pair CHECK ((VALUE).t IS DISTINCT FROM 'no');
        CREATE TYPE hidden.text_span AS RANGE (subtype = text, collation = "C", multirange_type_name = hidden.text_spans);
        CREATE FUNCTION hidden.apart(x int, y int) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT (x - y)::float8';
        CREATE TYPE hidden.int_span AS RANGE (subtype = int4, subtype_diff = hidden.apart);
        CREATE TYPE hidden.own;
        CREATE FUNCTION hidden.own_in(cstring) RETURNS hidden.own LANGUAGE internal IMMUTABLE STRICT AS 'textin';
        CREATE FUNCTION hidden.own_out(hidden.own) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
        CREATE TYPE hidden.own (INPUT = hidden.own_in, OUTPUT = hidden.own_out, LIKE = pg_catalog.text);
        CREATE COLLATION hidden.letters (provider = libc, locale = 'C.UTF-8');

        CREATE TABLE hidden.every_type (
          id int PRIMARY KEY, c hidden.colour, cs hidden.colour[], o hidden.outer_pair, os hidden.outer_pair[],
          s hidden.smaller, ss hidden.smaller[], ps hidden.pairs, w hidden.whole, ts hidden.text_span,
          tss hidden.text_spans, i hidden.int_span[], own hidden.own, own_s hidden.own[], t1 time, t2 timetz,
          ts1 timestamp, ts2 timestamptz, d date, iv interval, n numeric, n2 numeric(1000, 500), f4 float4, f8 float8,
          b bool, ch "char", nm name, bp char(5), vc varchar(10) COLLATE hidden.letters, bt bit(3), vb bit varying(70),
          mac macaddr, mac8 macaddr8, net cidr, ip inet, bx box, ci circle, li line, ls lseg, pa path, po polygon, j json,
          jb jsonb, jp jsonpath, tv tsvector, tq tsquery, l pg_lsn, sn pg_snapshot, x8 xid8, o1 oid, r regtype,
          rs regproc[], i2 int2vector, ov oidvector, m money[], nr numrange, dr daterange, tr tstzrange,
          mr int8multirange, a2 int[], texts text[], ivs interval[], jbs jsonb[], pts point[], bys bytea[]
        );
        INSERT INTO hidden.every_type VALUES (
          1, 'it''s "blue"', '{red,NULL,"gr een"}', ROW(ROW(1, 'first'), ARRAY[ROW(2, NULL)::hidden.inner_pair], 'a"b\,('),
          ARRAY[ROW(NULL, '{}', '')::hidden.outer_pair, NULL], 5, '{1,NULL}', ARRAY[ROW(1, 'red')::hidden.inner_pair],
          ROW(NULL, NULL, 'yes')::hidden.outer_pair, '[a,b)', '{[a,b),[c,d]}', '{"[1,5)",empty}', 'o''wn\x', '{"a b",NULL}',
          '24:00', '12:00:00.123456+15:59', '294276-12-31 23:59:59.999999', '4714-11-24 00:00:00+00 BC', '5874897-12-31',
          '-178000000 years 11 mons -5 days +02:03:04.000001', 'NaN', '1e499', '1e-45', '5e-324', true, E'\\200', 'nämé',
          'ab', 'ünïcödé10', B'101', repeat('01', 35)::bit varying, '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05',
          '::/0', '192.168.0.1/24', '(1,2),(3,4)', '<(1,2),3>', '{1,2,3}', '[(1,2),(3,4)]', '((1,2),(3,4))', '((0,0),(1,1),(1,0))',
          '{"b": 1, "b":  2}', '{"n": 1.500, "u": "\u00e9", "x": null}', '$.a[*] ? (@ > 1)', 'a:1A b:2', 'a & (b | !c:*)',
          'FFFFFFFF/FFFFFFFF', '10:20:10,14', '18446744073709551615', 4294967295, 'hidden.outer_pair', '{now}', '1 2 3',
          '1 4294967295', '{$1.50,-$2.00}', '[1.5,)', 'empty', '(,2020-01-01 00:00+02)', '{[1,5),[7,9)}',
          '[2:3][0:1]={{1,NULL},{3,4}}', ARRAY['NULL', NULL, '', E'a\tb\nc\rd\be\\f"{}', '🐘', E'\x01\x7f'],
          '{1 mon -1 days,-00:00:01}', ARRAY['{"a": [1]}', 'null']::jsonb[], '{"(1,-0)","(NaN,Infinity)"}', '{"\\x00ff",""}');
        INSERT INTO hidden.every_type (id, ts1, ts2, d, n, f4, f8, texts, a2, mr) VALUES
          (2, 'infinity', '-infinity', 'infinity', 'Infinity', '-Infinity', '-0', '{}', '{}', '{}'),
          (3, '-infinity', 'infinity', '4714-11-24 BC', '-Infinity', 'NaN', 'NaN', ARRAY[repeat('x', 100000)], NULL, NULL);
        INSERT INTO hidden.every_type (id) VALUES (2147483647), (-2147483648);

        """#

    /// Partitions, inheritance, constraints, identities, names.
    private static let tables = #"""
        CREATE FOREIGN DATA WRAPPER nowhere;
        CREATE SERVER far TYPE 't' VERSION '1' FOREIGN DATA WRAPPER nowhere OPTIONS (host 'no "where"');
        CREATE USER MAPPING FOR nasty_owner SERVER far OPTIONS (remote 'it''s me');
        CREATE USER MAPPING FOR PUBLIC SERVER far;
        CREATE FOREIGN TABLE hidden.far (a int OPTIONS (other 'b'), t text NOT NULL) SERVER far OPTIONS (file 'x');
        CREATE TABLE hidden.event (id bigint, day date, kind hidden.colour NOT NULL, body text DEFAULT 'b')
          PARTITION BY LIST (kind);
        CREATE TABLE hidden.event_red PARTITION OF hidden.event (PRIMARY KEY (id), body DEFAULT 'red one')
          FOR VALUES IN ('red', 'first');
        CREATE FOREIGN TABLE hidden.event_far PARTITION OF hidden.event FOR VALUES IN ('gr een') SERVER far;
        CREATE TABLE hidden.event_rest PARTITION OF hidden.event DEFAULT PARTITION BY RANGE (day);
        CREATE TABLE hidden.event_old PARTITION OF hidden.event_rest FOR VALUES FROM (MINVALUE) TO ('2020-01-01')
          PARTITION BY HASH (id);
        CREATE TABLE hidden.event_old_0 PARTITION OF hidden.event_old FOR VALUES WITH (MODULUS 2, REMAINDER 0);
        CREATE TABLE hidden.event_old_1 PARTITION OF hidden.event_old FOR VALUES WITH (MODULUS 2, REMAINDER 1);
        CREATE TABLE "a.b""c\d".event_new (gone int, body text, kind hidden.colour NOT NULL, day date, id bigint);
        ALTER TABLE "a.b""c\d".event_new DROP COLUMN gone;
        ALTER TABLE hidden.event_rest ATTACH PARTITION "a.b""c\d".event_new FOR VALUES FROM ('2020-01-01') TO (MAXVALUE);
        CREATE INDEX event_day ON hidden.event (day, (id % 3)) INCLUDE (body);
        COMMENT ON INDEX hidden.event_day IS 'of all parts';
        INSERT INTO hidden.event (id, day, kind) SELECT n, date '2019-12-01' + n,
          (ARRAY['red', 'first', 'it''s "blue"'])[n % 3 + 1]::hidden.colour FROM generate_series(1, 90) n;

        CREATE TABLE hidden.base_1 (a int NOT NULL, CHECK (a > 0) NO INHERIT, CHECK (a < 100000));
        CREATE TABLE hidden.base_2 (b text DEFAULT 'two');
        CREATE TABLE hidden.both () INHERITS (hidden.base_1, hidden.base_2);
        CREATE TABLE hidden.grandchild (c int) INHERITS (hidden.both);
        ALTER TABLE hidden.grandchild ALTER b SET DEFAULT 'three';
        INSERT INTO hidden.base_1 VALUES (1);
        INSERT INTO hidden.both VALUES (-2, 'x');
        INSERT INTO hidden.grandchild VALUES (3, 'y', 4);

        CREATE TABLE hidden.left_side (id int PRIMARY KEY, partner int, code text UNIQUE DEFERRABLE INITIALLY DEFERRED);
        CREATE TABLE hidden.right_side (id int PRIMARY KEY,
          partner int REFERENCES hidden.left_side DEFERRABLE INITIALLY DEFERRED);
        ALTER TABLE hidden.left_side ADD FOREIGN KEY (partner) REFERENCES hidden.right_side ON UPDATE CASCADE;
        ALTER TABLE hidden.left_side CLUSTER ON left_side_pkey;
        BEGIN; SET CONSTRAINTS ALL DEFERRED;
        INSERT INTO hidden.left_side SELECT n, NULL, 'c' || n FROM generate_series(1, 50) n;
        INSERT INTO hidden.right_side SELECT n, n FROM generate_series(1, 50) n; UPDATE hidden.left_side SET partner = id;
        COMMIT;
        CREATE TABLE hidden.late_key (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, t text);
        INSERT INTO hidden.late_key VALUES (1, 'a'), (2, 'b');
        CREATE TABLE hidden.nulls (a int, b int, UNIQUE NULLS NOT DISTINCT (a, b));
        INSERT INTO hidden.nulls VALUES (NULL, NULL), (1, NULL);
        CREATE TABLE hidden.booking (id int PRIMARY KEY, at tsrange,
          CONSTRAINT alone EXCLUDE USING gist (at WITH &&) WHERE (id > 0) DEFERRABLE);
        INSERT INTO hidden.booking VALUES (1, '[2020-01-01,2020-01-02)'), (-1, '[2020-01-01,2020-01-02)');
        CREATE TABLE hidden.two_keys (a int, b int, PRIMARY KEY (b, a));
        CREATE TABLE hidden.needs_two (a int, b int, FOREIGN KEY (b, a) REFERENCES hidden.two_keys ON DELETE SET NULL (a));
        INSERT INTO hidden.two_keys VALUES (1, 2), (2, 1);
        INSERT INTO hidden.needs_two VALUES (1, 2), (13, NULL);
        ALTER TABLE hidden.needs_two ADD CONSTRAINT not_thirteen CHECK (a <> 13) NOT VALID;
        COMMENT ON CONSTRAINT not_thirteen ON hidden.needs_two IS 'broken by a row';
        CREATE TABLE hidden.by_index (a int NOT NULL, b json);
        CREATE UNIQUE INDEX by_index_key ON hidden.by_index (a);
        ALTER TABLE hidden.by_index REPLICA IDENTITY USING INDEX by_index_key;
        INSERT INTO hidden.by_index SELECT n, '{"a":  1}' FROM generate_series(1, 10) n;
        CREATE TABLE hidden.by_nothing (id int PRIMARY KEY, t text);
        ALTER TABLE hidden.by_nothing REPLICA IDENTITY NOTHING;
        INSERT INTO hidden.by_nothing VALUES (1, 'x');
        CREATE TABLE hidden.by_full (id int PRIMARY KEY, t text);
        ALTER TABLE hidden.by_full REPLICA IDENTITY FULL;
        INSERT INTO hidden.by_full VALUES (1, 'x'), (2, NULL);
        ALTER TABLE hidden.by_full ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
        CREATE POLICY only_some ON hidden.by_full AS RESTRICTIVE FOR SELECT TO nasty_reader USING (id > 1);
        COMMENT ON POLICY only_some ON hidden.by_full IS 'a policy';

        CREATE TABLE hidden.stored (id int PRIMARY KEY, ext text, main text, plain text, raw bytea);
        ALTER TABLE hidden.stored ALTER ext SET STORAGE EXTERNAL, ALTER main SET STORAGE MAIN, ALTER plain SET STORAGE PLAIN,
          ALTER main SET COMPRESSION pglz, ALTER id SET STATISTICS 500, ALTER ext SET (n_distinct = -0.5),
          SET (fillfactor = 70, toast.autovacuum_enabled = false, toast_tuple_target = 256);
        INSERT INTO hidden.stored SELECT n, repeat(md5(n::text), 60000), repeat('m', 3000), 'p',
          decode(repeat(md5(n::text), 50000), 'hex') FROM generate_series(1, 2) n;
        DO $$ BEGIN EXECUTE 'CREATE TABLE hidden.widest (' || (SELECT string_agg('c' || n || ' int', ', ')
          FROM generate_series(1, 1600) n) || ')'; END $$;
        INSERT INTO hidden.widest (c1, c1600) VALUES (1, 1600), (2, NULL);
        CREATE TABLE "a.b""c\d"."select" (U&"two\000Alines" int PRIMARY KEY, "; Type: INDEX; Schema: x" text, "🐘" text,
          """" int, "$1" int, "%s\" int, "ctid " int, "CaSe" int, "case" int);
        INSERT INTO "a.b""c\d"."select" SELECT n, 't' || n, '🐘', n, n, n, n, n, n FROM generate_series(1, 20) n;
        CREATE TABLE "a.b""c\d"."a name that has as many bytes as a name can have, which is sixty-th" (id int PRIMARY KEY);
        CREATE TABLE "a.b""c\d".U&"x\000A-- TOC entry 7 (class 1259 OID 7)" (id int);
        INSERT INTO "a.b""c\d".U&"x\000A-- TOC entry 7 (class 1259 OID 7)" VALUES (1), (1);
        CREATE UNLOGGED TABLE hidden.cart (id serial PRIMARY KEY, ident int GENERATED ALWAYS AS IDENTITY (INCREMENT 10));
        INSERT INTO hidden.cart SELECT FROM generate_series(1, 30);
        CREATE SEQUENCE hidden.down AS smallint INCREMENT -3 MAXVALUE 10 MINVALUE -20 START 10 CACHE 5 CYCLE;
        SELECT nextval('hidden.down') FROM generate_series(1, 3);
        CREATE SEQUENCE "a.b""c\d"."last one"; SELECT setval('"a.b""c\d"."last one"', 9223372036854775807);
        CREATE SEQUENCE hidden.owned OWNED BY hidden.base_1.a;
        SELECT lo_create(5001), lo_from_bytea(5002, decode(repeat(md5('x'), 80000), 'hex'));

        """#
}
