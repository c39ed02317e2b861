import PostgresClient
import SQL
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite struct BackupTests {
    @Test(arguments: PostgresInstallations.majors)
    func `an instance is restored as it was at a time, at a transaction and at the end`(major: Int) async throws {
        try await BackupHome.with(major: major) { backups in
            try await backups.add(1...100)
            try await backups.must("backup", "create", "orders")
            #expect(try await backups.backups().map { $0.problem == nil && $0.checked != nil } == [true])
            try await backups.add(101...200)
            let content = try await backups.content()
            let moment = try await backups.moment()
            let number = try await backups.home
                .connect("orders", database: "shop") {
                    try await $0.query(
                        "WITH gone AS (DELETE FROM public.kept WHERE id <= 50 RETURNING id) SELECT pg_current_xact_id()::text AS number, count(*) FROM gone"
                    )
                }
                .first?["number"]
            let later = try await backups.content()
            try await backups.execute("DROP TABLE public.kept")

            func restored(_ name: String, _ moment: String) -> String {
                backups.specification(name, backup: nil, extra: "  restore: { from: orders, \(moment) }\n")
            }
            let documents =
                restored("before", "at: \"\(moment)\"") + restored("between", "xid: \(try #require(number))")
                + restored("after", "at: latest")
            try await backups.apply(backups.specification() + documents)
            #expect(try await backups.content(of: "before") == content)
            #expect(try await backups.content(of: "between") == later)
            await #expect(throws: (any Error).self) { _ = try await backups.content(of: "after") }
            // It is an instance like any other: it takes writes, and its own backups.
            try await backups.execute("INSERT INTO public.kept VALUES (0)", on: "before")
            try await backups.must("backup", "create", "before")
        }
    }

    @Test func `backups outlive their instance, and go when they are told to`() async throws {
        try await BackupHome.with { backups in
            try await backups.must("backup", "create", "orders")
            try await backups.add(1...100)
            let content = try await backups.content()
            try await backups.must("destroy", "orders", "orders")
            #expect(try await backups.run("backup", "list").output.contains("orders (gone)"))

            // One of the same name has an archive of its own, and what was before can still be restored.
            try await backups.apply(
                backups.specification("orders")
                    + backups.specification("old", backup: nil, extra: "  restore: { from: orders }\n")
            )
            #expect(try await backups.content(of: "old") == content)
            try await backups.must("destroy", "orders", "orders")
            try await backups.must("destroy", "old", "old")
            try await backups.must("backup", "delete", "orders", "--all")
            #expect(backups.home.leftovers == [])
        }
    }

    @Test func `a copy of an instance that the same plan makes comes after it`() async throws {
        try await TemporaryHome.with { home in
            let backups = BackupHome(home: home, major: 15)
            let clone = backups.specification("copy", backup: nil, extra: "  clone: { from: orders }\n")
            try await backups.apply(clone + backups.specification(backup: nil))
            try await backups.execute("CREATE TABLE public.kept (id int, text text)")
            try await backups.add(1...10)
            let second = backups.specification("second", backup: nil, extra: "  clone: { from: orders }\n")
            try await backups.apply(clone + backups.specification(backup: nil) + second)
            #expect(try await backups.content(of: "second") == backups.content())
            // What the document asks for now would need other data.
            try home.write(clone.replacing("clone: { from: orders }", with: "clone: { from: second }"))
            #expect(try await home.run("plan", "specs").errors.contains("PGS-042"))
        }
    }

    @Test func `archiving is turned on and off without a restart`() async throws {
        try await TemporaryHome.with { home in
            let backups = BackupHome(home: home, major: 15)
            try await backups.apply(backups.specification(backup: nil))
            let started = try await LifecycleTests.startTime(home)
            try await backups.apply(backups.specification())
            try await backups.apply(backups.specification(backup: nil))
            #expect(try await home.query("SHOW archive_command", on: "orders").first?["archive_command"] == "/bin/true")
            #expect(try await LifecycleTests.startTime(home) == started)

            // An instance that was made without an archiver needs a restart.
            let record = home.folder(of: "orders") + "/instance.json"
            let text = try String(contentsOfFile: record, encoding: .utf8)
            try text.replacing("\"hasArchiver\" : true,\n", with: "")
                .write(toFile: record, atomically: true, encoding: .utf8)
            Processes.kill(home.processes)
            try await backups.apply(backups.specification(backup: nil))
            try home.write(backups.specification())
            let plan = try await home.run("plan", "specs").output
            #expect(plan.contains("restart orders for backup.archive"), "\(plan)")
            try await backups.apply(backups.specification())
            #expect(try await home.query("SHOW archive_mode", on: "orders").first?["archive_mode"] == "on")
            // What somebody sets by hand is put back.
            try await home.execute("ALTER SYSTEM SET archive_command TO '/bin/false'", on: "orders")
            try await home.execute("SELECT pg_reload_conf()", on: "orders")
            try await backups.apply(backups.specification())
        }
    }

    @Test func `an archive that stands still, a gap and damage are told, and another backup helps`() async throws {
        try await BackupHome.with { backups in
            try await backups.must("backup", "create", "orders")
            let folder = try backups.archive()
            let files = FileManager.default
            try files.moveItem(atPath: folder + "/wal", toPath: folder + "/away")
            try await backups.add(1...10)
            try await backups.execute("SELECT pg_switch_wal()")
            try await expectWarning("PGS-082", true, backups)
            try files.moveItem(atPath: folder + "/away", toPath: folder + "/wal")
            try await expectWarning("PGS-082", false, backups)

            // The file after the backup's own.
            try await backups.add(11...20)
            let rows = try await backups.home.query("SELECT pg_walfile_name(pg_switch_wal()) AS name", on: "orders")
            try await expectArchived(try #require(rows.first?["name"]), backups)
            let names = try files.contentsOfDirectory(atPath: folder + "/wal").filter { $0.hasSuffix(".gz") }.sorted()
            try files.removeItem(atPath: "\(folder)/wal/\(names[names.count - 2])")
            let missing = names[names.count - 2].dropLast(3)
            let list = try await backups.run("wal", "list", "orders")
            #expect(list.code == 1)
            #expect(list.output.contains("MISSING") && list.errors.contains(missing), "\(list.errors)")
            try await expectWarning("PGS-084", true, backups)
            let copy = backups.specification("copy", backup: nil, extra: "  restore: { from: orders }\n")
            try backups.home.write(backups.specification() + copy)
            let refused = try await backups.run("plan", "specs")
            #expect(refused.code == 1)
            #expect(refused.errors.contains("PGS-083") && refused.errors.contains(missing), "\(refused.errors)")

            try await backups.must("backup", "create", "orders")
            #expect(try await backups.run("wal", "list", "orders").code == 0)
            try await backups.apply(backups.specification() + copy)
            #expect(try await backups.content(of: "copy") == backups.content())
            try await damage(backups, folder)
        }
    }

    /// The newest backup is damaged: it is found, not restored from, and not counted as the last good one.
    private func damage(_ backups: BackupHome, _ folder: String) async throws {
        let list = try await backups.backups()
        let id = try #require(list.last?.id)
        let path = try #require(
            ["base.tar.gz", "base.tar.zst"].map { "\(folder)/base/\(id)/data/\($0)" }
                .first { FileManager.default.fileExists(atPath: $0) }
        )
        var bytes = try Data(contentsOf: URL(filePath: path))
        for place in (bytes.count / 2)..<(bytes.count / 2 + 64) { bytes[place] ^= 0x55 }
        try bytes.write(to: URL(filePath: path))
        let verified = try await backups.run("backup", "verify", "orders")
        #expect(verified.code == 1)
        #expect(verified.output.contains("is damaged"), "\(verified.output)\(verified.errors)")
        let restore = try await backups.run("backup", "restore", "orders", "--backup", id)
        #expect(restore.code == 1 && restore.errors.contains("is damaged"), "\(restore.errors)")
        let refused = try await backups.run("backup", "delete", "orders", try #require(list.first?.id))
        #expect(refused.errors.contains("last good backup"), "\(refused.errors)")
        try await backups.must("backup", "delete", "orders", id)
        #expect(try await backups.backups().count == list.count - 1)
    }

    private func expectWarning(_ code: String, _ isThere: Bool, _ backups: BackupHome) async throws {
        for _ in 0..<240 {
            if try await backups.run("plan", "specs").errors.contains(code) == isThere { return }
            try await Task.sleep(for: .milliseconds(500))
        }
        Issue.record("\(code) \(isThere ? "was not told" : "is still told")")
    }

    /// How many files there are by then depends on `archive_timeout`, which file is the newest does not.
    private func expectArchived(_ name: String, _ backups: BackupHome) async throws {
        for _ in 0..<240 {
            if FileManager.default.fileExists(atPath: try backups.archive() + "/wal/\(name).gz") { return }
            try await Task.sleep(for: .milliseconds(500))
        }
        Issue.record("\(name) was not archived")
    }

    @Test func `due backups are made once, and what is kept no longer goes`() async throws {
        try await BackupHome.with { backups in
            try await backups.must("backup", "run-due")
            #expect(try await backups.backups().count == 1)
            try await backups.must("backup", "run-due")
            #expect(try await backups.backups().count == 1)
            // A backup of long ago: it goes when there are others, and its log with it.
            let folder = try backups.archive()
            let path = "\(folder)/base/\(try await backups.backups()[0].id)/backup.json"
            let text = try String(contentsOfFile: path, encoding: .utf8)
            let old = text.replacing(#/"(started|ended)" : \d+/#) { "\"\($0.output.1)\" : 1000000" }
            try old.write(toFile: path, atomically: true, encoding: .utf8)
            #expect(try await backups.run("plan", "specs").errors.contains("PGS-085"))
            try await backups.must("backup", "run-due")
            #expect(try await backups.backups().count == 2)
            try await backups.must("backup", "create", "orders")
            #expect(try await backups.backups().count == 3)
        }
    }

    @Test func `mistakes are told before anything is done`() async throws {
        try await BackupHome.with { backups in
            func expect(_ text: String, _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation)
                async throws
            {
                let result = try await backups.home.run(arguments)
                #expect(
                    !result.isSuccess && result.errors.contains(text),
                    "\(result.errors)",
                    sourceLocation: sourceLocation
                )
            }
            try await expect("there is no instance order\nhelp: did you mean \"orders\"?", "backup", "create", "order")
            try await expect("there is no instance order\nhelp: did you mean \"orders\"?", "backup", "list", "order")
            try await expect("there is no backup of orders", "backup", "verify", "orders")
            try await expect("there is no backup of orders", "backup", "restore", "orders")
            try await expect("--from is a time with its zone", "wal", "list", "orders", "--from", "zzz")
            try await expect("--at is a time with its zone", "backup", "restore", "orders", "--at", "yesterday")
            try await expect("give one of", "backup", "restore", "orders", "--at", "latest", "--xid", "7")
            try await expect("name the id", "backup", "delete", "orders")

            try await backups.must("backup", "create", "orders")
            func expectRefusal(_ text: String, _ lines: String) async throws {
                let document = backups.specification("copy", backup: nil, extra: lines)
                try backups.home.write(backups.specification() + document)
                let plan = try await backups.run("plan", "specs")
                #expect(plan.code == 1 && plan.errors.contains(text), "\(plan.errors)\(plan.output)")
            }
            try await expectRefusal("there is no backup of ordres", "  restore: { from: ordres }\n")
            try await expectRefusal(
                "before the first backup",
                "  restore: { from: orders, at: \"2020-01-01T00:00:00Z\" }\n"
            )
            try await expectRefusal("is in the future", "  restore: { from: orders, at: \"2999-01-01T00:00:00Z\" }\n")
            try await expectRefusal("over before the first backup", "  restore: { from: orders, xid: 3 }\n")
            try await expectRefusal("has the charset", "  restore: { from: orders }\n  charset: LATIN1\n")
            try await expectRefusal(
                "either restored or cloned",
                "  restore: { from: orders }\n  clone: { from: orders }\n"
            )
            try await expectRefusal("Only one of at, xid", "  restore: { from: orders, at: latest, xid: 7 }\n")
            try await expectRefusal("no instance ordres", "  clone: { from: ordres }\n")
        }
    }
}
