import PostgresClient
import SQL
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Migrations between every two majors there are, upward and downward.
@Suite struct PairTests {
    /// How many megabytes a full copy has to carry besides: `PGSTEER_MIGRATION_MEGABYTES`, 10 by default, which makes 20 in all.
    private static let megabytes =
        ProcessInfo.processInfo.environment["PGSTEER_MIGRATION_MEGABYTES"].flatMap { Int($0) } ?? 10
    /// Majors of which a server here has no further extensions.
    private static let bare: Set<Int> = [16]

    @Test func `writes of pgbench go over and back between every two majors, none lost and none doubled`() async throws
    {
        try await ServerSet.with(PostgresInstallations.majors) { servers in
            await servers.each(ServerSet.pairs()) { try await Self.thereAndBack($0) }
        }
    }

    private static func thereAndBack(_ place: MigrationHome) async throws {
        let name = place.database
        for server in [place.source, place.target] { try await server.run("CREATE DATABASE \(name)") }
        try await place.source.run(
            NastyDatabase.definition + NastyDatabase.more + BenchLoad.definition,
            database: name
        )
        try place.declare("full+incremental", "  cutover: { maxWritePause: 60s, rollback: keep, sourceAfter: closed }")
        let loads = [
            BenchLoad(server: place.source, database: name, first: 0),
            BenchLoad(server: place.target, database: name, first: 100_000_000),
            BenchLoad(server: place.source, database: name, first: 200_000_000),
        ]
        try await loads[0]
            .during {
                let started = try await place.migration("start")
                try #require(started.output.contains("ready to complete"), "\(name): \(started.all)")
                try await place.source.run(Self.changes, database: name)
                let completed = try await place.migration("complete")
                try #require(completed.output.contains("way back open"), "\(name): \(completed.all)")
            }
        try await BenchLoad.expectAll([loads[0]], on: place.place(place.target), "\(name), over")
        try await loads[1]
            .during {
                try await place.target.run(Self.changesBack, database: name)
                let back = try await place.migration("rollback")
                try #require(back.output.contains("rolled back"), "\(name): \(back.all)")
            }
        let differences = try await place.differences()
        #expect(differences == [], "\(name)")
        try await BenchLoad.expectAll(Array(loads[..<2]), on: place.place(place.target), "\(name), on the target")
        try await loads[2].run(transactions: 10)
        try await BenchLoad.expectAll(loads, on: place.place(place.source), "\(name), back")
        #expect(try await place.leftovers() == ["\(place.target.major): limit of \(name)"], "\(name)")
    }

    /// A change of everything that changes are told apart by in another way.
    private static let changes = """
        UPDATE sales.audit SET what = 'other' WHERE ctid IN (SELECT ctid FROM sales.audit LIMIT 3);
        UPDATE hidden.late_key SET t = 'c' WHERE id = 1; DELETE FROM hidden.late_key WHERE id = 2;
        UPDATE hidden.by_nothing SET t = 'y'; UPDATE hidden.by_index SET b = '{"b": 2}' WHERE a = 3;
        DELETE FROM hidden.by_full WHERE id = 2; DELETE FROM hidden.nulls WHERE a IS NULL;
        UPDATE hidden.every_type SET id = 4, texts = '{later}' WHERE id = 3; DELETE FROM hidden.every_type WHERE id < 0;
        UPDATE "a.b""c\\d".event_new SET body = 'x' WHERE id = 32; WITH gone AS (DELETE FROM "a.b""c\\d".event_new WHERE id = 35
          RETURNING *) INSERT INTO hidden.event SELECT id, '2019-01-01', 'red', body FROM gone;
        UPDATE hidden.stored SET plain = 'q'; UPDATE hidden.widest SET c800 = c1; TRUNCATE hidden.booking;
        UPDATE "a.b""c\\d"."select" SET "🐘" = 'other' WHERE "ctid " = 5; UPDATE hidden.page SET body = 'New' WHERE id = 7;
        INSERT INTO parent SELECT n, 'new' FROM generate_series(10, 20) n; DELETE FROM big WHERE id % 7 = 0;
        SELECT nextval('hidden.down'), nextval('lonely'); SELECT lo_unlink(4713), lo_from_bytea(6000, 'late');
        """
    private static let changesBack = """
        UPDATE hidden.late_key SET t = 'd'; UPDATE hidden.by_nothing SET t = 'z'; INSERT INTO hidden.nulls VALUES (NULL, 5);
        UPDATE hidden.every_type SET texts = '{back}' WHERE id = 4; DELETE FROM parent WHERE a = 12;
        INSERT INTO hidden.event VALUES (1000, '2017-01-01', 'it''s "blue"'), (1001, '2022-01-01', 'first');
        SELECT nextval('hidden.down'); SELECT lo_unlink(6000);
        """

