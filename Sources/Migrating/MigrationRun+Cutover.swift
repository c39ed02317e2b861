import PostgresClient
import Resources
import SQL
import SpecSchema

/// Letting the writes go over from the source to the target.
extension MigrationRun {
    /// Cuts over; refused, with nothing changed, unless the target has everything and is equal.
    package func complete() async throws {
        guard task.state.isFollowing else {
            throw MigrationError(
                "\(task.name) is \(task.state.rawValue); it can be completed when it is ready to complete"
            )
        }
        let source = try await openSource()
        try await source.closing { source in
            let target = try await openTarget()
            try await target.closing { target in
                let tables = try await refuseUnlessReady(source, target)
                try move(.completionAsked)
                try await cutOver(tables, source, target)
            }
        }
    }

    // MARK: Refusals

    private func refuseUnlessReady(_ source: PostgresConnection, _ target: PostgresConnection) async throws
        -> [SourceTable]
    {
        try await refuseOtherShapes(source, target)
        guard try await passBarrier(source, target, within: .seconds(60)) != nil else {
            let gap = try await gap(source) ?? 0
            let problem = try await applyProblem(target)
            try move(.fellBehind, message: problem)
            throw MigrationError(
                "the cut-over is refused: \(problem ?? "the target is \(gap) bytes behind and did not catch up in a minute")",
                help: problem == nil ? "see how it goes on: pgsteer migration status \(task.name)" : Self.applyHelp
            )
        }
        if task.state == .incrementalSync { try move(.caughtUp) }
        let tables = try await tables(source, nil).filter(\.isLogged)
        let report = try await verifyLive(tables, source, target)
        try remember { $0.verification = report }
        guard report.isClean else {
            throw MigrationError(
                "the cut-over is refused: \(report.sentence)",
                help: "was the target written to by others? Put the rows right there, and complete again"
            )
        }
        reporter.tell(report.sentence)
        return tables
    }

    /// Definitions are not followed: what was changed on the source must have been changed on the target, too.
    private func refuseOtherShapes(_ source: PostgresConnection, _ target: PostgresConnection) async throws {
        let ours = try await SourceCatalogue.shapes(source)
        let theirs = try await SourceCatalogue.shapes(target)
        let differing =
            ours.filter { name, shape in
                guard let dot = name.firstIndex(of: ".") else { return false }
                let (schema, table) = (String(name[..<dot]), String(name[name.index(after: dot)...]))
                return migration.objects.includes(schema: schema, table: table) && theirs[name] != shape
            }
            .keys.sorted()
        guard !differing.isEmpty else { return }
        throw MigrationError(
            "the cut-over is refused: \(differing.prefix(5).joined(separator: ", ")) \(differing.count == 1 ? "has" : "have") other columns on the target, or are not there",
            help: "definitions that change on the source are not followed; change them on the target, too"
        )
    }

    // MARK: The pause

    private func cutOver(_ tables: [SourceTable], _ source: PostgresConnection, _ target: PostgresConnection)
        async throws
    {
        let sequences = try await chosenSequences(source)
        let database = try await source.query("SELECT current_database() AS name").first?.text("name") ?? ""
        let record = try await stateBefore(database, source)
        try remember { $0.cutover = record }
        let comparison = try await comparison(source, target)
        let checker = try await open(order.target)
        let limit = migration.cutover.maxWritePause
        activity("cutting over")
        let begin = ContinuousClock.now
        do {
            try await stopWrites(database, source, until: begin + limit)
            guard
                try await passBarrier(
                    source,
                    target,
                    within: limit - (ContinuousClock.now - begin),
                    polling: .milliseconds(2)
                ) != nil
            else { throw MigrationError("the last changes did not arrive in time") }
            // From here on both ends are equal and still, and stay so for this session whoever writes then.
            _ = try await checker.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            _ = try await checker.query("SELECT FROM pg_class LIMIT 1")
            let statements = try await sequenceStatements(sequences, source) ?? "SELECT"
            guard ContinuousClock.now - begin < limit else { throw MigrationError("it took too long") }
            try await target.execute(
                script: "BEGIN; \(statements); \(journal.record("released", at: nil)); COMMIT"
            )
        } catch {
            await checker.close()
            try await takeBack(source, because: "\(error)")
            throw MigrationError(
                "the cut-over was taken back after \(Self.milliseconds(ContinuousClock.now - begin)) ms, and the source takes writes again: \(error)",
                help:
                    "try again when less is written, or allow more: cutover.maxWritePause is \(Self.milliseconds(limit)) ms"
            )
        }
        let pause = Self.milliseconds(ContinuousClock.now - begin)
        try remember {
            $0.cutover?.isReleased = true
            $0.cutover?.pauseMilliseconds = pause
        }
        reporter.tell("writes may go to \(task.target) now; they waited \(pause) ms")
        try await checker.closing { checker in
            try await verifyChanging(tables, comparison, checker)
        }
        try await settle(source, target)
    }

    /// Compares what could not be compared while it changed: the source stands still, and the session sees the target as
    /// it was at the barrier.
    private func verifyChanging(
        _ tables: [SourceTable],
        _ comparison: TableComparison,
        _ checker: PostgresConnection
    ) async throws {
        let changing = Set(task.verification?.changing.map(\.table) ?? [])
        if changing.isEmpty { return }
        activity("verifying what changed until the end")
        let reader = try await open(order.source)
        let results = try await reader.closing { reader in
            var results: [VerificationReport.Table] = []
            for table in tables where changing.contains(table.shown) {
                results.append(try await compare(table, comparison, reader, checker))
            }
            return results
        }
        try remember { task in
            for result in results {
                guard let index = task.verification?.tables.firstIndex(where: { $0.table == result.table }) else {
                    continue
                }
                task.verification?.tables[index] = result
            }
        }
        if let report = task.verification, !report.isClean {
            reporter.tell("WARNING: \(report.sentence)")
        } else if let report = task.verification {
            reporter.tell(report.sentence)
        }
    }

