import PostgresClient
import SQL
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// PostgreSQL's own `pgbench` with its own transaction, to which one more row with a number is added; its log tells which
/// numbers were acknowledged.
struct BenchLoad: Sendable {
    /// pgbench's tables as it makes them, with fewer accounts, and the numbers.
    static let definition = """
        CREATE TABLE pgbench_branches (bid int PRIMARY KEY, bbalance int, filler char(88)) WITH (fillfactor = 100);
        CREATE TABLE pgbench_tellers (tid int PRIMARY KEY, bid int, tbalance int, filler char(84)) WITH (fillfactor = 100);
        CREATE TABLE pgbench_accounts (aid int PRIMARY KEY, bid int, abalance int, filler char(84)) WITH (fillfactor = 100);
        CREATE TABLE pgbench_history (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22));
        CREATE TABLE numbered (id bigint);
        INSERT INTO pgbench_branches VALUES (1, 0);
        INSERT INTO pgbench_tellers SELECT n, 1, 0 FROM generate_series(1, 10) n;
        INSERT INTO pgbench_accounts SELECT n, 1, 0, '' FROM generate_series(1, 3000) n;
        GRANT SELECT, INSERT, UPDATE ON pgbench_branches, pgbench_tellers, pgbench_accounts, pgbench_history, numbered
          TO clerk;

        """

    /// Each client counts its transactions; as many lines as the log has of it, so many were acknowledged.
    private static let script = #"""
        \set aid random(1, 3000)
        \set tid random(1, 10)
        \set delta random(-5000, 5000)
        \set n :n + 1
        \set id :first + :client_id * 1000000 + :n
        BEGIN;
        UPDATE pgbench_accounts SET abalance = abalance + :delta WHERE aid = :aid;
        SELECT abalance FROM pgbench_accounts WHERE aid = :aid;
        UPDATE pgbench_tellers SET tbalance = tbalance + :delta WHERE tid = :tid;
        UPDATE pgbench_branches SET bbalance = bbalance + :delta WHERE bid = 1;
        INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES (:tid, 1, :aid, :delta, CURRENT_TIMESTAMP);
        INSERT INTO numbered VALUES (:id);
        END;

        """#

    let server: ScratchServer
    let database: String
    /// Where its numbers begin, so that those of several runs are different.
    let first: Int

    private var prefix: String { "\(server.folder)/\(database)-\(first)" }

    /// Writes until its sessions are ended, or so many transactions a client; it is no error that they are ended.
    func run(transactions: Int? = nil) async throws {
        let script = prefix + ".script"
        try Self.script.write(toFile: script, atomically: false, encoding: .utf8)
        let amount = transactions.map { ["-t", String($0)] } ?? ["-T", "600", "-R", "50"]
        let arguments = [
            "-n", "-h", server.folder, "-U", "clerk", "-c", "3", "-j", "1", "-f", script, "-D", "n=0", "-D",
            "first=\(first)",
            "-l", "--log-prefix=\(prefix)",
        ]
        do { try await server.program("pgbench", arguments + amount + [database]) } catch let error
            as ScratchServer.Failure
            where transactions == nil && error.text.contains("aborted")
        {}
    }

    /// Runs a body while it writes; the body ends the sessions of its clients.
    func during(_ body: () async throws -> Void) async throws {
        let load = Task { try await run() }
        let place = ConnectionTarget(.host(server.folder, port: 5432), user: "postgres", database: database)
        do {
            try await PostgresConnection.with(place) { connection in
                while try await connection.query("SELECT FROM public.numbered WHERE id > \(first) LIMIT 1").isEmpty {
                    try await Task.sleep(for: .milliseconds(10))
                }
            }
            try await body()
        } catch {
            try? await endSessions()
            _ = try? await load.value
            throw error
        }
        try await load.value
    }

    func endSessions() async throws {
        _ = try await server.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'clerk' AND datname = \(bind: database)"
        )
    }

    /// The numbers whose commit was acknowledged.
    func acknowledged() throws -> Set<Int> {
        let name = prefix.split(separator: "/").last.map(String.init) ?? ""
        var counts: [Int: Int] = [:]
        for file in try FileManager.default.contentsOfDirectory(atPath: server.folder)
        where file.hasPrefix(name + ".") && !file.hasSuffix(".script") {
            let text = try String(contentsOfFile: "\(server.folder)/\(file)", encoding: .utf8)
            for line in text.split(separator: "\n") {
                let words = line.split(separator: " ")
                guard let client = Int(words[0]), Int(words[2]) != nil else { continue }
                counts[client, default: 0] += 1
            }
        }
        return Set(counts.flatMap { client, count in (1...count).map { first + client * 1_000_000 + $0 } })
    }

    /// Expects on a server that each acknowledged number is there once, and that the sums which pgbench keeps are equal.
    static func expectAll(_ loads: [BenchLoad], on place: ConnectionTarget, _ comment: String) async throws {
        let acknowledged = try loads.reduce(into: Set<Int>()) { $0.formUnion(try $1.acknowledged()) }
        let (rows, sums) = try await PostgresConnection.with(place) { connection in
            (
                try await connection.query("SELECT id FROM public.numbered"),
                try await connection.query(
                    """
                    SELECT (SELECT sum(abalance) FROM public.pgbench_accounts) AS a,
                      (SELECT sum(tbalance) FROM public.pgbench_tellers) AS t,
                      (SELECT sum(bbalance) FROM public.pgbench_branches) AS b,
                      (SELECT sum(delta) FROM public.pgbench_history) AS h,
                      (SELECT count(*) FROM public.pgbench_history) AS n
                    """
                )
            )
        }
        let arrived = rows.compactMap { $0.integer("id") }
        #expect(acknowledged.count > 0, "\(comment): nothing was acknowledged")
        #expect(acknowledged.subtracting(arrived).isEmpty, "\(comment): lost writes")
        #expect(Set(arrived).count == arrived.count, "\(comment): doubled writes")
        let sum = try #require(sums.first)
        let balances = Set(["a", "t", "b", "h"].map { sum.text($0) })
        #expect(balances.count == 1, "\(comment): balances \(balances)")
        #expect(sum.integer("n") == arrived.count, "\(comment)")
    }
}
