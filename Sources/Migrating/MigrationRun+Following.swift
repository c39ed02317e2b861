import FleetModel
import PostgresClient
import Resources
import SQL
import SideEffects
import SpecSchema

/// Following the source by PostgreSQL's own logical replication.
extension MigrationRun {
    /// Makes what must be on the source before the slot: pgoutput reads the publication as it was when a change was made.
    func preparePublication(_ source: PostgresConnection) async throws {
        let level = try await source.query("SELECT current_setting('wal_level') AS level").first?.text("level") ?? ""
        guard level == "logical" else {
            throw MigrationError(
                "the source's wal_level is \(level); following its changes needs logical",
                help: "set the parameter wal_level to logical there and restart it, or migrate with type: full"
            )
        }
        if try await !journal.exists("heartbeat", source) {
            try await source.execute(script: journal.heartbeatCreation)
        }
        try await source.execute(
            "INSERT INTO pgsteer_migration.heartbeat VALUES (\(literal: task.token), clock_timestamp()) ON CONFLICT DO NOTHING"
        )
        let publications = try await source.query(
            "SELECT FROM pg_publication WHERE pubname = \(bind: objectName)"
        )
        if !publications.isEmpty { return }
        let chosen = try await tables(source, nil)
        try await changeIdentities(of: chosen, source)
        // Unlogged tables write no WAL; a list of tables may not have them.
        let names = chosen.filter(\.isLogged).map { table -> Statement in "ONLY \(table.identifier)" }
        let list = Statement.joined(["pgsteer_migration.heartbeat"] + names, separator: ", ")
        try await source.execute("CREATE PUBLICATION \(identifier: objectName) FOR TABLE \(list)")
    }

    /// Lets every update and delete be told apart also in tables without a key.
    func changeIdentities(of tables: [SourceTable], _ source: PostgresConnection) async throws {
        let needed = tables.filter { $0.isLogged && $0.needsFullIdentity }
        let known = Set(task.identities.map { "\($0.schema).\($0.table)" })
        let new = needed.filter { !known.contains($0.shown) }
            .map {
                ChangedIdentity(
                    schema: $0.schema,
                    table: $0.name,
                    before: $0.replicaIdentity == "n" ? "NOTHING" : "DEFAULT"
                )
            }
        // Remembered first: what is changed can always be put back.
        if !new.isEmpty { try remember { $0.identities += new } }
        for table in needed {
            try await alterGently("ALTER TABLE ONLY \(table.identifier) REPLICA IDENTITY FULL", of: table.shown, source)
        }
    }

    /// Changes a table that clients use. Who waits for its lock makes everybody after him wait, too: so not for long at a
    /// time, with pauses in between.
    func alterGently(_ statement: Statement, of table: String, _ connection: PostgresConnection) async throws {
        _ = try await connection.query("SET lock_timeout TO '500ms'")
        for attempt in 0... {
            do throws(PostgresError) {
                try await connection.execute(statement)
                break
            } catch {
                guard error.sqlState == "55P03" else { throw error }
                guard attempt < 120 else {
                    throw MigrationError(
                        "the replica identity of \(table) could not be changed: transactions hold the table all the time",
                        help:
                            "look for them: SELECT pid, mode FROM pg_locks WHERE relation = '\(table)'::regclass AND granted"
                    )
                }
            }
            activity("waiting for transactions on \(table)")
            try await Task.sleep(for: .milliseconds(500))
        }
        _ = try await connection.query("SET lock_timeout TO 0")
    }

    func hasSlot(_ source: PostgresConnection) async throws -> Bool {
        try await !source.query("SELECT FROM pg_replication_slots WHERE slot_name = \(bind: objectName)").isEmpty
    }

    /// Takes a snapshot whose place in the WAL is known: that of the slot when it is made, or that of a second slot that
    /// ends with the session, for what an earlier run did not get to.
    func takeSlotSnapshot(hasSlot: Bool) async throws -> SourceSnapshot {
        var target = order.source.named(objectName)
        target.isReplication = true
        let keeper = try await PostgresConnection.open(target) { [effects] in effects.willPerform($0.shown) }
        _ = try await keeper.query("SET statement_timeout TO 0")
        activity("waiting for a moment to start from; transactions that write must end first")
        let name: Statement = hasSlot ? "\(identifier: objectName + "_again") TEMPORARY" : "\(identifier: objectName)"
        let option: Statement = await keeper.serverVersion >= 150_000 ? "(SNAPSHOT 'export')" : "EXPORT_SNAPSHOT"
        effects.willPerform("make the replication slot \(objectName)")
        let rows = try await keeper.query("CREATE_REPLICATION_SLOT \(name) LOGICAL pgoutput \(option)")
        guard let row = rows.first, let snapshot = row["snapshot_name"] else {
            throw MigrationError("the source gave no snapshot for the slot \(objectName)")
        }
        return SourceSnapshot(keeper: keeper, name: snapshot, position: row.text("consistent_point"))
    }

