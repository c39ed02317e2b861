-- Odd: a chain of 40 roles, each a member of the next, in no order that helps, with one login at its end.
-- password r01_login Deep#Tree01
CREATE ROLE r01_login LOGIN;
DO $do$
DECLARE
  -- 37 and 41 share no divisor, so n * 37 % 41 visits 1 to 40 once each, out of order
  parent text := NULL;
  child text;
BEGIN
  FOR n IN 1..40 LOOP
    child := format('r01_level_%s', lpad((n * 37 % 41)::text, 2, '0'));
    EXECUTE format('CREATE ROLE %I NOLOGIN', child);
    IF parent IS NOT NULL THEN
      EXECUTE format('GRANT %I TO %I', parent, child);
    END IF;
    parent := child;
  END LOOP;
  EXECUTE format('GRANT %I TO r01_login', parent);
END
$do$;
-- Short cuts through the chain, which make some memberships look needless.
GRANT r01_level_37 TO r01_login;
GRANT r01_level_33 TO r01_level_04;
CREATE SCHEMA r01 AUTHORIZATION r01_level_37;
CREATE TABLE r01.leaf (id int);
ALTER TABLE r01.leaf OWNER TO r01_level_37;
GRANT SELECT ON r01.leaf TO r01_level_04;
GRANT INSERT ON r01.leaf TO r01_login;
