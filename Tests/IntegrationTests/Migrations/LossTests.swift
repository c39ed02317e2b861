import Glibc
import PostgresClient
import SQL
import Subprocess
import SystemPackage
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Small migrations under load that lose a participant at a random moment.
///
/// `PGSTEER_MIGRATION_ROUNDS` sets how many there are, 50 by default; `PGSTEER_MIGRATION_SEED` what they are drawn from.
@Suite struct LossTests {
    private static func number(_ name: String) -> Int? { ProcessInfo.processInfo.environment[name].flatMap { Int($0) } }
    private static let rounds = number("PGSTEER_MIGRATION_ROUNDS") ?? 50
    private static let seed = number("PGSTEER_MIGRATION_SEED") ?? 1
    private static let pairs = [(15, 17), (18, 16)]

    /// A bit of everything that is moved in another way.
    private static let definition = """
        CREATE TABLE item (id serial PRIMARY KEY, name text, size int);
        INSERT INTO item (name, size) SELECT md5(n::text), n FROM generate_series(1, 4000) n; CREATE INDEX ON item (name);
        CREATE TABLE part (id int PRIMARY KEY, item int REFERENCES item, body text);
        INSERT INTO part SELECT n, n, repeat(md5(n::text), 20) FROM generate_series(1, 3000) n; CREATE INDEX ON part (item);
        CREATE TABLE visit (at int, note text); INSERT INTO visit SELECT n % 50, 'v' FROM generate_series(1, 500) n;
        CREATE UNLOGGED TABLE cart (id int PRIMARY KEY); INSERT INTO cart SELECT generate_series(1, 100);
        CREATE TABLE day (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
        CREATE TABLE day_old PARTITION OF day FOR VALUES FROM ('2000-01-01') TO ('2010-01-01');
        CREATE TABLE day_new PARTITION OF day DEFAULT;
        INSERT INTO day SELECT n, date '2009-12-01' + n FROM generate_series(1, 60) n;
        CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM part; CREATE SEQUENCE lonely; SELECT nextval('lonely');
        SELECT lo_from_bytea(4711, 'large'); CREATE TABLE written (id int);
        """
    private static let tables = ["item", "part", "visit", "day_old", "day_new", "written"]

    /// What one round does: who is taken away during which command, and how the migration ends.
    private struct Round {
        var number: Int
        var victim: Victim
        var verb: String
        /// How much of what the command lasted before goes by before the blow.
        var share: Double
        var verbs: [String]
        var splits: Bool

        init(_ number: Int, _ generator: inout SeededGenerator) {
            self.number = number
            // Each in turn, so that none is missing in a short run.
            victim = Victim.allCases[number % Victim.allCases.count]
            let endings = [["complete"], ["complete", "rollback"], ["complete", "finish"], ["cancel"]]
            verbs = ["start"] + endings[Int.random(in: 0..<endings.count, using: &generator)]
            let isEarly = Double.random(in: 0..<1, using: &generator) < 0.5
            verb = isEarly ? "start" : verbs[Int.random(in: 1..<verbs.count, using: &generator)]
            share = Double.random(in: 0..<1, using: &generator)
            splits = Bool.random(using: &generator)
        }

        var keepsWayBack: Bool { verbs.count > 2 }
        /// PostgreSQL empties unlogged tables when its server crashes; those of the source, or after the cut-over, are lost.
        var losesUnlogged: Bool {
            switch victim {
            case .tool, .network: false
            case .sourceSession, .sourceServer: true
            case .targetSession, .targetServer: verb != "start"
            }
        }
        var comment: Comment { "round \(number): \(victim) during \(verb) at \(share), \(verbs)" }
    }

    @Test(arguments: pairs)
    func `a migration that loses any participant at any moment goes on, with nothing lost, doubled or left`(
        from: Int,
        to: Int
    ) async throws {
        let place = (from, to)
        var generator = SeededGenerator(seed: UInt64(Self.seed * 100 + from))
        var lasted: [String: Duration] = [:]
        try await ServerSet.with([from, to]) { servers in
            let (source, target) = (try servers[place.0], try servers[place.1])
            try await source.run("CREATE DATABASE small")
            try await source.run(Self.definition, database: "small")
            try await target.run("ALTER SYSTEM SET log_statement = 'mod'; SELECT pg_reload_conf()")
            let roles = try await [Self.roles(source), Self.roles(target)]
            for number in 0..<(Self.rounds + 1) / Self.pairs.count {
                let round = Round(number, &generator)
                try await TemporaryHome.with { home in
                    let name = "round_\(number)"
                    let place = MigrationHome(home: home, source: source, target: target, database: name)
                    do {
                        try await Self.play(round, place, &lasted)
                        try await source.run("DROP DATABASE \(name)")
                        try await target.run("DROP DATABASE \(name)")
                    } catch { Issue.record("\(round.comment): \(error)") }
                }
            }
            #expect(try await [Self.roles(source), Self.roles(target)] == roles)
        }
    }

    private static func roles(_ server: ScratchServer) async throws -> [String] {
        try await server.query("SELECT rolname AS name FROM pg_roles ORDER BY 1").map { $0.text("name") }
    }

