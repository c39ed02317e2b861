import PostgresClient
import SQL
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The way back after a cut-over, between real servers.
@Suite struct WayBackTests {
    private static let keep = "  cutover: { maxWritePause: 60s, rollback: keep }"
    /// One table with a key, one without, a sequence, a view that is kept, a large object.
    private static let small = """
        CREATE TABLE item (id serial PRIMARY KEY, name text);
        INSERT INTO item (name) SELECT 'n' || n FROM generate_series(1, 200) n;
        CREATE TABLE written (id int);
        CREATE MATERIALIZED VIEW items AS SELECT count(*) AS n FROM item;
        SELECT lo_from_bytea(4711, 'old'), lo_from_bytea(4712, 'gone later')
        """

    /// Other pairs are in `PairTests`.
    @Test(arguments: [(15, 17)])
    func `writes go over and back under load, none lost and none doubled`(from: Int, to: Int) async throws {
        try await MigrationHome.with(from, to) { place in
            // Clients of this kind let nobody keep them from writing but by keeping them out, which superusers cannot be.
            try await place.source.run("CREATE ROLE clerk LOGIN")
            try await place.target.run("CREATE ROLE clerk LOGIN")
            try await place.source.run(
                NastyDatabase.definition + "GRANT INSERT ON written TO clerk",
                database: "shop"
            )
            try place.declare(
                "full+incremental",
                "  cutover: { maxWritePause: 60s, rollback: keep, sourceAfter: closed }"
            )
            let load = WriteLoad(place.place(place.source, as: "clerk"))
            let acknowledged = try await load.during {
                let started = try await place.migration("start")
                #expect(started.output.contains("ready to complete"), "\(started.output)\(started.errors)")
                let completed = try await place.migration("complete")
                #expect(
                    completed.output.contains("way back open; writes waited"),
                    "\(completed.output)\(completed.errors)"
                )
                await #expect(throws: (any Error).self, "the source takes writes of clients") {
                    try await place.source.run("INSERT INTO written VALUES (0)", database: "shop")
                }
                load.move(to: place.place(place.target, as: "clerk"))
                try await place.target.run(
                    """
                    INSERT INTO sales.customer (name, points, label) VALUES ('after', 2, 'y');
                    UPDATE sales.audit SET what = 'back' WHERE ctid IN (SELECT ctid FROM sales.audit LIMIT 3);
                    DELETE FROM big WHERE id < 100; UPDATE parent SET b = 'z'; TRUNCATE shift;
                    SELECT nextval('lonely'), lo_put(4711, 0, 'B'), lo_unlink(4713), lo_from_bytea(4714, 'new');
                    """,
                    database: "shop"
                )
                let status = try await place.migration("status", "-o", "json")
                #expect(
                    status.output.contains("\"way back open\"") && status.output.contains("gapBytes"),
                    "\(status.output)"
                )
                let back = try await place.migration("rollback")
                #expect(back.output.contains("rolled back; writes waited"), "\(back.output)\(back.errors)")
                await #expect(throws: (any Error).self, "the target takes writes of clients") {
                    try await place.target.run("INSERT INTO written VALUES (0)", database: "shop")
                }
                load.move(to: place.place(place.source, as: "clerk"))
                // What is equal now changes again when the clients are there.
                #expect(
                    try await place.query("SELECT oid FROM pg_largeobject_metadata ORDER BY 1", on: place.source)
                        .compactMap { $0.integer("oid") } == [4711, 4714]
                )
            }
            try await place.expectAll(acknowledged, on: place.source)
            let differences = try await place.differences().filter { !$0.hasPrefix("r written") }
            #expect(differences == [])
            #expect(try await place.leftovers() == ["\(to): limit of shop"])
            let customer = try await place.query(
                "SELECT count(*) AS n FROM sales.customer WHERE name = 'after'",
                on: place.source
            )
            #expect(customer.first?.integer("n") == 1)
        }
    }

    @Test func `cut-over and rollback that are killed at any side effect are ended or undone`() async throws {
        try await MigrationHome.with(16, 17) { place in
            try await place.source.run(Self.small, database: "shop")
            try place.declare("full+incremental", Self.keep)
            #expect(try await place.migration("start").isSuccess)
            try await Self.sweep("complete", until: "way back open", place)
            try await place.target.run(
                "INSERT INTO written VALUES (1), (2); UPDATE item SET name = 'x' WHERE id = 7; SELECT nextval('item_id_seq')",
                database: "shop"
            )
            try await Self.sweep("rollback", until: "rolled back", place)
            #expect(try await place.rows("written", on: place.source) == 2)
            #expect(try await place.leftovers() == [])
            try await place.source.run("INSERT INTO item (name) VALUES ('later')", database: "shop")
            let newest = try await place.query("SELECT max(id) AS id FROM item", on: place.source)
            #expect(newest.first?.integer("id") == 202)
            #expect(try await place.migration("delete").isSuccess)
        }
    }

    /// Kills a command at one side effect after the other until it gets through; each run mends what the one before left.
    ///
    /// - Parameter step: How many side effects it gets further each time.
    private static func sweep(_ verb: String, until state: String, by step: Int = 4, _ place: MigrationHome)
        async throws
    {
        var kills = 0
        var number = 1
        while true {
            let result = try await place.migration(verb, environment: ["PGSTEER_CRASH_AT": String(number)])
            guard result.wasKilled else {
                #expect(
                    result.output.contains("move: \(state)"),
                    "after \(kills) kills: \(result.output)\(result.errors)"
                )
                break
            }
            kills += 1
            number += step
            try #require(kills < 40)
        }
        #expect(kills > 2, "\(verb)")
    }

    @Test func `a rollback is refused or taken back with reasons, and finishing leaves nothing`() async throws {
        try await MigrationHome.with(17, 18) { place in
            try await place.source.run(Self.small, database: "shop")
            try place.declare(
                "full+incremental",
                "  cutover: { maxWritePause: 60s, rollback: keep, sourceAfter: closed }"
            )
            #expect(try await place.migration("start").isSuccess)
            #expect(try await place.migration("rollback").errors.contains("ready to complete; there is a way back"))
            let completed = try await place.migration("complete")
            #expect(completed.isSuccess, "\(completed.errors)")
            let cancelled = try await place.migration("cancel")
            #expect(cancelled.errors.contains("migration finish move"), "\(cancelled.errors)")
            // Somebody writes on the source all the same.
            try await place.source.run(
                "SET default_transaction_read_only = off; DELETE FROM item WHERE id = 7",
                database: "shop"
            )
            let different = try await place.migration("rollback")
            #expect(different.errors.contains("missing (7)"), "\(different.errors)")
            try await place.source.run(
                "SET default_transaction_read_only = off; INSERT INTO item VALUES (7, 'n7')",
                database: "shop"
            )
            try await place.target.run("CREATE TABLE new (id int PRIMARY KEY)", database: "shop")
            let new = try await place.migration("rollback")
            #expect(new.errors.contains("public.new"), "\(new.errors)")
            try await place.target.run(
                "DROP TABLE new; BEGIN; INSERT INTO written VALUES (5); PREPARE TRANSACTION 'held'",
                database: "shop"
            )
            let held = try await place.migration("rollback")
            #expect(held.errors.contains("the rollback was taken back after"), "\(held.errors)")
            #expect(held.errors.contains("held"), "\(held.errors)")
            try await place.target.run("COMMIT PREPARED 'held'; INSERT INTO written VALUES (6)", database: "shop")
            #expect(try await place.migration("status").output.contains("way back open"))
            try await Self.sweep("finish", until: "completed", by: 2, place)
            #expect(try await place.rows("written", on: place.target) == 2)
            let left = try await place.leftovers()
            #expect(left == ["17: limit of shop"], "\(left)")
            #expect(try await place.migration("finish").isSuccess)
            #expect(try await place.migration("rollback").errors.contains("completed; there is a way back"))
        }
    }

    @Test func `a cut-over waits for its window, and happens by itself in it`() async throws {
        try await MigrationHome.with(15, 16) { place in
            try await place.source.run(Self.small, database: "shop")
            // Half a day away, whenever this runs.
            let hour = Calendar(identifier: .gregorian).dateComponents(in: .gmt, from: .now).hour ?? 0
            let begin = ((hour + 12) % 24 < 10 ? "0" : "") + String((hour + 12) % 24)
            try place.declare(
                "full+incremental",
                "  cutover: { when: window, windows: [\"daily \(begin):00-\(begin):01 UTC\"], rollback: keep }"
            )
            let applied = try await place.home.run("apply", "specs", "--yes")
            #expect(applied.isSuccess, "\(applied.errors)")
            let waiting = try await place.migration("status").output
            #expect(waiting.contains("ready to complete") && waiting.contains("waits for its window"), "\(waiting)")
            #expect(try await place.home.run("plan", "specs", "--detailed-exitcode").code == 0)
            // Who starts it stays until the window opens, or until somebody asks it to stop.
            async let started = place.migration("start")
            var shown = waiting
            for _ in 0..<300 where shown.ranges(of: "waits for its window").count < 2 {
                shown = try await place.migration("status").output
            }
            let paused = try await place.migration("pause")
            #expect(paused.output.contains("paused"), "\(paused.output)\(paused.errors)")
            #expect(try await started.output.contains("paused"))
            try place.declare(
                "full+incremental",
                "  cutover: { when: window, windows: [\"daily 00:00-00:00 UTC\"], rollback: keep }"
            )
            let resumed = try await place.migration("resume")
            #expect(resumed.output.contains("way back open"), "\(resumed.output)\(resumed.errors)")
            #expect(try await place.home.run("plan", "specs", "--detailed-exitcode").code == 0)
            let deleted = try await place.migration("delete")
            #expect(deleted.isSuccess, "\(deleted.errors)")
            #expect(try await place.leftovers() == [])
        }
    }
}
