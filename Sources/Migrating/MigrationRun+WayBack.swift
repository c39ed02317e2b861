import PostgresClient
import Resources
import SQL

/// The way back: since the cut-over the source follows the target, until the writes go back or nobody wants it any more.
extension MigrationRun {
    // MARK: Setting it up

    /// Makes everything that the way back needs but the place that it begins at, before writes are stopped.
    ///
    /// What is left of an earlier attempt is used.
    func prepareWayBack(_ tables: [SourceTable], _ crossing: Crossing) async throws {
        let (source, target) = (crossing.source, crossing.target)
        activity("preparing the way back")
        let names = Set(tables.map(\.shown))
        let moved = try await SourceCatalogue.tables(target).filter { names.contains($0.shown) }
        try await rememberWayBack(moved, source, target)
        for table in moved where table.needsFullIdentity {
            try await target.execute("ALTER TABLE ONLY \(table.identifier) REPLICA IDENTITY FULL")
        }
        // The sign of a rollback is kept where the writes go then.
        try await source.execute(script: journal.creation)
        if try await target.query("SELECT FROM pg_publication WHERE pubname = \(bind: task.backName)").isEmpty {
            let parts = moved.map { table -> Statement in "ONLY \(table.identifier)" }
            let list = Statement.joined(["pgsteer_migration.heartbeat"] + parts, separator: ", ")
            try await target.execute("CREATE PUBLICATION \(identifier: task.backName) FOR TABLE \(list)")
        }
        try await makeBackSlot(target)
        if try await subscription(task.backName, source) == nil {
            try await subscribe(source, to: target, as: task.backName, "the source", "the target")
        }
    }

    /// What is changed can always be put back: it is remembered first.
    private func rememberWayBack(
        _ moved: [SourceTable],
        _ source: PostgresConnection,
        _ target: PostgresConnection
    ) async throws {
        let known = task.wayBack?.identities ?? []
        let new = moved.filter(\.needsFullIdentity)
            .map {
                ChangedIdentity(
                    schema: $0.schema,
                    table: $0.name,
                    before: $0.replicaIdentity == "n" ? "NOTHING" : "DEFAULT"
                )
            }
        let strangers = try await SourceCatalogue.relations(target)
            .subtracting(SourceCatalogue.relations(source))
        try remember { $0.wayBack = WayBackRecord(identities: known + new, strangers: strangers) }
    }

    /// A slot waits for every transaction of its server that writes; not for ever here.
    private func makeBackSlot(_ target: PostgresConnection) async throws {
        let slots = try await target.query(
            "SELECT FROM pg_replication_slots WHERE slot_name = \(bind: task.backName)"
        )
        guard slots.isEmpty else { return }
        _ = try await target.query("SET statement_timeout TO '60s'")
        do throws(PostgresError) {
            try await target.execute(
                "SELECT pg_create_logical_replication_slot(\(literal: task.backName), 'pgoutput')"
            )
        } catch {
            throw MigrationError(
                "the way back could not be made: the target gave no replication slot: \(error.message)",
                help:
                    "a transaction that has been writing for long holds it up; look for it on the target: SELECT pid, datname, xact_start FROM pg_stat_activity WHERE backend_xid IS NOT NULL"
            )
        }
        _ = try await target.query("SET statement_timeout TO 0")
    }

    /// Lets the way back begin at this moment: the target has everything that comes from the source, and no client writes
    /// there yet. What came from the source is not sent back to it; before PostgreSQL 16 nothing else would tell it apart.
    func beginWayBackHere(_ target: PostgresConnection, until deadline: ContinuousClock.Instant) async throws {
        let sign = task.cutover?.attempt ?? ""
        // A slot goes as far as the log is on the disk.
        try await target.execute(
            script: "BEGIN; SET LOCAL synchronous_commit TO on; \(journal.record("still \(sign)", at: nil)); COMMIT"
        )
        let left = max(1, Self.milliseconds(deadline - ContinuousClock.now))
        _ = try await target.query("SET statement_timeout TO \(left)")
        try await target.execute(
            "SELECT pg_replication_slot_advance(\(literal: task.backName), pg_current_wal_flush_lsn())"
        )
        _ = try await target.query("SET statement_timeout TO 0")
    }

    /// Lets the source follow the target.
    func openWayBack(_ source: PostgresConnection) async throws {
        guard let found = try await subscription(task.backName, source) else {
            throw MigrationError("the subscription \(task.backName) is gone from the source, and with it the way back")
        }
        guard !found.isTrue("enabled") else { return }
        try await source.execute("ALTER SUBSCRIPTION \(identifier: task.backName) ENABLE")
    }

