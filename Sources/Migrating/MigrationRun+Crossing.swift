import PostgresClient
import Resources
import SQL
import SpecSchema

/// The moment at which writes go from one end to the other, with what may keep them and what undoes it.
extension MigrationRun {
    /// What is found out before the pause.
    private struct Preparation {
        var database: String
        var sequences: [(schema: String, name: String)]
        /// Where large objects were when all of them were compared.
        var mark: String?
    }

    /// Lets writes go over, and does what comes after; taken back when it would take too long.
    func cross(_ crossing: Crossing, _ tables: [SourceTable]) async throws {
        let direction = crossing.direction
        let (preparation, checker) = try await prepared(crossing, tables)
        let comparison = try await comparison(crossing.origin, crossing.receiver)
        let limit = migration.cutover.maxWritePause
        activity(direction == .forth ? "cutting over" : "going back")
        let begin = ContinuousClock.now
        do {
            try await pass(crossing, preparation, checker, until: begin + limit)
        } catch {
            let pause = Self.milliseconds(ContinuousClock.now - begin)
            await checker.close()
            try await refuseToUndo(direction, after: error)
            try await takeBack(crossing, because: "\(error)")
            throw MigrationError(
                "the \(direction.noun) was taken back after \(pause) ms, and the \(direction.originNoun) takes writes again: \(error)",
                help:
                    "try again when less is written, or allow more: cutover.maxWritePause is \(Self.milliseconds(limit)) ms"
            )
        }
        do { try await leadEndpoint(direction) } catch {
            await checker.close()
            throw error
        }
        let pause = Self.milliseconds(ContinuousClock.now - begin)
        try remember {
            $0[keyPath: direction.record]?.isReleased = true
            $0[keyPath: direction.record]?.pauseMilliseconds = pause
        }
        let place = direction == .forth ? task.target : task.source
        reporter.tell("writes may go to \(place) now; they waited \(pause) ms")
        try await checker.closing { checker in
            try await verifyChanging(tables, comparison, checker, direction)
        }
        try await settle(crossing)
    }

    // MARK: Before the pause

    /// Does before the pause what can be done before it; when that fails, nothing has happened.
    private func prepared(
        _ crossing: Crossing,
        _ tables: [SourceTable]
    ) async throws -> (Preparation, checker: PostgresConnection) {
        let direction = crossing.direction
        activity("preparing the \(direction.noun)")
        do {
            if direction == .forth {
                switch migration.cutover.rollback {
                case .keep: try await prepareWayBack(tables, crossing)
                case .none: await closeWayBack()
                }
                try await prepareEndpoint()
            }
            let preparation = Preparation(
                database: try await database(crossing.origin),
                sequences: try await sequences(crossing),
                mark: try await alignLargeObjects(
                    from: crossing.origin,
                    to: crossing.receiver,
                    record: crossing.target
                )
            )
            let record = try await stateBefore(preparation.database, crossing.origin)
            try remember { $0[keyPath: direction.record] = record }
            return (preparation, try await open(direction == .forth ? order.target : order.source))
        } catch {
            try await takeBack(crossing, because: "\(error)")
            throw error
        }
    }

    private func sequences(_ crossing: Crossing) async throws -> [(schema: String, name: String)] {
        let strangers = crossing.direction == .back ? task.wayBack?.strangers ?? [] : []
        let there = Set(try await chosenSequences(crossing.receiver).map { "\($0.schema).\($0.name)" })
        let wanted = try await chosenSequences(crossing.origin)
            .filter { !strangers.contains("\($0.schema).\($0.name)") }
        let missing = wanted.map { "\($0.schema).\($0.name)" }.filter { !there.contains($0) }
        guard missing.isEmpty else {
            throw MigrationError(
                "the \(crossing.direction.noun) is refused: the \(crossing.direction.receiverNoun) lacks \(missing.count == 1 ? "the sequence" : "sequences") \(missing.prefix(5).joined(separator: ", "))",
                help: "definitions are not followed; make them there, too"
            )
        }
        return wanted
    }

    func database(_ connection: PostgresConnection) async throws -> String {
        try await connection.query("SELECT current_database() AS name").first?.text("name") ?? ""
    }

    private func stateBefore(_ database: String, _ connection: PostgresConnection) async throws -> CutoverRecord {
        let settings = try await connection.query(
            """
            SELECT split_part(entry, '=', 2) AS value FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
            CROSS JOIN unnest(s.setconfig) entry WHERE d.datname = \(bind: database) AND s.setrole = 0
              AND entry LIKE 'default_transaction_read_only=%'
            """
        )
        let limits = try await connection.query(
            "SELECT datconnlimit AS limit FROM pg_database WHERE datname = \(bind: database)"
        )
        return CutoverRecord(
            readOnlyBefore: settings.first?["value"],
            connectionLimitBefore: limits.first?.integer("limit") ?? -1
        )
    }

    // MARK: The pause

