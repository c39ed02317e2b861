-- Odd: event triggers on every event that do nothing, one of them disabled, owned by another superuser.
CREATE ROLE r42_super SUPERUSER;
CREATE ROLE r42_app;
CREATE SCHEMA r42;
CREATE FUNCTION r42.nothing() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
REVOKE EXECUTE ON FUNCTION r42.nothing() FROM PUBLIC;
CREATE EVENT TRIGGER r42_start ON ddl_command_start EXECUTE FUNCTION r42.nothing();
CREATE EVENT TRIGGER "r42 End: #1" ON ddl_command_end WHEN TAG IN ('GRANT', 'REVOKE', 'ALTER DEFAULT PRIVILEGES')
  EXECUTE FUNCTION r42.nothing();
CREATE EVENT TRIGGER r42_drop ON sql_drop EXECUTE FUNCTION r42.nothing();
CREATE EVENT TRIGGER r42_rewrite ON table_rewrite EXECUTE FUNCTION r42.nothing();
ALTER EVENT TRIGGER r42_drop DISABLE;
ALTER EVENT TRIGGER r42_start ENABLE ALWAYS;
ALTER EVENT TRIGGER r42_start OWNER TO r42_super;
CREATE TABLE r42.t (a int);
GRANT SELECT ON r42.t TO r42_app;

SELECT current_setting('server_version_num')::int >= 170000 AS pg17 \gset
\if :pg17
CREATE EVENT TRIGGER r42_login ON login EXECUTE FUNCTION r42.nothing();
ALTER EVENT TRIGGER r42_login ENABLE ALWAYS;
\endif
