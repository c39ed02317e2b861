-- Odd: layers of roles where every role of a layer is a member of every role of the next one (many diamonds).
-- password r02_top D1amond:Top
DO $do$
BEGIN
  FOR layer IN 1..4 LOOP
    FOR n IN 1..5 LOOP
      EXECUTE format('CREATE ROLE %I', format('r02_l%s_n%s', layer, n));
    END LOOP;
  END LOOP;
  FOR layer IN 1..3 LOOP
    FOR n IN 1..5 LOOP
      FOR m IN 1..5 LOOP
        EXECUTE format('GRANT %I TO %I', format('r02_l%s_n%s', layer + 1, m), format('r02_l%s_n%s', layer, n));
      END LOOP;
    END LOOP;
  END LOOP;
END
$do$;
CREATE ROLE r02_top LOGIN;
GRANT r02_l1_n1, r02_l1_n2, r02_l1_n3, r02_l1_n4, r02_l1_n5 TO r02_top;
-- The same role also straight from the bottom: it is reached in 126 ways.
GRANT r02_l4_n5 TO r02_top;
-- A plain diamond, with ADMIN on one side only.
CREATE ROLE r02_bottom;
CREATE ROLE r02_left;
CREATE ROLE r02_right;
CREATE ROLE r02_tip;
GRANT r02_bottom TO r02_left WITH ADMIN OPTION;
GRANT r02_bottom TO r02_right;
GRANT r02_left, r02_right TO r02_tip;
