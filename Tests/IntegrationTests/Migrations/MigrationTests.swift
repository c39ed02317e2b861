import PostgresClient
import SQL
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Migrations between real servers of different majors.
@Suite struct MigrationTests {
    @Test func `the structure alone comes without rows, and apply begins what is declared`() async throws {
        try await MigrationHome.with(15, 17) { place in
            try await place.source.run(NastyDatabase.definition, database: "shop")
            try place.declare("structure", "  objects: { schemas: [sales], exclude: { tables: [sales.audit] } }")
            let plan = try await place.home.run("plan", "specs")
            #expect(plan.output.contains("Migration/move"), "\(plan.output)\(plan.errors)")
            let applied = try await place.home.run("apply", "specs", "--yes")
            #expect(applied.isSuccess, "\(applied.errors)")
            let after = try await place.home.run("plan", "specs", "--detailed-exitcode")
            #expect(after.code == 0, "\(after.output)")
            #expect(try await place.rows("sales.customer", on: place.target) == 0)
            let there = try await place.target.query(
                """
                SELECT to_regclass('sales.orders_total') IS NOT NULL AS index, to_regclass('sales.audit') IS NULL AS gone,
                  to_regclass('public.big') IS NULL AS other
                """,
                database: "shop"
            )
            #expect(there.first?.isTrue("index") == true)
            #expect(there.first?.isTrue("gone") == true)
            #expect(there.first?.isTrue("other") == true)
        }
    }

    @Test func `a copy that is killed at any side effect goes on, and copies no finished table twice`() async throws {
        try await MigrationHome.with(15, 17) { place in
            try await place.source.run(NastyDatabase.definition, database: "shop")
            try place.declare("full", "  concurrency: 2")
            var kills = 0
            var number = 3
            var emptiedWhenDone: Int?
            while true {
                let result = try await place.migration("start", environment: ["PGSTEER_CRASH_AT": String(number)])
                guard result.wasKilled else {
                    #expect(result.isSuccess, "after \(kills) crashes: \(result.errors)")
                    break
                }
                kills += 1
                if emptiedWhenDone == nil, try await place.isCopied("sales", "customer") {
                    emptiedWhenDone = place.emptied("customer")
                }
                // Each run gets further than the one before, since what it finished is not done again.
                number += 5
                try #require(kills < 60)
            }
            #expect(kills > 3)
            #expect(try await place.differences() == [])
            #expect(try await place.leftovers() == [])
            if let emptiedWhenDone { #expect(place.emptied("customer") == emptiedWhenDone) }
        }
    }

    @Test func `writes go over without a lost or doubled one`() async throws {
        try await MigrationHome.with(15, 18) { place in
            try await place.source.run(NastyDatabase.definition, database: "shop")
            try place.declare("full+incremental", "  cutover: { maxWritePause: 60s, sourceAfter: read-only }")
            let acknowledged = try await place.writing(from: place.source) {
                let started = try await place.migration("start")
                #expect(started.isSuccess, "\(started.errors)")
                #expect(started.output.contains("ready to complete"), "\(started.output)")
                try await place.source.run(
                    "UPDATE sales.audit SET what = 'other' WHERE ctid IN (SELECT ctid FROM sales.audit LIMIT 3); SELECT nextval('lonely')",
                    database: "shop"
                )
            }
            let status = try await place.migration("status", "-o", "json")
            #expect(status.output.contains("\"lagSeconds\""), "\(status.output)\(status.errors)")
            // Large objects: one that is new, one that is changed, one that is gone, and one that only the target has.
            try await place.source.run(
                "SELECT lo_from_bytea(4712, 'late'); SELECT lo_put(4711, 2000000, 'far'); SELECT lo_unlink(4713)",
                database: "shop"
            )
            try await place.target.run("SELECT lo_from_bytea(9999, 'own')", database: "shop")
            let completed = try await place.migration("complete")
            #expect(completed.isSuccess, "\(completed.errors)")
            #expect(completed.output.contains("writes waited"), "\(completed.output)")
            try await place.expectAll(acknowledged, on: place.target)
            let differences = try await place.differences().filter { !$0.hasPrefix("large object 9999: missing") }
            #expect(differences == [])
            let objects = try await place.query(
                "SELECT oid FROM pg_largeobject_metadata ORDER BY oid",
                on: place.target
            )
            #expect(objects.compactMap { $0.integer("oid") } == [4711, 4712, 9999])
            #expect(try await place.leftovers() == [])
            await #expect(throws: (any Error).self, "the source takes writes") {
                try await place.source.run("INSERT INTO written VALUES (0)", database: "shop")
            }
        }
    }

