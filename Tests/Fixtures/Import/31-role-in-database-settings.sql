-- Odd: ALTER ROLE IN DATABASE SET next to settings of the role and of the database with other values for the same name.
-- password r31_app R0le.in.Db
CREATE ROLE r31_app LOGIN;
CREATE ROLE r31_readonly;
CREATE ROLE "r31 Odd: #""role""";
SELECT current_database() AS db \gset
CREATE DATABASE "r31 Other: ""db"" #1" TEMPLATE template0 ENCODING 'UTF8';
-- Four places for one name.
ALTER ROLE r31_app SET work_mem = '11MB';
ALTER DATABASE :"db" SET work_mem = '12MB';
ALTER ROLE r31_app IN DATABASE :"db" SET work_mem = '13MB';
ALTER ROLE r31_app IN DATABASE "r31 Other: ""db"" #1" SET work_mem = '14MB';
ALTER ROLE r31_app IN DATABASE :"db" SET search_path = "$user", "My: Schema", public;
ALTER ROLE r31_app IN DATABASE "r31 Other: ""db"" #1" SET search_path = '';
ALTER ROLE r31_app IN DATABASE :"db" SET DateStyle = 'Postgres, YMD';
ALTER ROLE r31_app IN DATABASE :"db" SET r31.tenant = 'one''s "tenant": \ #1';
ALTER ROLE r31_app IN DATABASE :"db" SET r31.empty = '';
ALTER ROLE r31_readonly IN DATABASE :"db" SET default_transaction_read_only = on;
ALTER ROLE "r31 Odd: #""role""" IN DATABASE "r31 Other: ""db"" #1" SET application_name = ' x ';
-- The same as ALTER DATABASE SET.
ALTER ROLE ALL IN DATABASE "r31 Other: ""db"" #1" SET statement_timeout = '600s';
-- A setting for a database that the role may not even connect to.
REVOKE CONNECT ON DATABASE "r31 Other: ""db"" #1" FROM PUBLIC;
-- In the database that new ones are copied from; the settings are not copied.
ALTER ROLE r31_readonly IN DATABASE template1 SET r31.tenant = 'template';
-- Set and reset: no row may be left.
ALTER ROLE r31_readonly IN DATABASE :"db" SET work_mem = '5MB';
ALTER ROLE r31_readonly IN DATABASE :"db" RESET work_mem;
