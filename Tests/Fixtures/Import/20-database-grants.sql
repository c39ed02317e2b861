-- Odd: the database belongs to somebody else, has a limit, closed to PUBLIC, with rights passed on by a non-owner.
-- password r20_owner Own3r!of!this
CREATE ROLE r20_owner LOGIN;
CREATE ROLE r20_a;
CREATE ROLE r20_b;
CREATE ROLE "r20 Odd: ""role"" #1";
SELECT current_database() AS db \gset
ALTER DATABASE :"db" OWNER TO r20_owner;
ALTER DATABASE :"db" CONNECTION LIMIT 17;
REVOKE ALL ON DATABASE :"db" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"db" TO r20_a WITH GRANT OPTION;
GRANT CREATE, TEMPORARY ON DATABASE :"db" TO "r20 Odd: ""role"" #1";
SET ROLE r20_a;
GRANT CONNECT ON DATABASE :"db" TO r20_b;
RESET ROLE;
-- The owner keeps CREATE only.
REVOKE CONNECT, TEMPORARY ON DATABASE :"db" FROM r20_owner;
COMMENT ON DATABASE :"db" IS 'owned: by "r20_owner" # 100%';
