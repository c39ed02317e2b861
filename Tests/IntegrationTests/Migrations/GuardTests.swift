import PostgresClient
import SQL
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What guards a migration while it follows, on real servers.
@Suite struct GuardTests {
    private static let shop = """
        CREATE TABLE item (id int PRIMARY KEY, name text); INSERT INTO item SELECT n, 'n' || n FROM generate_series(1, 300) n;
        CREATE TABLE visit (at int); CREATE VIEW named AS SELECT item.name FROM item
        """

    @Test func `definitions that change on the source are named, hold the cut-over up, and new tables come along`()
        async throws
    {
        try await MigrationHome.with(15, 17) { place in
            try await place.source.run(Self.shop, database: "shop")
            try place.declare("full+incremental", "  cutover: { maxWritePause: 60s }")
            let skip = "replica-identity=there are few visits"
            let started = try await place.migration("start", "--skip-check", skip)
            #expect(started.isSuccess, "\(started.errors)")
            let quiet = try await place.migration("status")
            #expect(quiet.output.contains("accepted      replica-identity: there are few visits"), "\(quiet.output)")
            #expect(!quiet.output.contains("CHANGED"), "\(quiet.output)")
            let repeated =
                "ALTER TABLE item ADD COLUMN more int DEFAULT 5; CREATE INDEX by_name ON item (name); CREATE TABLE extra (a int, b text)"
            try await place.source.run(
                "\(repeated); CREATE OR REPLACE VIEW named AS SELECT item.name FROM item WHERE item.id > 1; INSERT INTO extra VALUES (1, 'x'); INSERT INTO item VALUES (500, 'late', 7)",
                database: "shop"
            )
            let status = try await place.migration("status")
            for words in [
                "column more of public.item was added (integer DEFAULT 5); on the target: ALTER TABLE \"public\".\"item\" ADD COLUMN \"more\" integer DEFAULT 5;",
                "index by_name of public.item was added; on the target: CREATE INDEX by_name ON public.item USING btree (name);",
                "table public.extra was added", "view public.named was changed",
            ] { #expect(status.output.contains(words), "\(words): \(status.output)\(status.errors)") }
            let watched = try await place.migration("watch", "--once")
            #expect(
                watched.code == 1 && watched.errors.contains("CHANGED on the source: column more"),
                "\(watched.all)"
            )
            let refused = try await place.migration("complete")
            #expect(
                refused.errors.contains("on the source, table public.extra was added, and 3 more"),
                "\(refused.errors)"
            )

            try await place.target.run(
                "\(repeated); CREATE OR REPLACE VIEW named AS SELECT item.name FROM item WHERE item.id > 1",
                database: "shop"
            )
            let early = try await place.migration("complete")
            #expect(early.errors.contains("public.extra is not followed yet"), "\(early.errors)")
            let resumed = try await place.migration("resume")
            #expect(resumed.errors.contains("followed from now on, too: public.extra"), "\(resumed.all)")
            try await place.source.run(
                "INSERT INTO extra VALUES (2, 'y'); DELETE FROM extra WHERE a = 1",
                database: "shop"
            )
            let well = try await place.migration("watch", "--once")
            #expect(well.code == 0, "\(well.all)")
            let completed = try await place.migration("complete")
            #expect(completed.isSuccess, "\(completed.errors)")
            #expect(try await place.query("SELECT a FROM extra", on: place.target).map { $0.text("a") } == ["2"])
            let late = try await place.query("SELECT more FROM item WHERE id = 500", on: place.target)
            #expect(late.first?.text("more") == "7")
            #expect(try await place.leftovers() == [])
        }
    }

    /// Moves the end of the source's log on by 16 MiB each time.
    private static func fillLog(of server: ScratchServer, times: Int = 6) async throws {
        let one = "SELECT pg_logical_emit_message(true, 'filling', 'x'); SELECT pg_switch_wal();"
        try await server.run(String(repeating: one, count: times), database: "shop")
    }

    @Test func `a source that keeps too much of its log is told, and is safe when its slot may be given up`()
        async throws
    {
        try await MigrationHome.with(17, 15) { place in
            try await place.source.run(Self.shop, database: "shop")
            try place.declare("full+incremental", "  guard: { retainedWAL: 64MiB }")
            #expect(try await place.migration("start").isSuccess)
            #expect(try await place.migration("watch", "--once").code == 0)
            #expect(try await place.migration("pause").isSuccess)
            try await Self.fillLog(of: place.source)
            let status = try await place.migration("status", "-o", "json")
            #expect(status.output.contains("and the limit is 64.0 MiB"), "\(status.output)")
            let watched = try await place.migration("watch", "--once")
            #expect(watched.code == 1 && watched.errors.contains("LIMIT: the source keeps"), "\(watched.all)")
            #expect(watched.errors.contains("pgsteer migration resume move"), "\(watched.errors)")
            // What frees the log is to go on.
            try await place.source.run("INSERT INTO item VALUES (1000, 'late')", database: "shop")
            let resumed = try await place.migration("resume")
            #expect(resumed.output.contains("ready to complete"), "\(resumed.all)")
            #expect(try await place.rows("item", on: place.target) == 301)

            try place.declare("full+incremental", "  guard: { retainedWAL: 64MiB, atLimit: release }")
            #expect(try await place.migration("pause").isSuccess)
            try await Self.fillLog(of: place.source)
            // The source is safe also when the target is gone, which is what fills its disk.
            let data = place.target.folder + "/data"
            try await place.target.program("pg_ctl", ["-D", data, "-s", "-w", "-m", "fast", "stop"])
            let released = try await place.migration("watch", "--once")
            #expect(released.errors.contains("the replication slot was given up"), "\(released.all)")
            #expect(try await place.source.query("SELECT FROM pg_replication_slots").isEmpty)
            let log = place.target.folder + "/log"
            try await place.target.program("pg_ctl", ["-D", data, "-s", "-w", "-l", log, "start"])
            // A new slot would leave out what was changed in between.
            let again = try await place.migration("start")
            #expect(again.code == 1 && again.errors.contains("is gone from the source"), "\(again.all)")
            #expect(try await place.migration("cancel").isSuccess)
            #expect(try await place.leftovers() == [])
        }
    }

    @Test func `a target that keeps too much of its log for a way back is told, and is safe when that may be given up`()
        async throws
    {
        try await MigrationHome.with(15, 17) { place in
            func declare(_ measure: String) throws {
                try place.declare(
                    "full+incremental",
                    "  guard: { retainedWAL: 64MiB, atLimit: \(measure) }\n  cutover: { maxWritePause: 60s, rollback: keep }"
                )
            }
            try await place.source.run(Self.shop, database: "shop")
            try declare("pause")
            for verb in ["start", "complete"] { #expect(try await place.migration(verb).isSuccess) }
            #expect(try await place.migration("watch", "--once").code == 0)
            let quiet = try await place.migration("status")
            #expect(quiet.output.contains("target keeps") && quiet.output.contains("limit 64.0 MiB"), "\(quiet.output)")
            // The source is gone, and may never come again.
            let data = place.source.folder + "/data"
            try await place.source.program("pg_ctl", ["-D", data, "-s", "-w", "-m", "fast", "stop"])
            try await Self.fillLog(of: place.target)
            let watched = try await place.migration("watch", "--once")
            #expect(watched.code == 1 && watched.errors.contains("LIMIT: the target keeps"), "\(watched.all)")
            #expect(watched.errors.contains("pgsteer migration finish move"), "\(watched.errors)")
            #expect(try await place.migration("status").output.contains("way back open"))
            try declare("release")
            let released = try await place.migration("watch", "--once")
            #expect(released.errors.contains("it was given up, so that the target is safe"), "\(released.all)")
            #expect(try await place.target.query("SELECT FROM pg_replication_slots").isEmpty)
            let log = place.source.folder + "/log"
            try await place.source.program("pg_ctl", ["-D", data, "-s", "-w", "-l", log, "start"])
            // What could not be removed from a source that was gone.
            #expect(try await place.migration("delete").isSuccess)
            #expect(try await place.leftovers() == [])
        }
    }

    @Test func `a slot that the source has given up is told with what to do`() async throws {
        try await MigrationHome.with(16, 15) { place in
            try await place.source.run(Self.shop, database: "shop")
            try place.declare("full+incremental")
            #expect(try await place.migration("start").isSuccess)
            #expect(try await place.migration("pause").isSuccess)
            try await place.source.run("ALTER SYSTEM SET max_slot_wal_keep_size = '16MB'; SELECT pg_reload_conf()")
            try await Self.fillLog(of: place.source)
            try await place.source.run("CHECKPOINT", database: "shop")
            let status = try await place.migration("status")
            #expect(status.output.contains("the source has given up the replication slot"), "\(status.all)")
            let again = try await place.migration("resume")
            #expect(again.code == 1 && again.errors.contains("pgsteer migration cancel move"), "\(again.all)")
            #expect(try await place.migration("cancel").isSuccess)
            #expect(try await place.leftovers() == [])
        }
    }

    @Test func `several migrations work side by side, and schemas get their new names`() async throws {
        try await MigrationHome.with(15, 17) { place in
            try await place.source.run("CREATE DATABASE second; CREATE DATABASE third")
            try await place.target.run("CREATE DATABASE second")
            try await place.source.run(
                """
                CREATE SCHEMA sales; CREATE TABLE sales.item (id int PRIMARY KEY, n int DEFAULT 4);
                INSERT INTO sales.item SELECT n FROM generate_series(1, 300) n; CREATE VIEW sales.first AS SELECT min(id) FROM sales.item;
                CREATE FUNCTION sales.f() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM sales.item';
                CREATE TABLE public.t (id serial PRIMARY KEY); INSERT INTO public.t DEFAULT VALUES
                """,
                database: "shop"
            )
            try await place.source.run(Self.shop, database: "second")
            func spec(_ name: String, _ database: String, _ more: String) -> String {
                """
                apiVersion: pgsteer/v1
                kind: Migration
                metadata: { name: \(name) }
                spec:
                  source: { uri: "postgresql://postgres@/\(database)?host=\(place.source.folder)" }
                  target: { uri: "postgresql://postgres@/\(database)?host=\(place.target.folder)" }
                  \(more)
                ---

                """
            }
            try place.home.write(
                spec("one", "shop", "type: full\n  rename: { schemas: { sales: shop, public: old } }")
                    + spec("two", "second", "type: full+incremental") + spec("three", "third", "type: full")
            )
            func run(_ words: String...) async throws -> ProgramResult {
                try await place.home.run(["migration"] + words)
            }
            let checked = try await run("check", "one", "specs")
            #expect(checked.output.contains("alarm  renamed-schemas"), "\(checked.all)")
            let started = try await run("start", "one,two", "specs")
            #expect(started.isSuccess, "\(started.errors)")
            #expect(started.output.contains("one: completed") && started.output.contains("two: ready to complete"))
            let rows = try await place.query(
                "SELECT (SELECT min FROM shop.first) AS a, count(*) AS n FROM shop.item",
                on: place.target
            )
            #expect(rows.map { "\($0.text("a")) \($0.text("n"))" } == ["1 300"])
            let names = try await place.query(
                "SELECT nspname AS name FROM pg_namespace WHERE nspname !~ '^pg_|^information' ORDER BY 1",
                on: place.target
            )
            #expect(names.map { $0.text("name") } == ["old", "public", "shop"])
            #expect(
                try await place.query("SELECT nextval('old.t_id_seq') AS n", on: place.target).first?.text("n") == "2"
            )

            // One that fails leaves the others alone.
            let all = try await run("start", "--all", "specs")
            #expect(all.code == 1 && all.errors.contains("three: "), "\(all.all)")
            #expect(all.output.contains("two: ready to complete"), "\(all.all)")
            let status = try await run("status", "--all", "specs", "-o", "json")
            #expect(status.output.contains("\"migrations\""), "\(status.all)")
            #expect(try await run("cancel", "--all", "specs").isSuccess)
            #expect(try await run("watch", "--all", "specs", "--once").code == 0)
            let nothing = try await run("pause", "--all", "specs")
            #expect(nothing.errors.contains("none of the migrations"), "\(nothing.all)")
            #expect(
                try await run("start", "--skip-check", "unlogged-table=x", "one", "specs").errors
                    .contains("did you mean")
            )
        }
    }

    @Test func `a target whose account is no superuser follows, once it has the rights that the check names`()
        async throws
    {
        try await MigrationHome.with(15, 17) { place in
            let password = TemporaryHome.password("app")
            try await place.source.run(
                "CREATE ROLE app; CREATE ROLE reader LOGIN SUPERUSER PASSWORD '\(password)'; \(Self.shop); ALTER TABLE item OWNER TO app; ALTER TABLE visit OWNER TO app; ALTER VIEW named OWNER TO app",
                database: "shop"
            )
            try await place.source.authenticate(
                by: "local all reader scram-sha-256\nlocal all all trust\nlocal replication all trust\n"
            )
            try await place.target.run("CREATE ROLE app; CREATE ROLE mover LOGIN", database: "shop")
            try place.home.write(
                """
                apiVersion: pgsteer/v1
                kind: Migration
                metadata: { name: move }
                spec:
                  source: { uri: "postgresql://reader@/shop?host=\(place.source.folder)", passwordFrom: { env: APP_PASSWORD } }
                  target: { uri: "postgresql://mover@/shop?host=\(place.target.folder)" }
                  type: full+incremental
                """
            )
            let refused = try await place.migration("start")
            #expect(refused.errors.contains("failed: subscription-right, target-rights"), "\(refused.errors)")
            var round = 0
            // One right shows that the next is missing.
            while true {
                let check = try await place.migration("check")
                let commands = check.output.split(separator: "\n").map { $0.drop { $0 == " " } }
                    .filter { $0.hasPrefix("GRANT ") }
                if commands.isEmpty { break }
                round += 1
                try #require(round < 5, "\(check.output)")
                try await place.target.run(commands.joined(separator: "\n"), database: "shop")
            }
            let started = try await place.migration("start")
            #expect(started.output.contains("ready to complete"), "\(started.all)")
            try await place.source.run("INSERT INTO item VALUES (1000, 'late')", database: "shop")
            let completed = try await place.migration("complete")
            #expect(completed.isSuccess, "\(completed.errors)")
            #expect(try await place.rows("item", on: place.target) == 301)
            #expect(try await place.leftovers() == [])
            #expect(!place.target.log.contains(password))
        }
    }
}