    // MARK: The subscription

    /// Lets the target follow, and returns when it has caught up.
    func follow() async throws {
        let source = try await openSource()
        try await source.closing { source in
            let target = try await openTarget()
            try await target.closing { target in
                try await startSubscription(source, target)
                try move(.copied)
                try await admitNewTables(source, target)
                try await catchUp(source, target)
            }
        }
    }

    private func startSubscription(_ source: PostgresConnection, _ target: PostgresConnection) async throws {
        activity("starting to follow")
        if try await subscription(objectName, target) == nil {
            try await subscribe(target, to: source, as: objectName, "the target", "the source")
        }
        guard let found = try await subscription(objectName, target), !found.isTrue("enabled") else { return }
        // The source's row was there before the slot; only its changes come from now on.
        try await target.execute(
            "INSERT INTO pgsteer_migration.heartbeat VALUES (\(literal: task.token)) ON CONFLICT DO NOTHING"
        )
        try await gateLateTables(found.integer("oid") ?? 0, source, target)
        try await target.execute("ALTER SUBSCRIPTION \(identifier: objectName) ENABLE")
    }

    /// A table that was copied from a later moment than the slot's skips the changes up to there, as PostgreSQL's own
    /// synchronisation of tables does it: its state is "synchronised up to", and the apply worker makes it ready.
    private func gateLateTables(_ subscription: Int, _ source: PostgresConnection, _ target: PostgresConnection)
        async throws
    {
        let rows = try await source.query(
            "SELECT confirmed_flush_lsn AS position FROM pg_replication_slots WHERE slot_name = \(bind: objectName)"
        )
        guard let start = rows.first?.text("position") else {
            return try await refuseMissingSlot(source)
        }
        let late = try await target.query(
            """
            SELECT d.step, d.position FROM pgsteer_migration.done d
            WHERE d.task = \(literal: task.token) AND d.position > \(literal: start)::pg_lsn
            """
        )
        let isSuperuser =
            try await target.query("SELECT rolsuper AS is FROM pg_roles WHERE rolname = current_user").first?
            .isTrue("is")
            ?? false
        guard late.isEmpty || isSuperuser else {
            throw MigrationError(
                "tables were copied from a later moment, since the copy was interrupted; only a superuser of the target can let them skip the changes up to there",
                help: "go on with a superuser as the target's account, or cancel, empty the target and start again"
            )
        }
        for row in late {
            let name = String(row.text("step").dropFirst("table ".count))
            try await target.execute(
                """
                UPDATE pg_subscription_rel SET srsubstate = 's', srsublsn = \(literal: row.text("position"))::pg_lsn
                WHERE srsubid = \(subscription)::oid AND srrelid = \(literal: name)::regclass
                """
            )
        }
    }

    // MARK: Gap and lag

    /// Writes a sign on one end and waits until the other that follows it has it: then it has everything that came before.
    ///
    /// Returns how long that took, nil when it did not come in time.
    func passBarrier(
        _ writer: PostgresConnection,
        _ follower: PostgresConnection,
        within limit: Duration,
        polling: Duration = .milliseconds(20)
    ) async throws -> Duration? {
        let begin = ContinuousClock.now
        effects.willPerform("write a barrier")
        // A number, because several may wait at the same time: who sees a later one has passed, too.
        let barrier =
            try await writer
            .query(
                """
                UPDATE pgsteer_migration.heartbeat SET written = clock_timestamp(), barrier = barrier + 1
                WHERE task = \(literal: task.token) RETURNING barrier
                """
            )
            .first?
            .integer("barrier") ?? 0
        var nextWake = begin + Self.workerPatience
        while ContinuousClock.now - begin < limit {
            if ContinuousClock.now >= nextWake {
                try await wakeWorker(follower)
                nextWake = .now + Self.workerPatience
            }
            let rows = try await follower.query(
                "SELECT barrier FROM pgsteer_migration.heartbeat WHERE task = \(bind: task.token)"
            )
            if let seen = rows.first?.integer("barrier"), seen >= barrier { return ContinuousClock.now - begin }
            try await Task.sleep(for: polling)
        }
        return nil
    }