    @Test func `a full copy is equal between every two majors, by its rows and by its definitions`() async throws {
        let majors = PostgresInstallations.majors
        try await ServerSet.with(majors) { servers in
            try await Self.fill(majors, servers)
            await servers.each(ServerSet.pairs(of: majors) + majors.map { ($0, $0) }) { place in
                try await Self.copy(place, servers)
            }
        }
    }

    private static func source(_ major: Int, _ isExtended: Bool) -> String {
        "source_\(major)\(isExtended ? "_extended" : "")"
    }

    /// Makes what is copied, once for all that copy it.
    private static func fill(_ majors: [Int], _ servers: ServerSet) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for major in majors {
                let server = try servers[major]
                group.addTask {
                    try await server.run("CREATE DATABASE \(source(major, false))")
                    try await server.run(
                        NastyDatabase.definition + NastyDatabase.more + NastyDatabase.onlyCopied
                            + NastyDatabase.ballast(megabytes: megabytes),
                        database: source(major, false)
                    )
                    if Self.bare.contains(major) { return }
                    try await server.run(
                        "CREATE DATABASE \(source(major, true)) TEMPLATE \(source(major, false))"
                    )
                    try await server.run(NastyDatabase.extended, database: source(major, true))
                }
            }
            try await group.waitForAll()
        }
    }

    private static func copy(_ pair: MigrationHome, _ servers: ServerSet) async throws {
        let ends = [pair.source.major, pair.target.major]
        let source = source(pair.source.major, bare.isDisjoint(with: ends))
        let name = pair.database
        try await pair.target.run("CREATE DATABASE \(name)")
        try pair.declare("full", from: source)
        // Small pieces, so that large tables are copied in several.
        let result = try await pair.migration("start", "--split-above", "1MiB")
        try #require(result.output.contains("move: completed"), "\(name): \(result.all)")
        let differences = try await pair.differences(from: source)
        #expect(differences == [], "\(name)")
        #expect(try await pair.leftovers(on: [pair.target]) == [], "\(name)")
        let again = try await pair.migration("start")
        #expect(again.isSuccess && again.output.contains("completed"), "\(name): \(again.all)")

        // What the source's own pg_dump and psql would have made is read by the same server, so that it is worded alike.
        let newest = try servers.newest
        let wanted = "wanted_" + name
        try await pair.target.run("CREATE DATABASE \(wanted)")
        try await pair.target.run(
            try await definitions(source, of: pair.source, by: pair.source).joined(separator: "\n"),
            database: wanted
        )
        let ours = try await definitions(name, of: pair.target, by: newest)
        let theirs = try await definitions(wanted, of: pair.target, by: newest)
        let difference = ours.difference(from: theirs)
        #expect(difference.isEmpty, "\(name): \(difference.map { "\($0)" }.prefix(10).joined(separator: "\n"))")
    }

    /// The definitions of a database, line by line, as the pg_dump of a server words them.
    private static func definitions(
        _ database: String,
        of server: ScratchServer,
        by worder: ScratchServer
    ) async throws -> [String] {
        let text = try await worder.program(
            "pg_dump",
            ["-h", server.folder, "-U", "postgres", "-s", "--no-publications", "--no-subscriptions", database]
        )
        return text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            .filter { line in
                !["-- Dumped ", "\\restrict ", "\\unrestrict ", "SET transaction_timeout "]
                    .contains(where: line.hasPrefix)
                    && !(line.hasPrefix("ALTER ") && line.contains(" SET (pg_attver="))
            }
    }
}
