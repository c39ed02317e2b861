import SQL
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The program kills itself right before its n-th side effect while backups are made and restored.
@Suite struct BackupCrashTests {
    /// A restore takes seconds, and has many side effects: one in four, and all of them with `PGSTEER_CRASH_STEP=1`.
    private static let step = ProcessInfo.processInfo.environment["PGSTEER_CRASH_STEP"].flatMap { Int($0) } ?? 4

    private func sweep(
        _ backups: BackupHome,
        _ arguments: [String],
        step: Int = 1,
        afterCrash check: (_ comment: Comment) async throws -> Void
    ) async throws {
        for number in stride(from: 1, through: 80, by: step) {
            let result = try await backups.home.run(arguments, environment: ["PGSTEER_CRASH_AT": String(number)])
            if !result.wasKilled {
                #expect(result.isSuccess, "\(result.errors)")
                #expect(number > 4, "the command had hardly any side effect, so the sweep shows nothing")
                return
            }
            try await check("after a crash at \(number)")
        }
        Issue.record("the command had more than 80 side effects")
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

    @Test func `a restore converges after a crash at a side effect`() async throws {
        try await BackupHome.with { backups in
            try await backups.must("backup", "create", "orders", "--no-verify")
            try await backups.add(1...100)
            let content = try await backups.content()
            let copy = backups.specification("copy", backup: nil, extra: "  restore: { from: orders }\n")
            try backups.home.write(backups.specification() + copy)
            try await sweep(backups, ["apply", "specs", "--yes"], step: Self.step) { comment in
                let applied = try await backups.run("apply", "specs", "--yes")
                #expect(applied.isSuccess, "\(comment): \(applied.errors)")
                try await backups.expectFixedPoint(comment)
                #expect(try await backups.content(of: "copy") == content, comment)
                try await backups.must("destroy", "copy", "copy")
            }
        }
    }
}