    /// WAL that the follower has not confirmed, in bytes.
    func gap(_ writer: PostgresConnection, isBack: Bool = false) async throws -> Int? {
        try await writer
            .query(
                """
                SELECT (pg_current_wal_lsn() - confirmed_flush_lsn)::int8 AS gap FROM pg_replication_slots
                WHERE slot_name = \(bind: isBack ? task.backName : objectName)
                """
            )
            .first?
            .integer("gap")
    }

    private func catchUp(_ source: PostgresConnection, _ target: PostgresConnection) async throws {
        activity("catching up")
        var quietRounds = 0
        var told: Set<DefinitionChange> = []
        var changes: [DefinitionChange] = []
        while true {
            try board.throwIfStopped()
            try await refuseMissingSlot(source)
            let gap = try await gap(source)
            let lag = try await passBarrier(source, target, within: .seconds(10))
            let seconds = lag?.seconds
            board.change {
                // What came through the barrier is there; what is left was written by others since.
                $0.gapBytes = lag == nil ? gap : 0
                $0.lagSeconds = seconds
            }
            changes = try await definitionChanges(source, target)
            tell(changes, unless: &told)
            if lag != nil { break }
            quietRounds += 1
            if let problem = try await applyProblem(target) {
                board.change { $0.activity = problem }
                // Waiting mends nothing that a person has to mend.
                if quietRounds > (changes.isEmpty ? 30 : 2) {
                    throw MigrationError(problem, help: Self.applyHelp(changes))
                }
            }
        }
        let next =
            changes.isEmpty ? "" : "change on the target first: \(changes.map(\.shown).joined(separator: ", ")); "
        try move(.caughtUp, message: "\(next)cut over with: pgsteer migration complete \(task.name)")
    }

    static let applyHelp =
        "the server log of the end that follows tells which change could not be applied; a definition that changed on one end has to be changed on the other, too"

    /// What to do about changes that cannot be applied: mostly, what changed on the source is missing on the target.
    static func applyHelp(_ changes: [DefinitionChange]) -> String {
        guard let first = changes.first(where: \.mayStopRows) ?? changes.first else { return applyHelp }
        return
            "on the source, \(first.sentence); on the target: \(first.advice)\(changes.count > 1 ? " (and \(changes.count - 1) more: see status)" : "")"
    }

    /// Why the end that follows does not get on; nil when nothing is known.
    ///
    /// - Parameter forgivesPast: Whether changes that could not be applied count no more once something works on them.
    func applyProblem(_ follower: PostgresConnection, isBack: Bool = false, forgivesPast: Bool = false) async throws
        -> String?
    {
        let name = isBack ? task.backName : objectName
        let (noun, other) = isBack ? ("source", "target") : ("target", "source")
        let rows = try await follower.query(
            """
            SELECT s.oid, w.pid, s.subenabled AS enabled, t.apply_error_count + t.sync_error_count AS errors
            FROM pg_subscription s LEFT JOIN pg_stat_subscription w ON w.subid = s.oid
            LEFT JOIN pg_stat_subscription_stats t ON t.subid = s.oid WHERE s.subname = \(bind: name)
            """
        )
        guard let row = rows.first else { return "the subscription \(name) is gone from the \(noun)" }
        if !row.isTrue("enabled") { return "the subscription \(name) is disabled" }
        guard let errors = row.integer("errors"), errors > 0 else { return nil }
        // One that works again has no process that is starting anew.
        if forgivesPast, row["pid"] != nil { return nil }
        let reason = await ApplyErrors.last(of: row.integer("oid") ?? 0, follower).map { ": \($0)" } ?? ""
        return "the \(noun) cannot apply changes of the \(other); it failed \(errors) times\(reason)"
    }

    /// Lets the target stop following; the source keeps what it will need.
    func suspendFollowing() async throws {
        guard migration.type.value == .fullAndIncremental else { return }
        if let physical = order.physical { return try await suspendPhysically(physical) }
        let target = try await openTarget()
        try await target.closing { target in
            guard let found = try await subscription(objectName, target), found.isTrue("enabled") else { return }
            try await target.execute("ALTER SUBSCRIPTION \(identifier: objectName) DISABLE")
        }
    }
}
