-- Odd: memberships with every mix of ADMIN, INHERIT and SET (16 and later), and roles with NOINHERIT.
-- password r03_noinherit No-Inherit3
CREATE ROLE r03_group;
CREATE ROLE r03_group_noinherit NOINHERIT;
CREATE ROLE r03_noinherit LOGIN NOINHERIT;
CREATE ROLE r03_inherit LOGIN INHERIT;
CREATE ROLE r03_admin;
GRANT r03_group TO r03_noinherit;
GRANT r03_group TO r03_inherit;
GRANT r03_group TO r03_group_noinherit;
GRANT r03_group TO r03_admin WITH ADMIN OPTION;
-- The attribute was turned after the membership was made; from 16 on the membership keeps its own option.
CREATE ROLE r03_turned_off INHERIT;
GRANT r03_group TO r03_turned_off;
ALTER ROLE r03_turned_off NOINHERIT;
CREATE ROLE r03_turned_on NOINHERIT;
GRANT r03_group TO r03_turned_on;
ALTER ROLE r03_turned_on INHERIT;
-- ADMIN given and taken away again: the membership stays.
CREATE ROLE r03_admin_lost;
GRANT r03_group TO r03_admin_lost WITH ADMIN OPTION;
REVOKE ADMIN OPTION FOR r03_group FROM r03_admin_lost;

SELECT current_setting('server_version_num')::int >= 160000 AS pg16 \gset
\if :pg16
DO $do$
DECLARE
  words text[] := ARRAY['FALSE', 'TRUE'];
  who text;
BEGIN
  FOR a IN 1..2 LOOP
    FOR i IN 1..2 LOOP
      FOR s IN 1..2 LOOP
        who := format('r03_a%s_i%s_s%s', a - 1, i - 1, s - 1);
        EXECUTE format('CREATE ROLE %I', who);
        EXECUTE format('GRANT r03_group TO %I WITH ADMIN %s, INHERIT %s, SET %s', who, words[a], words[i], words[s]);
      END LOOP;
    END LOOP;
  END LOOP;
END
$do$;
-- INHERIT TRUE for a NOINHERIT member, and the other way round.
CREATE ROLE r03_against_1 NOINHERIT;
GRANT r03_group TO r03_against_1 WITH INHERIT TRUE;
CREATE ROLE r03_against_2 INHERIT;
GRANT r03_group TO r03_against_2 WITH INHERIT FALSE;
-- A predefined role, to look at only: neither inherited nor to be set.
GRANT pg_read_all_data TO r03_a0_i0_s0 WITH INHERIT FALSE, SET FALSE;
-- Options changed afterwards by a second GRANT.
GRANT r03_group TO r03_inherit WITH SET FALSE;
\endif
