import Resources
import SQL
import TestSupport
import Testing

/// The impact that a plan foretells is what happens, for parameters of every kind on every major there is.
@Suite struct ImpactTests {
    /// Parameters that a small server can start with, whichever of these values they have.
    private static let restarting: [String: ClosedRange<Int>] = [
        "max_connections": 20...60, "max_worker_processes": 8...20, "max_prepared_transactions": 0...20,
        "max_locks_per_transaction": 64...128, "max_pred_locks_per_transaction": 64...128,
        "track_activity_query_size": 1024...4096, "max_files_per_process": 200...900, "autovacuum_max_workers": 1...5,
        "shared_buffers": 2048...4096, "wal_buffers": 32...256, "max_wal_senders": 5...12,
        "max_replication_slots": 5...12, "superuser_reserved_connections": 3...6,
        "max_logical_replication_workers": 2...6, "autovacuum_freeze_max_age": 100_000_000...300_000_000,
    ]

    @Test(arguments: PostgresInstallations.majors)
    func `a restart happens when the plan says so, and only then`(major: Int) async throws {
        var generator = SeededGenerator(seed: UInt64(major) * 104_729)
        let reloadable = ParameterCatalogue.definitions(major: major).values.sorted { $0.name < $1.name }
            .filter { definition in
                [.sighup, .superuser, .user].contains(definition.context) && !definition.name.contains(".")
                    && ReservedParameters.reason(for: definition.name) == nil && definition.kind != .string
                    && !ParameterPropertyTests.leftOut.contains(definition.name)
                    && definition.name != "log_min_messages"
            }
        try await TemporaryHome.with { home in
            var changed = 0
            for round in 0..<9 {
                // Every third round has something that needs a restart.
                var lines = reloadable.shuffled(using: &generator).prefix(round == 0 ? 0 : 15)
                    .map { "    \($0.name): \"\(ParameterPropertyTests.value(for: $0, &generator))\"" }
                if round % 3 == 1 {
                    lines += Self.restarting.sorted { $0.key < $1.key }.shuffled(using: &generator).prefix(3)
                        .map { "    \($0.key): \(Int.random(in: $0.value, using: &generator))" }
                }
                try home.write(Self.specification(major, lines))
                let before = round == 0 ? nil : try await LifecycleTests.startTime(home)
                let plan = try await home.run("plan", "specs", "-o", "json")
                #expect(plan.isSuccess, "\(plan.all)")
                let foretold = plan.output.contains("\"operation\" : \"restart\"")
                changed += plan.output.split(separator: "\"path\" : \"parameters.").count - 1
                let applied = try await home.run("apply", "specs", "--yes")
                #expect(applied.isSuccess, "round \(round): \(applied.all)")
                let after = try await LifecycleTests.startTime(home)
                if let before { #expect((before != after) == foretold, "round \(round): \(plan.output)") }
                #expect(try await home.run("plan", "specs", "--detailed-exitcode").code == 0)
            }
            #expect(changed > 125, "four majors make 500 changes")
        }
    }

    private static func specification(_ major: Int, _ lines: [String]) -> String {
        """
        apiVersion: pgsteer/v1
        kind: Instance
        metadata: { name: orders }
        spec:
          version: \(major)
          protection: { deletion: false }
          parameters:
            log_min_messages: warning
        \(lines.joined(separator: "\n"))
        """
    }
}
