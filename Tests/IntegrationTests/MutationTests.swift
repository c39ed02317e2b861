import SQL
import TestSupport
import Testing

/// A corpus of changes behind pgsteer's back: each is found, named rightly and repaired, and nothing else is touched.
@Suite struct MutationTests {
    /// One change by somebody else.
    struct Mutation: Sendable {
        var sql: String
        var database: String
        /// The resource that it changes, and what the difference is called.
        var resource: String
        var attribute: String
        var since: Int

        init(_ sql: String, in database: String = "postgres", _ resource: String, _ attribute: String, since: Int = 15)
        {
            self.sql = sql
            self.database = database
            self.resource = resource
            self.attribute = attribute
            self.since = since
        }
    }

    static let password = TemporaryHome.password("app")

    /// What a password was hashed to long ago: `md5` of password and role name.
    private static let attributes = [
        Mutation("ALTER ROLE app NOLOGIN", "Account/db/app", "login"),
        Mutation("ALTER ROLE app CONNECTION LIMIT 99", "Account/db/app", "connectionLimit"),
        Mutation("ALTER ROLE app VALID UNTIL 'infinity'", "Account/db/app", "validUntil"),
        Mutation("ALTER ROLE app NOCREATEDB", "Account/db/app", "createdb"),
        Mutation("ALTER ROLE app CREATEROLE", "Account/db/app", "createrole"),
        Mutation("ALTER ROLE app PASSWORD 'other'", "Account/db/app", "password"),
        Mutation("ALTER ROLE app PASSWORD NULL", "Account/db/app", "password"),
        Mutation(
            "SET password_encryption = 'md5'; ALTER ROLE app PASSWORD '\(password)'",
            "Account/db/app",
            "passwordHash"
        ),
        Mutation(
            "SET scram_iterations = 1000; ALTER ROLE app PASSWORD '\(password)'",
            "Account/db/app",
            "passwordHash",
            since: 16
        ),
        Mutation("COMMENT ON ROLE app IS 'changed'", "Account/db/app", "remark"),
        Mutation("COMMENT ON ROLE app IS NULL", "Account/db/app", "remark"),
        Mutation("REVOKE readers FROM app", "Account/db/app", "memberships.readers"),
        Mutation("REVOKE ADMIN OPTION FOR readers FROM app", "Account/db/app", "memberships.readers.admin"),
        Mutation("GRANT readers TO app WITH INHERIT FALSE", "Account/db/app", "memberships.readers.inherit", since: 16),
        Mutation("GRANT readers TO app WITH SET FALSE", "Account/db/app", "memberships.readers.set", since: 16),
        Mutation("ALTER ROLE app SET work_mem = '1GB'", "Account/db/app", "settings.work_mem"),
        Mutation("ALTER ROLE app RESET search_path", "Account/db/app", "settings.search_path"),
        Mutation(
            "ALTER ROLE app IN DATABASE shop SET statement_timeout = 0",
            "AccountSettings/db/shop/app",
            "settings.statement_timeout"
        ),
        Mutation("ALTER DATABASE shop OWNER TO readers", "Database/db/shop", "owner"),
        Mutation("ALTER DATABASE shop CONNECTION LIMIT 3", "Database/db/shop", "connectionLimit"),
        Mutation("COMMENT ON DATABASE shop IS 'x'", "Database/db/shop", "remark"),
        Mutation("ALTER DATABASE shop SET DateStyle = 'German'", "Database/db/shop", "settings.DateStyle"),
        Mutation("ALTER SCHEMA app OWNER TO readers", in: "shop", "Schema/db/shop/app", "owner"),
        Mutation("COMMENT ON SCHEMA app IS 'x'", in: "shop", "Schema/db/shop/app", "remark"),
        Mutation("DROP SCHEMA spare", in: "shop", "Schema/db/shop/spare", ""),
    ]

