-- Odd: public was dropped and made again by a plain role, so its owner, rights and comment are not the usual ones.
CREATE ROLE r41_owner;
CREATE ROLE r41_app;
DROP SCHEMA public CASCADE;
CREATE SCHEMA public AUTHORIZATION r41_owner;
GRANT USAGE, CREATE ON SCHEMA public TO PUBLIC;
GRANT CREATE ON SCHEMA public TO r41_app WITH GRANT OPTION;
SET ROLE r41_app;
CREATE TABLE public.made_by_app (a int);
CREATE FUNCTION public.made_by_app() RETURNS int LANGUAGE sql AS 'SELECT 1';
GRANT SELECT ON public.made_by_app TO r41_owner;
RESET ROLE;
