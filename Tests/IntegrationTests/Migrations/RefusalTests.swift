import Glibc
import PostgresClient
import SQL
import TestSupport
import Testing

/// What keeps a migration from going on, on real servers: it says so, and is as it was.
@Suite struct RefusalTests {
    private static let shop = """
        CREATE TABLE item (id int PRIMARY KEY, name text); INSERT INTO item SELECT n, 'n' || n FROM generate_series(1, 300) n;
        CREATE TABLE written (id int); CREATE UNLOGGED TABLE cart (id int PRIMARY KEY, item int);
        CREATE UNLOGGED TABLE cart_line (cart int REFERENCES cart);
        INSERT INTO cart SELECT n, n FROM generate_series(1, 100) n; INSERT INTO cart_line SELECT generate_series(1, 100)
        """

    @Test func `a cut-over is refused while the target lags or an end is gone, and the source goes on`() async throws {
        try await MigrationHome.with(16, 18) { place in
            try await place.source.run(Self.shop, database: "shop")
            try place.declare("full+incremental")
            // An end that is gone before it begins.
            try await place.source.program("pg_ctl", ["-D", place.source.folder + "/data", "-s", "-w", "stop"])
            let early = try await place.migration("start")
            #expect(early.code == 1 && early.errors.contains("source-reachable"), "\(early.all)")
            #expect(try await place.migration("status").output.contains("check failed"))
            try await place.source.start()
            let started = try await place.migration("start")
            #expect(started.output.contains("ready to complete"), "\(started.all)")

            // One that follows no more is told, though it had everything.
            for (verb, isTold) in [("DISABLE", true), ("ENABLE", false)] {
                try await place.target.run(
                    "DO $$ BEGIN EXECUTE (SELECT format('ALTER SUBSCRIPTION %I \(verb)', subname) FROM pg_subscription); END $$",
                    database: "shop"
                )
                let status = try await place.migration("status").output
                #expect(status.contains("is disabled") == isTold, "\(status)")
            }

            for (server, noun) in [(place.source, "source"), (place.target, "target")] {
                try await server.program("pg_ctl", ["-D", server.folder + "/data", "-s", "-w", "-m", "fast", "stop"])
                let refused = try await place.migration("complete")
                #expect(refused.code == 1 && refused.errors.contains("the \(noun) "), "\(refused.all)")
                #expect(refused.errors.contains("cannot be reached"), "\(refused.all)")
                #expect(try await place.migration("status").output.contains("ready to complete"))
                try await server.start()
                try await place.source.run("INSERT INTO written VALUES (1)", database: "shop")
            }
            // Somebody keeps changes from being applied.
            try await PostgresConnection.with(place.place(place.target)) { blocker in
                try await blocker.execute("BEGIN")
                try await blocker.execute("LOCK TABLE public.item IN EXCLUSIVE MODE")
                try await place.source.run("UPDATE item SET name = 'late' WHERE id = 1", database: "shop")
                let refused = try await place.migration("complete")
                #expect(refused.code == 1, "\(refused.all)")
                #expect(refused.errors.contains("bytes behind and did not catch up in a minute"), "\(refused.all)")
                try await place.source.run("INSERT INTO written VALUES (2)", database: "shop")
                let status = try await place.migration("status").output
                #expect(status.contains("incremental sync"), "\(status)")
                try await blocker.execute("COMMIT")
            }
            let completed = try await place.migration("complete")
            #expect(completed.isSuccess, "\(completed.errors)")
            #expect(try await place.differences() == [])
            #expect(try await place.leftovers() == [])
        }
    }

    @Test func `unlogged tables that a crash of the target emptied are copied again before the cut-over`() async throws
    {
        try await MigrationHome.with(17, 15) { place in
            try await place.source.run(Self.shop, database: "shop")
            try place.declare("full+incremental")
            let started = try await place.migration("start")
            #expect(started.output.contains("ready to complete"), "\(started.all)")
            try await place.target.killAndStart()
            #expect(try await place.rows("cart", on: place.target) == 0)
            let refused = try await place.migration("complete")
            #expect(refused.code == 1, "\(refused.all)")
            #expect(
                refused.errors.contains("\"public\".\"cart\", \"public\".\"cart_line\" of the target"),
                "\(refused.all)"
            )
            let resumed = try await place.migration("resume")
            #expect(resumed.output.contains("ready to complete"), "\(resumed.all)")
            let completed = try await place.migration("complete")
            #expect(completed.isSuccess, "\(completed.errors)")
            #expect(try await place.differences() == [])
            #expect(try await place.leftovers() == [])
        }
    }

    @Test func `a slot that a killed run waited for is given up, and no write is lost by it`() async throws {
        try await MigrationHome.with(15, 18) { place in
            try await place.source.run(Self.shop, database: "shop")
            try place.declare("full+incremental")
            try await PostgresConnection.with(place.place(place.source)) { writer in
                try await writer.execute("BEGIN")
                try await writer.execute("INSERT INTO public.item VALUES (1001, 'held')")
                let slots: Statement =
                    "SELECT active_pid, slot_name FROM pg_replication_slots WHERE active_pid IS NOT NULL"
                _ = try await place.struck(["migration", "start", "move", "specs"]) { tool in
                    while try await place.source.query(slots).isEmpty { try await Task.sleep(for: .milliseconds(20)) }
                    kill(tool, SIGKILL)
                }
                let before = try await place.source.query(slots).map { $0.text("active_pid") }
                #expect(before.count == 1)
                async let again = place.migration("start")
                var now = before
                while now.isEmpty || now == before {
                    try await Task.sleep(for: .milliseconds(20))
                    now = try await place.source.query(slots).map { $0.text("active_pid") }
                }
                try await place.source.run(
                    "INSERT INTO written VALUES (2); DELETE FROM item WHERE id = 7",
                    database: "shop"
                )
                let names = try await place.source.query(slots).map { $0.text("slot_name") }
                #expect(names.count == 1 && names.allSatisfy { !$0.hasSuffix("_again") }, "\(names)")
                try await writer.execute("COMMIT")
                try await place.source.run("INSERT INTO written VALUES (3)", database: "shop")
                let started = try await again
                #expect(started.output.contains("ready to complete"), "\(started.all)")
            }
            let completed = try await place.migration("complete")
            #expect(completed.isSuccess, "\(completed.errors)")
            #expect(try await place.differences() == [])
            #expect(try await place.rows("written", on: place.target) == 2)
            #expect(try await place.leftovers() == [])
        }
    }

    @Test func `clients of the source do not wait behind a migration that waits for one of them`() async throws {
        try await MigrationHome.with(18, 17) { place in
            try await place.source.run(Self.shop, database: "shop")
            try place.declare("full+incremental")
            try await PostgresConnection.with(place.place(place.source)) { writer in
                try await writer.execute("BEGIN")
                try await writer.execute("INSERT INTO public.written VALUES (1)")
                async let started = place.migration("start")
                let tries: Statement = "SELECT FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND NOT granted"
                while try await place.source.query(tries).isEmpty { try await Task.sleep(for: .milliseconds(5)) }
                // It needs the table for itself; whoever wants to read it has to get there all the same.
                #expect(try await place.rows("written", on: place.source) == 0)
                try await writer.execute("COMMIT")
                let result = try await started
                #expect(result.output.contains("ready to complete"), "\(result.all)")
            }
            #expect(try await place.migration("cancel").isSuccess)
            #expect(try await place.leftovers() == [])
        }
    }
}
