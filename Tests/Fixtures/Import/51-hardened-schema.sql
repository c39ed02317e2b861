-- Nobody but its owner gets into the schema that everybody has.
CREATE ROLE app LOGIN;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO app;
ALTER ROLE ALL SET idle_in_transaction_session_timeout = '5min';
