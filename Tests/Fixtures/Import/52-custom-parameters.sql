-- Parameters that no module of the server knows, in letters of both cases, in the server's files and of roles.
CREATE ROLE spelled LOGIN;
CREATE DATABASE spellings;
SET my.custom = 'a';
ALTER SYSTEM SET my.custom = 'x';
SET "Other.Thing" = 'a';
ALTER SYSTEM SET "Other.Thing" = '5';
SELECT pg_reload_conf();
ALTER ROLE spelled SET "My.Mixed" = 'Q';
ALTER ROLE spelled IN DATABASE spellings SET "My.Mixed" = 'R';
ALTER ROLE spelled SET datestyle = 'sql, european';
ALTER ROLE ALL SET "All.Of" = 'them';
