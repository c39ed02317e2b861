import PostgresClient
import SQL

extension MigrationRun {
    /// Compares every table of the source, as the snapshot has it, with the target.
    func verifyCopy(
        _ tables: [SourceTable],
        _ snapshot: SourceSnapshot?,
        _ source: PostgresConnection,
        _ target: PostgresConnection
    ) async throws {
        let comparison = try await comparison(source, target)
        let report = try await compared(tables) { table in
            try await self.withReaders(snapshot) { source, target in
                try await self.compare(table, comparison, source, target)
            }
        }
        try remember { $0.verification = report }
        guard report.isClean else {
            throw MigrationError(
                report.sentence,
                help: snapshot == nil
                    ? "the source may have been written to since the copy began; type: full+incremental follows writes"
                    : "tables that an interrupted run copied are from an earlier moment than the rest; was the source written to?"
            )
        }
        reporter.tell(report.sentence)
    }

    /// Compares tables while they may be written to: what the end that is written to did not change around the look at
    /// the one that follows must be equal there.
    func verifyLive(_ tables: [SourceTable], _ crossing: Crossing) async throws -> VerificationReport {
        let comparison = try await comparison(crossing.origin, crossing.receiver)
        let report = try await compared(tables) { table in
            try await self.withReaders(nil, crossing.direction) { reader, writer in
                let ends = (crossing.origin, crossing.receiver)
                return try await self.compareLive(table, comparison, ends: ends, readers: (reader, writer))
            }
        }
        return crossing.direction == .back ? report.turned : report
    }

    /// Looks at the source before and after the target, up to three times while it changes in between.
    private func compareLive(
        _ table: SourceTable,
        _ comparison: TableComparison,
        ends: (source: PostgresConnection, target: PostgresConnection),
        readers: (source: PostgresConnection, target: PostgresConnection)
    ) async throws -> VerificationReport.Table {
        for attempt in 1... {
            let before = try await comparison.fingerprint(table, readers.source)
            // Whatever the source had then is on the target after this.
            guard try await passBarrier(ends.source, ends.target, within: .seconds(120)) != nil else {
                throw MigrationError(
                    "\(table.shown) was not compared: the end that follows did not catch up in two minutes",
                    help: "see how it goes on: pgsteer migration status \(task.name)"
                )
            }
            let there = try await comparison.fingerprint(table, readers.target)
            var after = try await comparison.fingerprint(table, readers.source)
            let isEqual = before == there
            var hasAllEnded = true
            if !isEqual, before == after {
                hasAllEnded = try await awaitTransactions(readers.source)
                after = try await comparison.fingerprint(table, readers.source)
            }
            let isStill = before == after && hasAllEnded
            if !isStill, !isEqual, attempt < 3 { continue }
            let isDifferent = isStill && !isEqual
            return VerificationReport.Table(
                table: table.shown,
                outcome: isEqual ? .equal : isDifferent ? .different : .changing,
                sourceRows: after.rows,
                targetRows: there.rows,
                examples: isDifferent ? try await comparison.examples(table, readers.source, readers.target) : []
            )
        }
        preconditionFailure("the loop above ends with a result")
    }

    /// Waits until all transactions have ended that an end is in the middle of; returns whether they have.
    ///
    /// A transaction is sent to those who follow as soon as it is on the disk, and seen by others a little later: when its
    /// session gets on, or the synchronous standby has it. Until then the end that follows has rows that the other one does
    /// not show.
    private func awaitTransactions(_ connection: PostgresConnection) async throws -> Bool {
        let running = try await connection.query(
            "SELECT txid_snapshot_xip(txid_current_snapshot())::text AS number"
        )
        if running.isEmpty { return true }
        let numbers = Statement.joined(running.map { "\(literal: $0.text("number"))" }, separator: ", ")
        let question: Statement = """
            SELECT FROM unnest(ARRAY[\(numbers)]::bigint[]) number WHERE txid_status(number) = 'in progress' LIMIT 1
            """
        let deadline = ContinuousClock.now + .seconds(5)
        while ContinuousClock.now < deadline {
            if try await connection.query(question).isEmpty { return true }
            try await Task.sleep(for: .milliseconds(20))
        }
        return false
    }

    func comparison(_ source: PostgresConnection, _ target: PostgresConnection) async throws -> TableComparison {
        let versions = await (source.serverVersion, target.serverVersion)
        return TableComparison(hasRecordHash: min(versions.0, versions.1) >= 140_000)
    }

    /// Compares one table on both ends at once.
    func compare(
        _ table: SourceTable,
        _ comparison: TableComparison,
        _ source: PostgresConnection,
        _ target: PostgresConnection
    ) async throws -> VerificationReport.Table {
        async let left = comparison.fingerprint(table, source)
        async let right = comparison.fingerprint(table, target)
        let (ours, theirs) = try await (left, right)
        let examples = ours == theirs ? [] : try await comparison.examples(table, source, target)
        return VerificationReport.Table(
            table: table.shown,
            outcome: ours == theirs ? .equal : .different,
            sourceRows: ours.rows,
            targetRows: theirs.rows,
            examples: examples
        )
    }

    /// Compares tables side by side, largest first.
    private func compared(
        _ tables: [SourceTable],
        _ body: @escaping @Sendable (SourceTable) async throws -> VerificationReport.Table
    ) async throws -> VerificationReport {
        activity("verifying")
        let queue = WorkQueue(tables.map { (cost: $0.bytes, job: $0) })
        let found = try await withThrowingTaskGroup(of: [VerificationReport.Table].self) { group in
            for _ in 0..<max(1, min(order.concurrency, tables.count)) {
                group.addTask {
                    var found: [VerificationReport.Table] = []
                    while let table = await queue.next() {
                        do {
                            try self.board.throwIfStopped()
                            found.append(try await body(table))
                        } catch {
                            await queue.failed()
                            throw error
                        }
                        await queue.finished()
                    }
                    return found
                }
            }
            var all: [VerificationReport.Table] = []
            for try await part in group { all += part }
            return all
        }
        return VerificationReport(tables: found.sorted { $0.table < $1.table })
    }

    private func withReaders<Result: Sendable>(
        _ snapshot: SourceSnapshot?,
        _ direction: Crossing.Direction = .forth,
        _ body: @Sendable (PostgresConnection, PostgresConnection) async throws -> Result
    ) async throws -> Result {
        let source = try await open(direction == .forth ? order.source : order.target)
        return try await source.closing { source in
            if let snapshot { try await join(snapshot, source) }
            let target = try await open(direction == .forth ? order.target : order.source)
            return try await target.closing { target in try await body(source, target) }
        }
    }
}