    private static let privileges = [
        Mutation("REVOKE TEMPORARY ON DATABASE shop FROM bob", in: "shop", "Grant/db/shop", "bob: database shop"),
        Mutation("REVOKE USAGE ON SCHEMA app FROM bob", in: "shop", "Grant/db/shop", "bob: schema app"),
        Mutation("REVOKE SELECT ON app.orders FROM bob", in: "shop", "Grant/db/shop", "bob: table app.orders"),
        Mutation(
            "REVOKE GRANT OPTION FOR SELECT ON app.orders FROM bob",
            in: "shop",
            "Grant/db/shop",
            "bob: table app.orders"
        ),
        Mutation("REVOKE SELECT ON app.seen FROM bob", in: "shop", "Grant/db/shop", "bob: table app.seen"),
        Mutation(
            "REVOKE UPDATE (total) ON app.orders FROM bob",
            in: "shop",
            "Grant/db/shop",
            "bob: column app.orders(total)"
        ),
        Mutation(
            "REVOKE USAGE ON SEQUENCE app.numbers FROM bob",
            in: "shop",
            "Grant/db/shop",
            "bob: sequence app.numbers"
        ),
        Mutation(
            "REVOKE EXECUTE ON FUNCTION app.add(int, int) FROM bob",
            in: "shop",
            "Grant/db/shop",
            "bob: routine app.add(integer, integer)"
        ),
        Mutation(
            "REVOKE EXECUTE ON PROCEDURE app.work(text) FROM bob",
            in: "shop",
            "Grant/db/shop",
            "bob: routine app.work(text)"
        ),
        Mutation("REVOKE USAGE ON TYPE app.mood FROM bob", in: "shop", "Grant/db/shop", "bob: type app.mood"),
        Mutation("REVOKE USAGE ON DOMAIN app.positive FROM bob", in: "shop", "Grant/db/shop", "bob: type app.positive"),
        Mutation("REVOKE USAGE ON LANGUAGE sql FROM bob", in: "shop", "Grant/db/shop", "bob: language sql"),
        Mutation(
            "REVOKE USAGE ON FOREIGN DATA WRAPPER files FROM bob",
            in: "shop",
            "Grant/db/shop",
            "bob: foreign data wrapper files"
        ),
        Mutation(
            "REVOKE USAGE ON FOREIGN SERVER disk FROM bob",
            in: "shop",
            "Grant/db/shop",
            "bob: foreign server disk"
        ),
        Mutation("REVOKE SELECT ON LARGE OBJECT 4711 FROM bob", in: "shop", "Grant/db/shop", "bob: large object 4711"),
        Mutation("REVOKE SET ON PARAMETER log_statement FROM bob", "Grant/db/postgres", "bob: parameter log_statement"),
        Mutation(
            "ALTER DEFAULT PRIVILEGES FOR ROLE readers IN SCHEMA app REVOKE SELECT ON TABLES FROM bob",
            in: "shop",
            "Grant/db/shop",
            "bob: future tables in app by readers"
        ),
        Mutation(
            "ALTER DEFAULT PRIVILEGES FOR ROLE readers REVOKE EXECUTE ON ROUTINES FROM bob",
            in: "shop",
            "Grant/db/shop",
            "bob: future routines by readers"
        ),
        Mutation(
            "CREATE TABLE app.late (id int); ALTER TABLE app.late OWNER TO app",
            in: "shop",
            "Grant/db/shop",
            "bob: table app.late"
        ),
        Mutation("GRANT DELETE ON app.orders TO strict", in: "shop", "Grant/db/shop", "strict: table app.orders"),
        Mutation("REVOKE SELECT ON app.seen FROM PUBLIC", in: "shop", "Grant/db/shop", "public: table app.seen"),
        // Last, because dumps tell the extension that initdb made from one that was made later.
        Mutation("DROP EXTENSION plpgsql", in: "shop", "Extension/db/shop/plpgsql", ""),
    ]

    private static let objects = """
        CREATE TABLE app.orders (id int, total int, "odd ""name" text);
        CREATE VIEW app.seen AS SELECT 1 AS one;
        CREATE SEQUENCE app.numbers;
        CREATE FUNCTION app.add(int, int) RETURNS int LANGUAGE sql AS 'SELECT $1 + $2';
        CREATE FUNCTION app.add(text) RETURNS text LANGUAGE sql AS 'SELECT $1';
        CREATE PROCEDURE app.work(text) LANGUAGE sql AS 'SELECT 1';
        CREATE TYPE app.mood AS ENUM ('good', 'bad');
        CREATE DOMAIN app.positive AS int CHECK (VALUE > 0);
        CREATE FOREIGN DATA WRAPPER files;
        CREATE SERVER disk FOREIGN DATA WRAPPER files;
        SELECT lo_create(4711);
        REVOKE EXECUTE ON ALL ROUTINES IN SCHEMA app FROM PUBLIC;
        REVOKE USAGE ON LANGUAGE sql FROM PUBLIC;
        -- What shadows PostgreSQL's own names changes nothing.
        CREATE TABLE public.pg_roles (rolname text);
        CREATE FUNCTION public.pg_get_userbyid(oid) RETURNS name LANGUAGE sql AS 'SELECT ''nobody''::name';
        CREATE FUNCTION public.hostile(name, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
        CREATE OPERATOR public.= (LEFTARG = name, RIGHTARG = text, FUNCTION = public.hostile);

        """

