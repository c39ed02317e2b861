-- Odd: roles made by a role with CREATEROLE, which from 16 on leaves a membership of the maker in the made role.
-- password r05_maker Maker+0f+Roles
-- password r05_child_1 Child,1,Pass
CREATE ROLE r05_maker LOGIN CREATEROLE CREATEDB;
CREATE ROLE r05_group;
GRANT r05_group TO r05_maker WITH ADMIN OPTION;
SET ROLE r05_maker;
CREATE ROLE r05_child_1 LOGIN;
CREATE ROLE r05_child_2 IN ROLE r05_group;
CREATE ROLE r05_child_3 ROLE r05_child_1;
CREATE ROLE r05_child_4 ADMIN r05_child_2 CONNECTION LIMIT 3;
-- A maker made by a maker.
CREATE ROLE r05_second_maker CREATEROLE;
RESET ROLE;
SET ROLE r05_second_maker;
CREATE ROLE r05_grandchild;
RESET ROLE;

SELECT current_setting('server_version_num')::int >= 160000 AS pg16 \gset
\if :pg16
-- With createrole_self_grant there are two rows: one from the server's superuser, one from the maker itself.
SET ROLE r05_maker;
SET createrole_self_grant = 'set, inherit';
CREATE ROLE r05_self_both;
SET createrole_self_grant = 'inherit';
CREATE ROLE r05_self_inherit;
SET createrole_self_grant = 'set';
CREATE ROLE r05_self_set;
RESET createrole_self_grant;
CREATE ROLE r05_self_none;
GRANT r05_self_none TO r05_child_1 WITH INHERIT FALSE;
RESET ROLE;
ALTER ROLE r05_maker SET createrole_self_grant = 'set, inherit';
ALTER ROLE r05_second_maker SET createrole_self_grant = '';
-- The maker's own attribute is gone, the memberships stay.
CREATE ROLE r05_was_maker CREATEROLE;
SET ROLE r05_was_maker;
CREATE ROLE r05_left_behind;
RESET ROLE;
ALTER ROLE r05_was_maker NOCREATEROLE;
\endif
