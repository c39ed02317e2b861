-- Odd: one membership granted by several roles with different options (16 and later), a chain of grantors whose order
-- counts, and on 15 a membership whose grantor is gone.
CREATE ROLE r04_group;
CREATE ROLE r04_member;
-- The chain runs against the alphabet: z gives y the right, y gives x, and so on.
CREATE ROLE r04_z;
CREATE ROLE r04_y;
CREATE ROLE r04_x;
CREATE ROLE r04_w;
CREATE ROLE r04_v;
GRANT r04_group TO r04_z WITH ADMIN OPTION;
SET ROLE r04_z;
GRANT r04_group TO r04_y WITH ADMIN OPTION;
SET ROLE r04_y;
GRANT r04_group TO r04_x WITH ADMIN OPTION;
SET ROLE r04_x;
GRANT r04_group TO r04_w WITH ADMIN OPTION;
SET ROLE r04_w;
GRANT r04_group TO r04_v;
GRANT r04_group TO r04_member;
RESET ROLE;

SELECT current_setting('server_version_num')::int >= 160000 AS pg16 \gset
\if :pg16
-- The member now has it five times, from five grantors.
GRANT r04_group TO r04_member WITH INHERIT FALSE;
GRANT r04_group TO r04_member WITH SET FALSE GRANTED BY r04_z;
GRANT r04_group TO r04_member WITH ADMIN TRUE, INHERIT TRUE GRANTED BY r04_y;
GRANT r04_group TO r04_member WITH INHERIT FALSE, SET FALSE GRANTED BY r04_x;
-- A member with ADMIN from two sides, who grants it on.
GRANT r04_group TO r04_w WITH ADMIN TRUE GRANTED BY r04_z;
CREATE ROLE r04_last;
GRANT r04_group TO r04_last GRANTED BY r04_member;
-- No grant by the server's own superuser at all for these two: only by others.
CREATE ROLE r04_only;
GRANT r04_group TO r04_only GRANTED BY r04_y;
GRANT r04_group TO r04_only WITH ADMIN TRUE GRANTED BY r04_w;
\else
-- The grantor is dropped; 15 keeps its number in pg_auth_members.
CREATE ROLE r04_gone CREATEROLE;
CREATE ROLE r04_orphan;
GRANT r04_member TO r04_gone WITH ADMIN OPTION;
SET ROLE r04_gone;
GRANT r04_member TO r04_orphan;
RESET ROLE;
DROP ROLE r04_gone;
\endif
