-- Odd: rights on every kind of relation: tables, views, materialized views, partitioned and foreign tables, and more.
CREATE ROLE r11_owner;
CREATE ROLE r11_reader;
CREATE ROLE r11_writer;
CREATE ROLE r11_all;
CREATE SCHEMA r11 AUTHORIZATION r11_owner;
CREATE SCHEMA r11_other;
CREATE TABLE r11.plain (id int PRIMARY KEY, note text);
CREATE UNLOGGED TABLE r11.unlogged (id int);
CREATE TABLE r11.no_columns ();
CREATE TYPE r11.shape AS (x int, y int);
CREATE TABLE r11.typed OF r11.shape;
CREATE TABLE r11.child (extra int) INHERITS (r11.plain);
CREATE TABLE r11.parted (id int, day date) PARTITION BY RANGE (day);
CREATE TABLE r11_other.parted_2024 PARTITION OF r11.parted FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE r11.parted_2025 PARTITION OF r11.parted FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')
  PARTITION BY LIST (id);
CREATE TABLE r11.parted_2025_1 PARTITION OF r11.parted_2025 FOR VALUES IN (1);
CREATE TABLE r11.parted_default PARTITION OF r11.parted DEFAULT;
CREATE VIEW r11.a_view AS SELECT id, note FROM r11.plain;
CREATE VIEW r11.barrier WITH (security_barrier) AS SELECT id FROM r11.plain WHERE id > 0;
CREATE VIEW r11.invoker WITH (security_invoker) AS SELECT id FROM r11.plain;
CREATE RECURSIVE VIEW r11.recursive (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM recursive WHERE n < 3;
CREATE MATERIALIZED VIEW r11.full_matview AS SELECT count(*) AS n FROM r11.plain;
CREATE MATERIALIZED VIEW r11.empty_matview AS SELECT 1 AS n WITH NO DATA;
CREATE FOREIGN DATA WRAPPER r11_fdw;
CREATE SERVER r11_server FOREIGN DATA WRAPPER r11_fdw;
CREATE FOREIGN TABLE r11.far (id int, note text) SERVER r11_server;
CREATE FOREIGN TABLE r11.parted_far PARTITION OF r11.parted FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')
  SERVER r11_server;
CREATE SEQUENCE r11.counter;
CREATE TABLE r11.identity_and_serial (id int GENERATED ALWAYS AS IDENTITY, s serial, t bigserial);

-- Each single right, all of them, and a view that may do more than its table.
GRANT SELECT ON r11.plain TO r11_reader;
GRANT INSERT ON r11.plain TO r11_writer;
GRANT UPDATE, DELETE ON r11.unlogged TO r11_writer;
GRANT TRUNCATE ON r11.no_columns TO r11_writer;
GRANT REFERENCES, TRIGGER ON r11.typed TO r11_writer;
GRANT ALL ON r11.child TO r11_all;
GRANT SELECT ON r11.parted TO r11_reader;
GRANT SELECT ON r11_other.parted_2024 TO r11_writer;
GRANT DELETE ON r11.parted_2025 TO r11_reader;
GRANT ALL ON r11.parted_2025_1 TO r11_all WITH GRANT OPTION;
GRANT SELECT ON r11.a_view, r11.barrier, r11.invoker, r11.recursive TO PUBLIC;
GRANT INSERT, UPDATE, DELETE ON r11.a_view TO r11_reader;
GRANT SELECT ON r11.full_matview TO r11_reader;
GRANT ALL ON r11.empty_matview TO r11_all;
GRANT SELECT, INSERT ON r11.far TO r11_reader;
GRANT SELECT ON r11.parted_far TO PUBLIC;
GRANT ALL ON r11.identity_and_serial TO r11_all;
GRANT SELECT ON SEQUENCE r11.identity_and_serial_id_seq TO r11_reader;
GRANT USAGE ON SEQUENCE r11.identity_and_serial_s_seq TO r11_writer;
-- A table's right, given as if the sequence were a table.
GRANT SELECT, UPDATE ON TABLE r11.counter TO r11_writer;
GRANT SELECT ON ALL TABLES IN SCHEMA r11_other TO r11_all;
-- Owners that differ from the schema's.
ALTER TABLE r11.typed OWNER TO r11_owner;
ALTER VIEW r11.barrier OWNER TO r11_reader;
ALTER MATERIALIZED VIEW r11.full_matview OWNER TO r11_writer;
ALTER FOREIGN TABLE r11.far OWNER TO r11_all;

SELECT current_setting('server_version_num')::int >= 170000 AS pg17 \gset
\if :pg17
GRANT MAINTAIN ON r11.plain, r11.full_matview TO r11_writer;
GRANT MAINTAIN ON r11.parted TO r11_reader WITH GRANT OPTION;
-- Everything but MAINTAIN: what a server that was upgraded from 16 has after GRANT ALL.
GRANT ALL ON r11.unlogged TO r11_all;
REVOKE MAINTAIN ON r11.unlogged FROM r11_all;
\endif
