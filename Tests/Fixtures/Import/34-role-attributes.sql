-- Odd: roles with every attribute, limits of all sizes, and ends of validity from minus infinity to the year 294276.
-- password r34_login Attr1bute$
-- password r34_super SuperUser_1'"
-- password r34_replication Repl1cate&me
-- password r34_longest aB1!aB1!aB1!aB1!aB1!aB1!aB1!aB1!
-- password r34_hash #Start1ng:With-Hash
-- password r34_yaml {aB1}:&*!|>%@`,[x]
-- password r34_quotes '"\'"\"'\\'Ab1!
-- password r34_percent %s%n%20Ab1$HOME$(id)
-- password r34_scram SCRAM-SHA-256$4096:aB1
-- password r34_expired 3xpired:Long-ago
CREATE ROLE r34_plain;
CREATE ROLE r34_login LOGIN;
CREATE ROLE r34_login_without_password LOGIN;
CREATE ROLE r34_super SUPERUSER LOGIN;
CREATE ROLE r34_super_nologin SUPERUSER CREATEDB CREATEROLE REPLICATION BYPASSRLS NOLOGIN;
CREATE ROLE r34_super_demoted SUPERUSER;
ALTER ROLE r34_super_demoted NOSUPERUSER;
CREATE ROLE r34_createdb CREATEDB;
CREATE ROLE r34_createrole CREATEROLE NOINHERIT;
CREATE ROLE r34_replication REPLICATION LOGIN;
CREATE ROLE r34_replication_nologin REPLICATION;
CREATE ROLE r34_bypassrls BYPASSRLS;
CREATE ROLE r34_everything CREATEDB CREATEROLE LOGIN REPLICATION BYPASSRLS NOINHERIT CONNECTION LIMIT 7
  VALID UNTIL '2040-01-01';
CREATE ROLE r34_limit_0 LOGIN CONNECTION LIMIT 0;
CREATE ROLE r34_limit_1 LOGIN CONNECTION LIMIT 1;
CREATE ROLE r34_limit_none LOGIN CONNECTION LIMIT -1;
CREATE ROLE r34_limit_nologin CONNECTION LIMIT 3;
CREATE ROLE r34_limit_most LOGIN CONNECTION LIMIT 2147483647;
CREATE ROLE r34_until_infinity LOGIN VALID UNTIL 'infinity';
CREATE ROLE r34_until_minus_infinity VALID UNTIL '-infinity';
CREATE ROLE r34_expired LOGIN VALID UNTIL '1999-12-31 23:59:59+00';
CREATE ROLE r34_until_micro VALID UNTIL '2038-01-19 03:14:07.123456+00';
CREATE ROLE r34_until_one_digit VALID UNTIL '2038-01-19 03:14:07.1+00';
CREATE ROLE r34_until_zone VALID UNTIL '2030-06-30 12:00:00+05:45';
CREATE ROLE r34_until_named_zone VALID UNTIL '2030-07-01 00:00:00 America/New_York';
CREATE ROLE r34_until_far VALID UNTIL '294276-12-31 23:59:59.999999+00';
CREATE ROLE r34_until_five_digits VALID UNTIL '12345-06-07 00:00:00+00';
CREATE ROLE r34_until_bc VALID UNTIL '0044-03-15 12:00:00+00 BC';
CREATE ROLE r34_until_first VALID UNTIL '4714-11-24 00:00:00+00 BC';
CREATE ROLE r34_until_epoch VALID UNTIL 'epoch';
CREATE ROLE r34_until_leap VALID UNTIL '2028-02-29 24:00:00+00';
CREATE ROLE r34_longest LOGIN;
CREATE ROLE r34_hash LOGIN;
CREATE ROLE r34_yaml LOGIN;
CREATE ROLE r34_quotes LOGIN;
CREATE ROLE r34_percent LOGIN;
CREATE ROLE r34_scram LOGIN;
-- The old names of the same statements.
CREATE USER r34_user;
CREATE GROUP r34_group WITH ROLE r34_user;