    private func pass(
        _ crossing: Crossing,
        _ preparation: Preparation,
        _ checker: PostgresConnection,
        until deadline: ContinuousClock.Instant
    ) async throws {
        let (origin, receiver) = (crossing.origin, crossing.receiver)
        try await stopWrites(preparation.database, origin, until: deadline)
        let left = deadline - ContinuousClock.now
        guard try await passBarrier(origin, receiver, within: left, polling: .milliseconds(2)) != nil else {
            throw MigrationError("the last changes did not arrive in time")
        }
        // From here on both ends are equal and still, and stay so for this session whoever writes then.
        _ = try await checker.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        _ = try await checker.query("SELECT FROM pg_class LIMIT 1")
        _ = try await alignLargeObjects(
            from: origin,
            to: receiver,
            record: crossing.target,
            unlessStillAt: preparation.mark
        )
        if crossing.direction == .forth, task.wayBack != nil { try await beginWayBackHere(receiver, until: deadline) }
        let statements = try await sequenceStatements(preparation.sequences, origin) ?? "SELECT"
        let opening = crossing.direction == .back ? try await writingAgain(receiver, task.cutover) : "SELECT"
        try await awaitEndpoint(until: deadline)
        guard ContinuousClock.now < deadline else { throw MigrationError("it took too long") }
        let sign = task[keyPath: crossing.direction.record]?.sign ?? ""
        isSignSent = true
        // On the disk before anybody writes there: with it is everything that came before.
        try await receiver.execute(
            script: """
                BEGIN; SET LOCAL synchronous_commit TO on; \(statements); \(opening);
                \(journal.record(sign, at: nil)); COMMIT
                """
        )
    }

    /// Lets nobody write there any more: new sessions are kept out, or can only read, and those there are end.
    private func stopWrites(
        _ database: String,
        _ origin: PostgresConnection,
        until deadline: ContinuousClock.Instant
    ) async throws {
        try await origin.execute(
            script: """
                BEGIN; ALTER DATABASE \(identifier: database) SET default_transaction_read_only TO on;
                ALTER DATABASE \(identifier: database) CONNECTION LIMIT 0; COMMIT
                """
        )
        let moment = try await origin.query("SELECT clock_timestamp() AS now").first?.text("now") ?? ""
        try await awaitStarted(database, origin, until: deadline)
        // Whoever came later can only read; such clients may come again and again.
        let others: Statement = """
            FROM pg_stat_activity WHERE datname = \(literal: database) AND backend_type = 'client backend'
              AND application_name <> \(literal: objectName) AND backend_start <= \(literal: moment)::timestamptz
            """
        while true {
            let left = try await origin.query("SELECT pid, pg_terminate_backend(pid) \(others)")
            if left.isEmpty { break }
            guard ContinuousClock.now < deadline else {
                throw MigrationError("\(left.count) sessions did not end")
            }
            try await Task.sleep(for: .milliseconds(2))
        }
        let prepared = try await origin.query(
            "SELECT gid FROM pg_prepared_xacts WHERE database = \(literal: database)"
        )
        guard prepared.isEmpty else {
            throw MigrationError("there are prepared transactions: \(prepared.map { $0.text("gid") })")
        }
    }

    /// Waits for sessions that are on their way in and may have read the settings as they were before: until they are
    /// listed they hold a lock on their database (InitPostgres in PostgreSQL's postinit.c).
    private func awaitStarted(
        _ database: String,
        _ origin: PostgresConnection,
        until deadline: ContinuousClock.Instant
    ) async throws {
        var early: Set<String>?
        while early?.isEmpty != true {
            let rows = try await origin.query(
                """
                SELECT l.pid FROM pg_locks l JOIN pg_database d ON d.oid = l.objid
                WHERE l.locktype = 'object' AND l.classid = 'pg_database'::regclass AND d.datname = \(literal: database)
                  AND l.mode = 'RowExclusiveLock' AND l.pid <> pg_backend_pid()
                """
            )
            let found = Set(rows.map { $0.text("pid") })
            early = early?.intersection(found) ?? found
            guard ContinuousClock.now < deadline else {
                throw MigrationError("sessions that come in did not get there")
            }
        }
    }

    /// Compares what could not be compared while it changed: the end that the writes left stands still, and the session
    /// sees the other as it was at the barrier.
    private func verifyChanging(
        _ tables: [SourceTable],
        _ comparison: TableComparison,
        _ checker: PostgresConnection,
        _ direction: Crossing.Direction
    ) async throws {
        let changing = Set(task.verification?.changing.map(\.table) ?? [])
        if changing.isEmpty { return }
        activity("verifying what changed until the end")
        let reader = try await open(direction == .forth ? order.source : order.target)
        var report = VerificationReport()
        report.tables = try await reader.closing { reader in
            var results: [VerificationReport.Table] = []
            for table in tables where changing.contains(table.shown) {
                results.append(try await compare(table, comparison, reader, checker))
            }
            return results
        }
        if direction == .back { report = report.turned }
        try remember { task in
            for result in report.tables {
                guard let index = task.verification?.tables.firstIndex(where: { $0.table == result.table }) else {
                    continue
                }
                task.verification?.tables[index] = result
            }
        }
        guard let whole = task.verification else { return }
        reporter.tell(whole.isClean ? whole.sentence : "WARNING: \(whole.sentence)")
    }

    static func milliseconds(_ duration: Duration) -> Int {
        Int(duration.components.seconds) * 1000 + Int(duration.components.attoseconds / 1_000_000_000_000_000)
    }
}
