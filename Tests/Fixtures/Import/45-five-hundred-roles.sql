-- Odd: 500 roles in a chain 500 deep, 996 memberships, 5,000 grants on 100 tables, and one table for 300 roles.
CREATE SCHEMA r45;
GRANT USAGE ON SCHEMA r45 TO PUBLIC;
DO $do$
BEGIN
  FOR n IN 1..500 LOOP
    EXECUTE format('CREATE ROLE %I', 'r45_' || to_char(n, 'FM000'));
  END LOOP;
  -- Each is a member of two with a lower number, so that there is no circle.
  FOR n IN 3..500 LOOP
    EXECUTE format('GRANT %I, %I TO %I', 'r45_' || to_char(n / 2, 'FM000'), 'r45_' || to_char(n - 1, 'FM000'),
                   'r45_' || to_char(n, 'FM000'));
  END LOOP;
  FOR t IN 1..100 LOOP
    EXECUTE format('CREATE TABLE r45.%I (a int)', 't' || t);
    FOR n IN 1..50 LOOP
      EXECUTE format('GRANT %s ON r45.%I TO %I', (ARRAY['SELECT', 'INSERT', 'UPDATE, DELETE', 'ALL'])[(t + n) % 4 + 1],
                     't' || t, 'r45_' || to_char((t * 50 + n * 7) % 500 + 1, 'FM000'));
    END LOOP;
  END LOOP;
  CREATE TABLE r45.for_300 (a int);
  FOR n IN 1..300 LOOP
    EXECUTE format('GRANT SELECT ON r45.for_300 TO %I', 'r45_' || to_char(n, 'FM000'));
  END LOOP;
END
$do$;