    @Test
    func `a migration that is killed while it follows goes on from another moment, and cancelling leaves nothing`()
        async throws
    {
        try await MigrationHome.with(16, 17) { place in
            try await place.source.run(NastyDatabase.definition, database: "shop")
            try place.declare("full+incremental", "  concurrency: 1")
            var kills = 0
            for number in [4, 12, 24, 40, 60, 90] {
                let result = try await place.migration("start", environment: ["PGSTEER_CRASH_AT": String(number)])
                guard result.wasKilled else { break }
                kills += 1
                // What is written between two snapshots must arrive once.
                try await place.source.run(
                    "INSERT INTO written VALUES (\(number)); UPDATE parent SET b = '\(number)'; DELETE FROM big WHERE id = \(number)",
                    database: "shop"
                )
            }
            #expect(kills > 1)
            let started = try await place.migration("start")
            #expect(started.isSuccess, "\(started.errors)")
            let paused = try await place.migration("pause")
            #expect(paused.output.contains("paused"), "\(paused.output)\(paused.errors)")
            try await place.source.run("INSERT INTO written VALUES (1000)", database: "shop")
            let resumed = try await place.migration("resume")
            #expect(resumed.output.contains("ready to complete"), "\(resumed.output)\(resumed.errors)")
            #expect(
                try await place.query("SELECT id FROM written ORDER BY id", on: place.target)
                    == place.query("SELECT id FROM written ORDER BY id", on: place.source)
            )
            #expect(try await place.rows("big", on: place.target) == place.rows("big", on: place.source))
            for _ in 1...2 {
                let cancelled = try await place.migration("cancel")
                #expect(cancelled.isSuccess, "\(cancelled.errors)")
            }
            #expect(try await place.leftovers() == [])
            #expect(try await place.migration("delete").isSuccess)
            #expect(try await place.migration("status").errors.contains("has not begun"))
        }
    }

    @Test func `a cut-over is refused when the ends differ, and the source goes on`() async throws {
        try await MigrationHome.with(17, 18) { place in
            try await place.source.run(
                "CREATE TABLE item (id int PRIMARY KEY, name text); INSERT INTO item SELECT n, 'n' || n FROM generate_series(1, 300) n",
                database: "shop"
            )
            try place.declare("full+incremental")
            let early = try await place.migration("complete")
            #expect(early.errors.contains("has not begun"), "\(early.errors)")
            #expect(try await place.migration("start").isSuccess)
            try await place.target.run(
                "DELETE FROM item WHERE id = 7; UPDATE item SET name = 'x' WHERE id = 8; INSERT INTO item VALUES (1000, 'y')",
                database: "shop"
            )
            let refused = try await place.migration("complete")
            #expect(refused.code == 1)
            for word in ["missing (7)", "different (8)", "extra (1000)"] {
                #expect(refused.errors.contains(word), "\(word): \(refused.errors)")
            }
            try await place.target.run(
                "INSERT INTO item VALUES (7, 'n7'); UPDATE item SET name = 'n8' WHERE id = 8; DELETE FROM item WHERE id = 1000",
                database: "shop"
            )
            try await place.source.run("ALTER TABLE item ADD COLUMN more int", database: "shop")
            let otherShape = try await place.migration("complete")
            #expect(otherShape.errors.contains("column more of public.item was added"), "\(otherShape.errors)")
            try await place.source.run("INSERT INTO item (id) VALUES (2000)", database: "shop")
            try await place.target.run("ALTER TABLE item ADD COLUMN more int", database: "shop")
            let completed = try await place.migration("complete")
            #expect(completed.isSuccess, "\(completed.errors)")
            #expect(try await place.rows("item", on: place.target) == 301)
            #expect(try await place.leftovers() == [])
        }
    }

    @Test func `a transaction that the target has before anybody sees it on the source is no difference`() async throws
    {
        try await MigrationHome.with(15, 17) { place in
            try await place.source.run("CREATE TABLE item (id int)", database: "shop")
            // Without a key, and written by nobody else, so that it stands still.
            try place.declare("full+incremental")
            #expect(try await place.migration("start").isSuccess)
            try await place.source.run("ALTER SYSTEM SET synchronous_commit = local")
            try await place.source.run("ALTER SYSTEM SET synchronous_standby_names = 'nobody'; SELECT pg_reload_conf()")

            async let writer: Void = place.source.run(
                "SET synchronous_commit TO on; INSERT INTO item VALUES (1)",
                database: "shop"
            )
            while try await place.rows("item", on: place.target) == 0 { try await Task.sleep(for: .milliseconds(20)) }
            #expect(try await place.rows("item", on: place.source) == 0, "it waits for a standby that there is not")
            async let completed = place.migration("complete")
            try await Task.sleep(for: .seconds(2))
            try await place.source.run("ALTER SYSTEM RESET synchronous_standby_names")
            try await place.source.run("SELECT pg_reload_conf()")
            try await writer

            let result = try await completed
            #expect(result.isSuccess, "\(result.all)")
            #expect(try await place.rows("item", on: place.target) == 1)
        }
    }

    @Test func `a table without a key that differs is told with the numbers of its rows`() async throws {
        try await MigrationHome.with(16, 17) { place in
            try await place.source.run("CREATE TABLE item (id int); INSERT INTO item VALUES (1)", database: "shop")
            try place.declare("full+incremental")
            #expect(try await place.migration("start").isSuccess)
            try await place.target.run("INSERT INTO item VALUES (2)", database: "shop")
            let refused = try await place.migration("complete")
            #expect(refused.errors.contains("public.item (1 rows on the source, 2 on the target)"), "\(refused.all)")
        }
    }

    @Test func `both ends may be databases of one server`() async throws {
        try await ScratchServer.with(16, logStatements: "none", settings: ServerSet.settings) { server in
            try await TemporaryHome.with { home in
                try await server.run("CREATE DATABASE shop; CREATE DATABASE other")
                try await server.run(NastyDatabase.definition, database: "shop")
                let place = MigrationHome(home: home, source: server, target: server, database: "other")
                try place.declare("full+incremental", from: "shop")
                let started = try await place.migration("start")
                #expect(started.output.contains("ready to complete"), "\(started.all)")
                try await server.run("INSERT INTO written VALUES (1); DELETE FROM big WHERE id = 7", database: "shop")
                let completed = try await place.migration("complete")
                #expect(completed.isSuccess, "\(completed.errors)")
                #expect(try await place.differences(from: "shop") == [])
                #expect(try await place.leftovers() == [])
            }
        }
    }

    @Test func `nothing is overwritten, and missing roles are named or made`() async throws {
        try await MigrationHome.with(15, 16) { place in
            try await place.source.run(
                """
                CREATE ROLE seller LOGIN; CREATE TABLE item (id int); ALTER TABLE item OWNER TO seller;
                CREATE ROLE judged; CREATE POLICY few ON item TO judged; CREATE ROLE reader; GRANT SELECT (id) ON item TO reader
                """,
                database: "shop"
            )
            try place.declare("full")
            let withoutRole = try await place.migration("start")
            #expect(withoutRole.errors.contains("(seller (public.item))"), "\(withoutRole.errors)")
            let others = "(judged (policy few on table public.item), reader (column id of table public.item))"
            #expect(withoutRole.errors.contains(others), "\(withoutRole.errors)")
            let state = try await place.migration("status").output
            #expect(state.contains("check failed"), "\(state)")
            try await place.target.run("CREATE TABLE item (id int)", database: "shop")
            let inTheWay = try await place.migration("start")
            #expect(inTheWay.errors.contains("public.item"), "\(inTheWay.errors)")
            try await place.target.run("DROP TABLE item", database: "shop")
            try place.declare("full", "  roles: true")
            let done = try await place.migration("start")
            #expect(done.isSuccess, "\(done.errors)")
            let owner = try await place.target.query(
                "SELECT tableowner AS owner FROM pg_tables WHERE tablename = 'item'",
                database: "shop"
            )
            #expect(owner.first?.text("owner") == "seller")
        }
    }
}
