import Glibc
import PostgresClient
import SQL
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Sentences about disks, and about what goes on inside a server.
extension FaultStage {
    // MARK: Disks

    /// Returns whether the sentence is one about disks.
    func happenToDisks(_ sentence: String) async throws -> Bool {
        switch sentence {
        case "the disk of the archived log is full":
            try await disks.mount(over: try archive + "/wal", kibibytes: 4)
            try await endFile()
        case "the disk of the base backups is full": try await disks.mount(over: try archive + "/base", kibibytes: 1024)
        case "the data is on a small disk":
            let data = dual.data(of: 1)
            Processes.kill(dual.processes(of: 1))
            let size = try await Shell.run("mv \(data) \(data).old; du -sk \(data).old | cut -f1")
            _ = try await Shell.run("mkdir -m 700 \(data); chown --reference=\(data).old \(data)")
            let kibibytes = try #require(Int(size.split(separator: "\n").last ?? "")) + 24_576
            try await disks.mount(over: data, kibibytes: kibibytes)
            let said = try await Shell.run("cp -a \(data).old/. \(data)/ && rm -rf \(data).old")
            try #require(said.isEmpty, "\(said)")
        case "that disk is full":
            try await disks.fill()
            // The server ends itself when it cannot begin another file of its log.
            for _ in 0..<4 { try? await dual.execute("SELECT pg_current_xact_id(), pg_switch_wal()") }
        case "there is space again": try await disks.grow()
        default: return false
        }
        return true
    }

    private var archive: String {
        get throws {
            let folder = dual.home.path + "/home/backups/orders"
            return "\(folder)/\(try #require(FileManager.default.contentsOfDirectory(atPath: folder).first))"
        }
    }

    /// Lets the server end the file of the log that it writes, so that it is to be archived.
    private func endFile() async throws {
        try await dual.execute("CREATE TABLE IF NOT EXISTS public.ended (at timestamptz)")
        try await dual.execute("INSERT INTO public.ended VALUES (now())")
        try await dual.execute("SELECT pg_switch_wal()")
    }

    // MARK: Inside

    /// Returns whether the sentence is one about what goes on inside a server.
    func happenInside(_ sentence: String) async throws -> Bool {
        switch sentence {
        case "archiving fails":
            rename(try archive + "/archive", try archive + "/archive.away")
            for _ in 0..<3 { try await endFile() }
        case "archiving works again": rename(try archive + "/archive.away", try archive + "/archive")
        case "the checkpointer hangs": dual.send(SIGSTOP, to: [try await checkpointer])
        case "the checkpointer goes on": dual.send(SIGCONT, to: dual.processes(of: 1))
        case "a transaction is left open":
            open = try await PostgresConnection.open(try dual.endpoint)
            try await open?.execute("BEGIN")
            try await open?.execute("INSERT INTO public.written VALUES (-1)")
        case "a transaction is prepared":
            try await dual.home.connect("orders", database: "shop") { connection in
                try await connection.execute("BEGIN")
                try await connection.execute("INSERT INTO public.written VALUES (-2)")
                try await connection.execute("PREPARE TRANSACTION 'left'")
            }
        case "pg_hba.conf is edited by hand":
            _ = try await Shell.run("echo 'host all all 0.0.0.0/0 trust' >>\(dual.data(of: 1))/pg_hba.conf")
            try await dual.execute("SELECT pg_reload_conf()")
        case "postgresql.auto.conf is edited by hand":
            _ = try await Shell.run("echo \"work_mem = 'much'\" >>\(dual.data(of: 1))/postgresql.auto.conf")
        case "postgresql.auto.conf is as it was":
            _ = try await Shell.run("sed -i '/much/d' \(dual.data(of: 1))/postgresql.auto.conf")
        case "the password of postgres is changed by hand":
            try await dual.execute("ALTER ROLE postgres PASSWORD 'Somebody-else-1'")
        case "500 sessions are open":
            var target = try dual.endpoint
            target.timeout = .seconds(20)
            let crowd = SessionCrowd(500, target)
            sessions = crowd
            Task { await crowd.run() }
            let port = try port(of: 1)
            try await until("500 sessions") { crowd.count(askedOf: port) == 500 }
        default: return false
        }
        return true
    }

    private var checkpointer: Int {
        get async throws {
            let rows = try await dual.query(
                "SELECT pid FROM pg_catalog.pg_stat_activity WHERE backend_type = 'checkpointer'",
                node: 1
            )
            return try #require(rows.first?.integer("pid"))
        }
    }

    private func port(of node: Int) throws -> String {
        String(try #require(dual.home.nodePort(of: "orders", node: node)))
    }

    /// Returns whether the sentence is one about what goes on inside a server.
    func demandInside(_ sentence: String, _ comment: Comment) async throws -> Bool {
        switch sentence {
        case "what was not committed is gone":
            await #expect(throws: (any Error).self, comment) { _ = try await self.open?.query("SELECT 1") }
            await open?.close()
            let rows = try await dual.query("SELECT FROM public.written WHERE id = -1", node: 1)
            #expect(rows.isEmpty, comment)
        case "what was prepared can be committed":
            try await dual.execute("COMMIT PREPARED 'left'")
            #expect(try await dual.query("SELECT FROM public.written WHERE id = -2", node: 1).count == 1, comment)
        case "a write of 20 MB fails":
            await #expect(throws: (any Error).self, comment) {
                try await self.dual.execute(
                    "CREATE TABLE public.bulk AS SELECT repeat(md5(g::text), 32) AS t FROM generate_series(1, 20000) g"
                )
            }
        case "nothing is left half made":
            let names = try FileManager.default.contentsOfDirectory(atPath: try archive + "/base")
            #expect(names == [], comment)
        case "all sessions speak with node 2":
            let (crowd, port) = (try #require(sessions), try port(of: 2))
            try await until(comment) { crowd.count(askedOf: port) == 500 }
            crowd.stop()
        default: return false
        }
        return true
    }
}