    private static func play(_ round: Round, _ place: MigrationHome, _ lasted: inout [String: Duration]) async throws {
        try await place.source.run("CREATE DATABASE \(place.database) TEMPLATE small")
        try await place.target.run("CREATE DATABASE \(place.database)")
        try place.declare(
            "full+incremental",
            "  concurrency: 2\n  cutover: { maxWritePause: 60s, rollback: \(round.keepsWayBack ? "keep" : "none") }"
        )
        var times = lasted
        let acknowledged = try await place.writing(from: place.source) {
            try await command("start", round, place, &times)
        }
        try await place.expectNoneLost(acknowledged, round.comment)
        for verb in round.verbs.dropFirst() { try await command(verb, round, place, &times) }
        lasted = times
        // What could not be removed while a server was gone is removed by this.
        let deleted = try await place.migration("delete")
        #expect(deleted.isSuccess, "\(round.comment): \(deleted.all)")
        #expect(try await place.leftovers() == [], round.comment)
        let differences = try await place.differences().filter { !round.losesUnlogged || !$0.hasPrefix("r cart") }
        #expect(differences == [], round.comment)
        let doubled = try await place.query("SELECT id FROM written GROUP BY id HAVING count(*) > 1", on: place.target)
        #expect(doubled.isEmpty, round.comment)
    }

    /// Runs a command, with the blow when it is this one's; then it is run again and has to succeed.
    private static func command(
        _ verb: String,
        _ round: Round,
        _ place: MigrationHome,
        _ lasted: inout [String: Duration]
    ) async throws {
        let more = verb == "start" && round.splits ? ["--split-above", "64KiB"] : []
        let arguments = ["migration", verb, "move", "specs"] + more
        let states = [
            "start": "ready to complete", "cancel": "cancelled", "rollback": "rolled back", "finish": "completed",
        ]
        let state = states[verb] ?? (round.keepsWayBack ? "way back open" : "completed")
        if verb == round.verb {
            let delay = (lasted[verb] ?? .milliseconds(1500)) * round.share
            let said = try await place.struck(arguments) { tool in
                try await Task.sleep(for: delay)
                try await round.victim.strike(place, tool: tool)
            }
            let done = try await place.finishedTables().filter(Self.tables.contains)
            let emptied = done.map { place.emptied($0) }
            // Tables that a crash emptied are copied again.
            if verb == "complete", round.losesUnlogged { _ = try await place.migration("start") }
            let again = try await place.home.run(arguments)
            #expect(done.map { place.emptied($0) } == emptied, "\(round.comment): \(done) copied twice")
            try #require(
                again.isSuccess && again.output.contains("move: \(state)"),
                "\(round.comment), after \(delay):\n\(said)\nthen: \(again.all)"
            )
        } else {
            let begin = ContinuousClock.now
            let result = try await place.home.run(arguments)
            lasted[verb] = ContinuousClock.now - begin
            try #require(result.output.contains("move: \(state)"), "\(round.comment): \(result.all)")
        }
    }
}

extension MigrationHome {
    /// Runs a command, does something to it or around it, and returns what the command said when it has ended.
    ///
    /// - Parameter strike: Gets the command's process.
    func struck(_ arguments: [String], _ strike: (pid_t) async throws -> Void) async throws -> String {
        let path = home.path + "/struck.log"
        let log = try FileDescriptor.open(
            FilePath(path),
            .writeOnly,
            options: [.create, .append],
            permissions: .ownerReadWrite
        )
        let result = try await Subprocess.run(
            .path(FilePath(Program.path)),
            arguments: Arguments(arguments),
            environment: .inherit.updating(["PGSTEER_HOME": home.path + "/home", "NO_COLOR": "1"]),
            workingDirectory: FilePath(home.path),
            input: .none,
            output: .fileDescriptor(log, closeAfterSpawningProcess: false),
            error: .fileDescriptor(log, closeAfterSpawningProcess: true)
        ) { execution -> (any Error)? in
            do {
                try await strike(pid_t(execution.processIdentifier.value))
                return nil
            } catch { return error }
        }
        if let failure = result.closureResult { throw failure }
        return (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    }

    /// Tables of `public` that the target notes as copied.
    func finishedTables() async throws -> [String] {
        let there = try await target.query("SELECT to_regclass('pgsteer_migration.done') AS done", database: database)
        guard there.first?["done"] != nil else { return [] }
        let steps = try await target.query("SELECT step FROM pgsteer_migration.done", database: database)
        let start = "table \"public\".\""
        return steps.map { $0.text("step") }.filter { $0.hasPrefix(start) }
            .map { String($0.dropFirst(start.count).dropLast()) }
    }

    /// Expects on the source what was acknowledged there, each of it once, and waits until the target has it on its disk:
    /// what a crash of the target takes away comes again only as long as the source is followed.
    func expectNoneLost(_ acknowledged: Set<Int>, _ comment: Comment) async throws {
        try await expectAll(acknowledged, on: source)
        let end = try await source.query("SELECT pg_current_wal_lsn()::text AS place").first?.text("place") ?? ""
        for _ in 0..<1500 {
            let behind = try await source.query(
                """
                SELECT FROM pg_replication_slots WHERE database = \(bind: database)
                  AND confirmed_flush_lsn < \(bind: end)::text::pg_lsn
                """
            )
            if behind.isEmpty { break }
            try await Task.sleep(for: .milliseconds(20))
        }
        let lost = try await acknowledged.subtracting(
            query("SELECT id FROM written", on: target).compactMap { $0.integer("id") }
        )
        #expect(lost.isEmpty, comment)
    }
}
