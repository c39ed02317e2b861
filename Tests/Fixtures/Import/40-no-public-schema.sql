-- Odd: the schema public is gone, and so is the language plpgsql with its extension.
CREATE ROLE r40_owner;
SELECT current_database() AS db \gset
CREATE SCHEMA r40 AUTHORIZATION r40_owner;
CREATE TABLE r40.t (a int);
GRANT SELECT ON r40.t TO r40_owner;
ALTER DATABASE :"db" SET search_path = r40;
DROP SCHEMA public;
DROP EXTENSION plpgsql;
