import Glibc
import SQL
import Subprocess
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The loop makes backups beside everything else that it does, and nothing waits for them.
@Suite struct LoopBackupTests {
    /// A home whose backups can be held up at will.
    private struct Stage {
        let backups: BackupHome
        var dual: DualHome { DualHome(home: backups.home) }

        /// The processes of the program that copies a server.
        var copiers: [Int] {
            dual.home.processes.filter { processID in
                let words = (try? Data(contentsOf: URL(filePath: "/proc/\(processID)/cmdline"))) ?? Data()
                return String(decoding: words, as: UTF8.self).contains("pg_basebackup")
            }
        }

        /// Lets a backup be due, and returns when it has been begun and cannot go on: it waits for a checkpoint that does
        /// not come before `release`.
        func holdUp(_ loop: LoopProcess) async throws -> Int {
            let primary = try await dual.node("primary").number
            let rows = try await dual.query(
                "SELECT pid FROM pg_catalog.pg_stat_activity WHERE backend_type = 'checkpointer'",
                node: primary,
                database: "postgres"
            )
            let checkpointer = try #require(rows.first?.integer("pid"))
            kill(pid_t(checkpointer), SIGSTOP)
            try makeOld()
            try await loop.wait("a copy that is being made") { !copiers.isEmpty }
            return checkpointer
        }

        /// Lets every backup be of long ago.
        func makeOld() throws {
            let base = try backups.archive() + "/base"
            for id in try FileManager.default.contentsOfDirectory(atPath: base) where !id.hasPrefix(".") {
                let path = "\(base)/\(id)/backup.json"
                let text = try String(contentsOfFile: path, encoding: .utf8)
                try text.replacing(#/"(started|ended)" : \d+/#) { "\"\($0.output.1)\" : 1000000" }
                    .write(toFile: path, atomically: true, encoding: .utf8)
            }
        }

        var isCopied: Bool { !copiers.isEmpty }

        /// What a backup that was not finished would leave.
        var unfinished: [String] {
            get throws {
                try FileManager.default.contentsOfDirectory(atPath: try backups.archive() + "/base")
                    .filter { $0.hasPrefix(".") }
            }
        }

        /// How many backups were made, whatever was removed since.
        func made() async throws -> Set<String> { Set(try await backups.backups().map(\.id)) }
    }

    @Test func `a backup makes way for a switchover, is made again, and ends with the loop`() async throws {
        let extra = "  availability: { mode: dual }\n  logs: { maxSize: 1MiB }\n"
        try await BackupHome.with(extra: extra) { backups in
            let stage = Stage(backups: backups)
            let status = try await LoopProcess.with(backups.home) { loop in
                // The first one is due at once; nobody else makes it a second time.
                try await loop.wait(for: "backupDone", of: "orders")
                let first = try await stage.made()
                #expect(first.count == 1)
                try await backups.must("backup", "run-due")
                #expect(try await stage.made() == first)
                try await loop.wait("a good condition") {
                    try await backups.run("get", "conditions", "-o", "name").output.contains("orders/BackedUp")
                }

                let checkpointer = try await stage.holdUp(loop)
                // Who comes by hand is told who is at it, and a timer leaves it to them.
                let byHand = try await backups.run("backup", "create", "orders")
                #expect(byHand.errors.contains("works on the backups of orders now: backup, process \(loop.processID)"))
                try await backups.must("backup", "run-due")
                let described = try await backups.run("describe", "orders").output
                #expect(described.contains("worked on now: backup"), "\(described)")
                kill(pid_t(checkpointer), SIGCONT)

                try await expectMakesWay(stage, loop)
                try await expectLogBegunAnew(stage, loop)

                let held = try await stage.holdUp(loop)
                loop.end()
                try await loop.wait("the copy to end") { !stage.isCopied }
                kill(pid_t(held), SIGCONT)
            }
            #expect(status == .exited(0))
            #expect(try stage.unfinished == [])
            // It counts as no failure: the next one makes it at once.
            _ = try await LoopProcess.with(backups.home) { loop in
                try await loop.wait("a backup") { copies(loop) == 1 }
                // What a loop that is killed leaves is nobody's, and a timer makes the backup at once.
                let held = try await stage.holdUp(loop)
                loop.send(SIGKILL)
                kill(pid_t(held), SIGCONT)
                let old = try await stage.made()
                try await loop.wait("a backup by the timer") {
                    try await backups.must("backup", "run-due")
                    return try await stage.made().subtracting(old).count == 1
                }
                #expect(try stage.unfinished == [])
            }
            #expect(try await backups.run("backup", "verify", "orders").isSuccess)
        }
    }

    /// How many backups the loop has made.
    private func copies(_ loop: LoopProcess) -> Int {
        loop.events("backupDone", of: "orders").count { $0.message.hasPrefix("backed up as") }
    }

    /// A switchover does not wait for a copy that hangs. The copy fails, says so, and is made again.
    private func expectMakesWay(_ stage: Stage, _ loop: LoopProcess) async throws {
        // It is being checked for a while after it was copied.
        try await loop.wait("the backup that was held up") { copies(loop) == 2 }
        let checkpointer = try await stage.holdUp(loop)
        let old = try await stage.dual.node("primary").number
        // The program that copies hangs, too, as it does when the disk of the backups does.
        stage.dual.send(SIGSTOP, to: stage.copiers)
        kill(pid_t(checkpointer), SIGCONT)
        let switched = try await stage.backups.run("switchover", "orders")
        #expect(switched.isSuccess, "\(switched.errors)")
        #expect(try await stage.dual.node("primary").number != old)
        try await loop.wait(for: "backupFailed", of: "orders")
        let failure = try #require(loop.events("backupFailed").first?.message)
        #expect(failure.contains("another node took over"), "\(failure)")
        #expect(try stage.unfinished == [])
        let described = try await stage.backups.run("describe", "orders").output
        #expect(described.contains("alarm       The last backup of Instance/orders failed at"), "\(described)")
        #expect(try await stage.backups.run("plan", "specs").errors.contains("PGS-086"))
        #expect(try await stage.backups.run("get", "backups", "orders").errors.contains("failed at"))
        try await loop.wait("a condition that is false") {
            let text = try await stage.backups.run("get", "conditions").output
            return text.contains("BackupFailed") || text.contains("BackupOverdue")
        }
        try await loop.wait("another backup") { copies(loop) == 3 }
        #expect(!(try await stage.backups.run("plan", "specs").errors.contains("PGS-086")))
        try await loop.wait("a good condition") {
            try await stage.backups.run("get", "conditions").output.split(separator: "\n")
                .contains { $0.contains("BackedUp") && $0.contains("true") }
        }
    }

    /// A log that is too large is begun anew although nothing else is to be done.
    private func expectLogBegunAnew(_ stage: Stage, _ loop: LoopProcess) async throws {
        let folder = stage.backups.home.folder(of: "orders") + "/nodes/1/log"
        _ = try await Shell.run("head -c 1100000 /dev/zero >>\(folder)/server.log")
        try await loop.wait("a new log") {
            let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            return names.contains { $0.hasPrefix("server-") } && names.contains("server.log")
        }
    }
}
