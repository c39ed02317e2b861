-- Odd: more databases, with names that are hard to connect to, limits, owners, templates, and one that lets nobody in.
CREATE ROLE r36_owner;
CREATE ROLE r36_app;
CREATE DATABASE "r36 Shop: #1" OWNER r36_owner TEMPLATE template0 ENCODING 'UTF8' CONNECTION LIMIT 5;
CREATE DATABASE r36_limit_0 TEMPLATE template0 ENCODING 'UTF8' CONNECTION LIMIT 0;
CREATE DATABASE r36_limit_most TEMPLATE template0 ENCODING 'UTF8' CONNECTION LIMIT 2147483647;
CREATE DATABASE r36_closed OWNER r36_owner TEMPLATE template0 ENCODING 'UTF8' ALLOW_CONNECTIONS false;
CREATE DATABASE r36_template TEMPLATE template0 ENCODING 'UTF8' IS_TEMPLATE true;
CREATE DATABASE r36_case TEMPLATE template0 ENCODING 'UTF8';
CREATE DATABASE "R36_Case" OWNER r36_owner TEMPLATE template0 ENCODING 'UTF8';
CREATE DATABASE "r36""quoted""'" TEMPLATE template0 ENCODING 'UTF8';
CREATE DATABASE "r36/with\slash%2F?x=y&z#f" TEMPLATE template0 ENCODING 'UTF8';
CREATE DATABASE "dbname=r36 host=/nowhere" TEMPLATE template0 ENCODING 'UTF8';
CREATE DATABASE "postgresql://r36@nowhere/x" TEMPLATE template0 ENCODING 'UTF8';
CREATE DATABASE " r36 🐘 " TEMPLATE template0 ENCODING 'UTF8';
CREATE DATABASE "yes" TEMPLATE template0 ENCODING 'UTF8';
CREATE DATABASE "0123" TEMPLATE template0 ENCODING 'UTF8';
CREATE DATABASE "replication" TEMPLATE template0 ENCODING 'UTF8';
CREATE DATABASE "-r36" TEMPLATE template0 ENCODING 'UTF8';
CREATE DATABASE r36_63_bytes_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx TEMPLATE template0 ENCODING 'UTF8';
REVOKE CONNECT, TEMPORARY ON DATABASE "r36 Shop: #1", r36_closed FROM PUBLIC;
GRANT CONNECT ON DATABASE "r36 Shop: #1", r36_closed, "r36""quoted""'" TO r36_app WITH GRANT OPTION;
GRANT CREATE ON DATABASE "yes", "0123", "R36_Case", "postgresql://r36@nowhere/x" TO r36_app;
REVOKE ALL ON DATABASE "dbname=r36 host=/nowhere" FROM PUBLIC;
ALTER DATABASE "r36 Shop: #1" SET search_path = "My Schema", public;
ALTER DATABASE r36_closed SET work_mem = '9MB';
ALTER ROLE r36_app IN DATABASE r36_closed SET work_mem = '10MB';
ALTER ROLE r36_app IN DATABASE "0123" SET application_name = '0123';
COMMENT ON DATABASE r36_closed IS 'nobody: "gets" in # here';
COMMENT ON DATABASE "r36/with\slash%2F?x=y&z#f" IS '';
COMMENT ON DATABASE " r36 🐘 " IS '🐘';
-- With the locale provider that 17 brought.
SELECT current_setting('server_version_num')::int >= 170000 AS pg17 \gset
\if :pg17
CREATE DATABASE r36_builtin TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8';
\endif