    static let specification = """
          accounts:
            - name: app
              passwordFrom: { env: APP_PASSWORD }
              login: true
              connectionLimit: 5
              validUntil: 2031-01-31T00:00:00Z
              createdb: true
              createrole: false
              remark: the "shop"
              memberships: [{ role: readers, admin: true MEMBER_OPTIONS }]
              settings: { work_mem: 8MB, search_path: '"$user", app, public' }
              databaseSettings: { shop: { statement_timeout: 1min } }
            - { name: readers, login: false }
            - { name: strict, login: false, grantMode: exact }
            - name: bob
              grants:
                - { database: shop, privileges: [CONNECT, TEMPORARY] }
                - { database: shop, schema: app, privileges: [USAGE] }
                - { database: shop, schema: app, tables: all, privileges: [SELECT], futureBy: readers }
                - { database: shop, schema: app, tables: [orders], privileges: [SELECT], grantable: true }
                - { database: shop, schema: app, tables: [orders], columns: [total, 'odd "name'], privileges: [UPDATE] }
                - { database: shop, schema: app, sequences: [numbers], privileges: [USAGE, SELECT] }
                - { database: shop, schema: app, routines: ["add(int4, integer)", work], privileges: [EXECUTE] }
                - { database: shop, routines: future, futureBy: readers, privileges: ALL }
                - { database: shop, schema: app, types: [mood, positive], privileges: [USAGE] }
                - { database: shop, languages: [sql], privileges: [USAGE] }
                - { database: shop, foreignDataWrappers: [files], privileges: [USAGE] }
                - { database: shop, foreignServers: [disk], privileges: [USAGE] }
                - { database: shop, largeObjects: ["4711"], privileges: ALL }
                - { parameters: log_statement, privileges: SET }
          databases:
            - name: shop
              owner: app
              connectionLimit: 20
              remark: what is sold
              settings: { DateStyle: "ISO, DMY" }
              schemas: [{ name: app, owner: app, remark: the shop }, spare]
              extensions: [plpgsql]
        ---
        apiVersion: pgsteer/v1
        kind: Grant
        metadata: { name: everybody }
        spec:
          instance: db
          to: public
          grants: [{ database: shop, schema: app, tables: [seen], privileges: [SELECT] }]

        """

    @Test(arguments: PostgresInstallations.majors)
    func `each change behind its back is found, named, repaired, and nothing else is touched`(major: Int) async throws {
        try await ExternalHome.with(major) { place in
            let options = major >= 16 ? ", inherit: true, set: true" : ""
            try place.home.write(
                place.instance(Self.specification.replacing(" MEMBER_OPTIONS", with: options))
            )
            let first = try await place.home.run("apply", "specs", "--yes")
            #expect(first.isSuccess, "\(first.all)")
            try await place.server.run(
                "SET ROLE app; \(Self.objects.components(beforeRole: "CREATE FOREIGN"))",
                database: "shop"
            )
            try await place.server.run(Self.objects.components(afterRole: "CREATE FOREIGN"), database: "shop")
            if let problem = try await place.expectFixedPoint("objects") { Issue.record("\(problem)") }
            let before = try await place.server.snapshot()
            for mutation in Self.attributes + Self.privileges where mutation.since <= major {
                try await place.server.run(mutation.sql, database: mutation.database)
                let drift = try await place.home.run("drift", "specs", "-o", "json")
                #expect(drift.code == 2, "\(mutation.sql): \(drift.all)")
                #expect(
                    drift.output.contains("\"attribute\" : \"\(mutation.attribute)\""),
                    "\(mutation.sql): \(drift.output)"
                )
                #expect(
                    drift.output.contains("\"resource\" : \"\(mutation.resource)\""),
                    "\(mutation.sql): \(drift.output)"
                )
                if let problem = try await place.expectFixedPoint(mutation.sql) { Issue.record("\(problem)") }
                if mutation.sql.hasPrefix("DROP EXTENSION") { continue }
                if mutation.sql.hasPrefix("CREATE TABLE") {
                    try await place.server.run("DROP TABLE app.late", database: "shop")
                }
                let after = try await place.server.snapshot()
                #expect(after.subtracting(before) == [], "\(mutation.sql)")
                #expect(before.subtracting(after) == [], "\(mutation.sql)")
            }
        }
    }
}

extension String {
    fileprivate func components(beforeRole mark: String) -> String {
        firstRange(of: mark).map { String(self[..<$0.lowerBound]) } ?? self
    }

    fileprivate func components(afterRole mark: String) -> String {
        firstRange(of: mark).map { String(self[$0.lowerBound...]) } ?? ""
    }
}
