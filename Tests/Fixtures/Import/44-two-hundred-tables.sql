-- Odd: schemas with 200 tables where all are granted to one role, 199 to another, and each right has some exception.
CREATE ROLE r44_all;
CREATE ROLE r44_all_but_one;
CREATE ROLE r44_one;
CREATE ROLE r44_half;
CREATE ROLE r44_almost_writer;
CREATE SCHEMA r44;
CREATE SCHEMA r44_same;
CREATE SCHEMA r44_functions;
SELECT format('CREATE TABLE r44.t%s (a int)', to_char(n, 'FM000')) FROM generate_series(1, 200) n \gexec
SELECT format('CREATE TABLE r44_same.t%s (a int)', to_char(n, 'FM000')) FROM generate_series(1, 200) n \gexec
SELECT format('CREATE FUNCTION r44_functions.f%s(a int) RETURNS int LANGUAGE sql AS ''SELECT 1''', n % 100)
FROM generate_series(1, 100) n \gexec
GRANT SELECT ON ALL TABLES IN SCHEMA r44 TO r44_all;
GRANT SELECT ON ALL TABLES IN SCHEMA r44 TO r44_all_but_one;
REVOKE SELECT ON r44.t137 FROM r44_all_but_one;
GRANT SELECT ON r44.t137 TO r44_one;
SELECT format('GRANT INSERT ON r44.t%s TO r44_half', to_char(n, 'FM000')) FROM generate_series(1, 200, 2) n \gexec
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA r44 TO r44_almost_writer;
REVOKE DELETE ON r44.t001, r44.t200 FROM r44_almost_writer;
GRANT UPDATE ON r44.t100 TO r44_almost_writer WITH GRANT OPTION;
-- All of them, without exception, and the same for those to come.
GRANT ALL ON ALL TABLES IN SCHEMA r44_same TO r44_all WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES IN SCHEMA r44_same GRANT ALL ON TABLES TO r44_all WITH GRANT OPTION;
-- One of them is a view, one a partitioned table, one a sequence: all tables does not mean the sequence.
CREATE VIEW r44.a_view AS SELECT 1 AS one;
CREATE TABLE r44.parted (a int) PARTITION BY LIST (a);
CREATE SEQUENCE r44.a_sequence;
GRANT SELECT ON r44.a_view, r44.parted TO r44_all;
-- All functions but one.
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA r44_functions FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA r44_functions TO r44_all_but_one;
REVOKE EXECUTE ON FUNCTION r44_functions.f42(int) FROM r44_all_but_one;
GRANT EXECUTE ON FUNCTION r44_functions.f42(int) TO PUBLIC;
