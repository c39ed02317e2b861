import Glibc
import SQL
import TestSupport
import Testing

/// Backups of an instance with two nodes: what is kept hangs together over switchovers and failovers.
@Suite struct BackupAvailabilityTests {
    @Test func `everything is restored that was written before and after a switchover and a failover`() async throws {
        let availability = "  availability: { mode: dual }\n"
        try await BackupHome.with(extra: availability) { backups in
            let dual = DualHome(home: backups.home)
            func primary() async throws -> Int { try await dual.node("primary").number }
            try await backups.must("backup", "create", "orders")
            try await backups.add(1...100, node: try await primary())
            try await backups.must("switchover", "orders")
            try await backups.add(101...200, node: try await primary())

            // What the primary could not archive any more before it died is archived for it.
            let folder = try backups.archive()
            rename(folder + "/archive", folder + "/archive.away")
            let old = try await primary()
            try await backups.execute("SELECT pg_switch_wal()", node: old)
            try await backups.add(201...300, node: old)
            try await backups.execute("SELECT pg_switch_wal()", node: old)
            dual.send(SIGKILL, to: dual.processes(of: old))
            rename(folder + "/archive.away", folder + "/archive")
            try await dual.apply()
            try await backups.add(301...400, node: try await primary())
            let content = try await backups.content(node: try await primary())

            #expect(try await backups.run("wal", "list", "orders").code == 0)
            let copy = backups.specification("copy", backup: nil, extra: "  restore: { from: orders }\n")
            try await backups.apply(backups.specification(extra: availability) + copy)
            #expect(try await backups.content(of: "copy") == content)
            // A backup that begins on the new primary needs nothing of the old one.
            try await backups.must("backup", "create", "orders")
            let last = backups.specification("last", backup: nil, extra: "  restore: { from: orders }\n")
            try await backups.apply(backups.specification(extra: availability) + copy + last)
            #expect(try await backups.content(of: "last") == content)
        }
    }
}