    private func stateBefore(_ database: String, _ source: PostgresConnection) async throws -> CutoverRecord {
        if let known = task.cutover { return known }
        let settings = try await source.query(
            """
            SELECT split_part(entry, '=', 2) AS value FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
            CROSS JOIN unnest(s.setconfig) entry WHERE d.datname = \(bind: database) AND s.setrole = 0
              AND entry LIKE 'default_transaction_read_only=%'
            """
        )
        let limits = try await source.query(
            "SELECT datconnlimit AS limit FROM pg_database WHERE datname = \(bind: database)"
        )
        return CutoverRecord(
            readOnlyBefore: settings.first?["value"],
            connectionLimitBefore: limits.first?.integer("limit") ?? -1
        )
    }

    /// Lets nobody write on the source any more: new sessions are kept out, or can only read, and those there are end.
    private func stopWrites(
        _ database: String,
        _ source: PostgresConnection,
        until deadline: ContinuousClock.Instant
    ) async throws {
        try await source.execute(
            script: """
                BEGIN; ALTER DATABASE \(identifier: database) SET default_transaction_read_only TO on;
                ALTER DATABASE \(identifier: database) CONNECTION LIMIT 0; COMMIT
                """
        )
        let others: Statement = """
            FROM pg_stat_activity WHERE datname = \(literal: database) AND backend_type = 'client backend'
              AND application_name <> \(literal: objectName)
            """
        while true {
            let left = try await source.query("SELECT pid, pg_terminate_backend(pid) \(others)")
            if left.isEmpty { break }
            guard ContinuousClock.now < deadline else {
                throw MigrationError("\(left.count) sessions of the source did not end")
            }
            try await Task.sleep(for: .milliseconds(2))
        }
        let prepared = try await source.query(
            "SELECT gid FROM pg_prepared_xacts WHERE database = \(literal: database)"
        )
        guard prepared.isEmpty else {
            throw MigrationError("the source has prepared transactions: \(prepared.map { $0.text("gid") })")
        }
    }

    /// Puts the source's settings back to what they were.
    func letSourceWrite(_ source: PostgresConnection) async throws {
        guard let record = task.cutover else { return }
        let database = try await source.query("SELECT current_database() AS name").first?.text("name") ?? ""
        let setting: Statement =
            record.readOnlyBefore.map { "SET default_transaction_read_only TO \(literal: $0)" }
            ?? "RESET default_transaction_read_only"
        try await source.execute(
            script: """
                BEGIN; ALTER DATABASE \(identifier: database) \(setting);
                ALTER DATABASE \(identifier: database) CONNECTION LIMIT \(record.connectionLimitBefore); COMMIT
                """
        )
    }

    private func takeBack(_ source: PostgresConnection, because reason: String) async throws {
        do {
            try await letSourceWrite(source)
        } catch {
            // The session may be what broke.
            let again = try await openSource()
            try await again.closing { try await letSourceWrite($0) }
        }
        try remember { $0.cutover = nil }
        try move(.takenBack, message: "the cut-over was taken back: \(reason)")
    }

    // MARK: Afterwards

    /// After a run that died while it cut over: goes to the end when the target had everything, otherwise back.
    func settleCutover() async throws {
        let source = try await openSource()
        try await source.closing { source in
            let target = try await openTarget()
            try await target.closing { target in
                try await endLeftovers(source)
                try await endLeftovers(target)
                let isReleased = try await journal.entries(target)["released"] != nil
                if isReleased || task.cutover?.isReleased == true {
                    try remember { $0.cutover?.isReleased = true }
                    try await settle(source, target)
                } else {
                    try await takeBack(source, because: "pgsteer ended in the middle of it")
                }
            }
        }
    }

    /// Does what may come after the pause, and ends the migration.
    private func settle(_ source: PostgresConnection, _ target: PostgresConnection) async throws {
        activity("tidying up")
        try await copyLargeObjects(source, target)
        try await refreshViews(source, target)
        try await removeFromTarget(target)
        try await leaveSource(source)
        try await removeFromSource(source)
        let pause = task.cutover?.pauseMilliseconds.map { "writes waited \($0) ms; " } ?? ""
        try move(.cutOver, message: pause + (task.verification?.sentence ?? "not verified"))
    }

    /// Leaves the source's database as the policy says.
    private func leaveSource(_ source: PostgresConnection) async throws {
        guard let record = task.cutover else { return }
        let database = try await source.query("SELECT current_database() AS name").first?.text("name") ?? ""
        switch migration.cutover.sourceAfter {
        case .untouched: try await letSourceWrite(source)
        case .readOnly:
            try await source.execute(
                "ALTER DATABASE \(identifier: database) CONNECTION LIMIT \(record.connectionLimitBefore)"
            )
        case .closed: break
        }
    }

    static func milliseconds(_ duration: Duration) -> Int {
        Int(duration.components.seconds) * 1000 + Int(duration.components.attoseconds / 1_000_000_000_000_000)
    }
}