    /// Removes what a cut-over that is taken back had prepared. What cannot be removed now is used by the next one, or
    /// removed by `cancel`.
    func closeWayBack() async {
        guard task.wayBack != nil else { return }
        do {
            let source = try await openSource()
            try await source.closing { try await dropSubscription(task.backName, $0) }
            let target = try await openTarget()
            try await target.closing { try await removeWayBack($0) }
            try remember { $0.wayBack = nil }
        } catch {
            reporter.tell("the way back that was prepared could not be removed yet: \(error)")
        }
    }

    // MARK: Going back

    /// Takes the writes back to the source; refused, with nothing changed, unless it has everything and is equal.
    package func rollBack() async throws {
        try await finishCrossing()
        if task.state == .rolledBack { return }
        guard task.state == .wayBackOpen else {
            throw MigrationError(
                "\(task.name) is \(task.state.rawValue); there is a way back after a cut-over with cutover.rollback: keep, until migration finish"
            )
        }
        let source = try await openSource()
        try await source.closing { source in
            // Not as one that copies: its commits are sent at once.
            let target = try await openWritingTarget()
            try await target.closing { target in
                try await refuseWithoutWayBack(source, target)
                let crossing = Crossing(.back, source: source, target: target)
                let tables = try await refuseUnlessReady(crossing)
                try await refuseWhatDoesNotGoBack(tables, crossing)
                try move(.rollbackAsked)
                try await cross(crossing, tables)
            }
        }
    }

    private func openWritingTarget() async throws -> PostgresConnection {
        do {
            return try await openQuietly(order.target)
        } catch let error as PostgresError {
            throw MigrationError("the target \(task.target) cannot be reached: \(error.message)")
        }
    }

    private func refuseWithoutWayBack(_ source: PostgresConnection, _ target: PostgresConnection) async throws {
        let follows = try await subscription(task.backName, source)?.isTrue("enabled") ?? false
        let slots = try await target.query(
            "SELECT FROM pg_replication_slots WHERE slot_name = \(bind: task.backName)"
        )
        guard !follows || slots.isEmpty else { return }
        throw MigrationError(
            "the rollback is refused: \(slots.isEmpty ? "the slot \(task.backName) is gone from the target" : "the subscription \(task.backName) of the source is gone or disabled")",
            help:
                slots.isEmpty
                ? "changes of the target are lost to the source; give the way back up: pgsteer migration finish \(task.name)"
                : "was migration finish interrupted? Then end it: pgsteer migration finish \(task.name)"
        )
    }

    /// What was made on the target since the cut-over is followed by nobody.
    private func refuseWhatDoesNotGoBack(_ tables: [SourceTable], _ crossing: Crossing) async throws {
        let rows = try await crossing.target.query(
            "SELECT schemaname || '.' || tablename AS name FROM pg_publication_tables WHERE pubname = \(bind: task.backName)"
        )
        let published = Set(rows.map { $0.text("name") })
        let unpublished = tables.map(\.shown).filter { !published.contains($0) }
        let strangers = task.wayBack?.strangers ?? []
        let alone = try await SourceCatalogue.relations(crossing.target)
            .subtracting(SourceCatalogue.relations(crossing.source)).subtracting(strangers)
        let found = Set(unpublished).union(alone).filter(isMeant).sorted()
        guard !found.isEmpty else { return }
        throw MigrationError(
            "the rollback is refused: \(found.prefix(5).joined(separator: ", ")) came to the target after the cut-over and would not go back",
            help:
                "drop it there, or make it on the source, too; rows of a table go back after, on the target, ALTER PUBLICATION \(task.backName) ADD TABLE ..., and on the source ALTER SUBSCRIPTION \(task.backName) REFRESH PUBLICATION"
        )
    }

    /// Does what may come after the pause of a rollback.
    func settleBack(_ source: PostgresConnection, _ target: PostgresConnection) async throws {
        try await dropSubscription(task.backName, source)
        try await endEndpointMove()
        try await leave(target, task.rollback)
        try await refreshViews(target, source, apartFrom: task.wayBack?.strangers ?? [])
        try await removeFromTarget(target)
        try await removeFromSource(source)
        let pause = task.rollback?.pauseMilliseconds.map { "writes waited \($0) ms; " } ?? ""
        try move(
            .rolledBack,
            message: "\(pause)\(task.verification?.sentence ?? "not verified"); they go to the source"
        )
    }

    // MARK: Giving it up

    /// Gives the way back up: the writes stay at the target, and everything that the migration made on both ends goes.
    package func finish() async throws {
        try await finishCrossing()
        if task.state == .completed { return }
        guard task.state == .wayBackOpen else {
            throw MigrationError(
                "\(task.name) is \(task.state.rawValue); it can be finished after a cut-over with cutover.rollback: keep"
            )
        }
        try await endEndpointMove()
        try await removeEverything()
        try move(.finished, message: leftoverMessage ?? task.verification?.sentence)
    }
}
