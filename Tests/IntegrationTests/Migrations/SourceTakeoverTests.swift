import PostgresClient
import SQL
import TestSupport
import Testing

/// A replication slot is of one server: when another node of the source becomes its primary, nothing is followed any more.
@Suite struct SourceTakeoverTests {
    private func slots(_ pair: InstancePair, node: Int) async throws -> [String] {
        try await pair.home.connect("old", node: node, database: "shop") {
            try await $0.query("SELECT slot_name AS name FROM pg_replication_slots WHERE slot_type = 'logical'")
                .map { $0.text("name") }
        }
    }

    @Test func `a source whose standby takes over is told, and no slot is left on any node`() async throws {
        try await InstancePair.with(15, 16) { pair in
            try pair.declare(15, 16, "sourceAfter: read-only", source: "  availability: { mode: dual }")
            let applied = try await pair.home.run("apply", "specs", "--yes")
            #expect(applied.isSuccess, "\(applied.errors)")
            let started = try await pair.migration("start")
            #expect(started.output.contains("ready to complete"), "\(started.output)\(started.errors)")
            #expect(try await slots(pair, node: 1).count == 1)
            let switched = try await pair.home.run("switchover", "old")
            #expect(
                switched.isSuccess && switched.errors.contains("the migration move is at work"),
                "\(switched.errors)"
            )
            #expect(try await slots(pair, node: 1).count == 1)
            #expect(try await slots(pair, node: 2).isEmpty)

            let status = try await pair.migration("status")
            #expect(status.output.contains("is gone from the source"), "\(status.output)")
            #expect(!status.output.contains("cut over with") && !status.output.contains("lag"), "\(status.output)")
            let completed = try await pair.migration("complete")
            #expect(completed.code == 1 && completed.errors.contains("is gone from the source"), "\(completed.errors)")

            let cancelled = try await pair.migration("cancel")
            #expect(cancelled.isSuccess && !cancelled.output.contains("left behind"), "\(cancelled.output)")
            #expect(try await slots(pair, node: 1).isEmpty)
            #expect(try await slots(pair, node: 2).isEmpty)
        }
    }
}
