-- Odd: everything that PUBLIC has by default is taken away, on the database, the schema public, functions and types.
-- password r22_app Nothing4Public%
CREATE ROLE r22_app LOGIN;
SELECT current_database() AS db \gset
REVOKE CONNECT, TEMPORARY ON DATABASE :"db" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"db" TO r22_app;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
CREATE FUNCTION public.r22_f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION public.r22_f(text) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE public.r22_p() LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION public.r22_open() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TYPE public.r22_type AS ENUM ('a');
CREATE DOMAIN public.r22_domain AS int;
CREATE TABLE public.r22_table (id int);
REVOKE EXECUTE ON ALL ROUTINES IN SCHEMA public FROM PUBLIC;
-- One gets it back.
GRANT EXECUTE ON FUNCTION public.r22_open() TO PUBLIC;
REVOKE USAGE ON TYPE public.r22_type FROM PUBLIC;
REVOKE USAGE ON DOMAIN public.r22_domain FROM PUBLIC;
REVOKE USAGE ON LANGUAGE sql, plpgsql FROM PUBLIC;
-- Nothing to take away here; it still writes the list of rights down.
REVOKE ALL ON public.r22_table FROM PUBLIC;
REVOKE ALL ON SCHEMA information_schema FROM PUBLIC;
