import SQL
import TestSupport
import Testing

/// The program kills itself right before its n-th side effect, for every n, while backups are made and restored.
@Suite struct BackupCrashTests {
    private func sweep(
        _ backups: BackupHome,
        _ arguments: [String],
        afterCrash check: (_ comment: Comment) async throws -> Void
    ) async throws {
        for number in 1...60 {
            let result = try await backups.home.run(arguments, environment: ["PGSTEER_CRASH_AT": String(number)])
            if !result.wasKilled {
                #expect(result.isSuccess, "\(result.errors)")
                #expect(number > 4, "the command had hardly any side effect, so the sweep shows nothing")
                return
            }
            try await check("after a crash at \(number)")
        }
        Issue.record("the command had more than 60 side effects")
    }

    @Test func `a backup is complete or not there after a crash at every side effect`() async throws {
        try await BackupHome.with { backups in
            try await sweep(backups, ["backup", "create", "orders"]) { comment in
                let isWhole = try await backups.backups().allSatisfy { $0.problem == nil }
                #expect(isWhole, comment)
            }
            let folder = try backups.archive() + "/base"
            let listed = try await backups.backups().map(\.id)
            let there = try await Shell.run("ls -A \(folder)").split(separator: "\n").map(String.init)
            #expect(there.sorted() == listed.sorted())
            for id in listed { try await backups.must("backup", "verify", "orders", id) }
        }
    }

    @Test func `a restore converges after a crash at every side effect`() async throws {
        try await BackupHome.with { backups in
            try await backups.must("backup", "create", "orders", "--no-verify")
            try await backups.add(1...100)
            let content = try await backups.content()
            let copy = backups.specification("copy", backup: nil, extra: "  restore: { from: orders }\n")
            try backups.home.write(backups.specification() + copy)
            try await sweep(backups, ["apply", "specs", "--yes"]) { comment in
                let applied = try await backups.run("apply", "specs", "--yes")
                #expect(applied.isSuccess, "\(comment): \(applied.errors)")
                try await backups.expectFixedPoint(comment)
                #expect(try await backups.content(of: "copy") == content, comment)
                try await backups.must("destroy", "copy", "copy")
            }
        }
    }
}
