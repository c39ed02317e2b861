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
    private func changeIdentities(of tables: [SourceTable], _ source: PostgresConnection) async throws {
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
            try await source.execute("ALTER TABLE ONLY \(table.identifier) REPLICA IDENTITY FULL")
        }
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
                try await catchUp(source, target)
            }
        }
    }

    private func subscription(_ target: PostgresConnection) async throws -> Row? {
        try await target.query(
            """
            SELECT s.oid, s.subenabled AS enabled FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
            WHERE s.subname = \(bind: objectName) AND d.datname = current_database()
            """
        )
        .first
    }

    private func startSubscription(_ source: PostgresConnection, _ target: PostgresConnection) async throws {
        activity("starting to follow")
        if try await subscription(target) == nil {
            let connection = await Self.connectionString(from: source, name: objectName)
            let origin: Statement = await target.serverVersion >= 160_000 ? ", origin = none" : ""
            try await quietly(target) {
                do throws(PostgresError) {
                    try await target.execute(
                        """
                        CREATE SUBSCRIPTION \(identifier: objectName) CONNECTION \(secret: connection)
                        PUBLICATION \(identifier: objectName) WITH (create_slot = false, slot_name = \(literal: objectName),
                        copy_data = false, enabled = false, synchronous_commit = off\(origin))
                        """
                    )
                } catch {
                    throw MigrationError(
                        "the target could not subscribe to the source: \(error.message)",
                        help: "the target's server itself connects to the source; the source must let it in"
                    )
                }
            }
        }
        guard let found = try await subscription(target), !found.isTrue("enabled") else { return }
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
            throw MigrationError("the replication slot \(objectName) is gone from the source")
        }
        let late = try await target.query(
            """
            SELECT d.step, d.position FROM pgsteer_migration.done d
            WHERE d.task = \(literal: task.token) AND d.position > \(literal: start)::pg_lsn
            """
        )
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

    /// Everything that another server needs to reach the source as we do; it must hold the password.
    static func connectionString(from source: PostgresConnection, name: String) async -> String {
        let wanted: Set<String> = [
            "host", "hostaddr", "port", "user", "dbname", "password", "sslmode", "sslcert", "sslkey", "sslrootcert",
            "sslcrl", "gssencmode", "channel_binding",
        ]
        let pairs = await source.resolvedKeywords.filter { wanted.contains($0.keyword) }
            .map { (keyword: $0.keyword, value: $0.value) }
        return (pairs + [(keyword: "application_name", value: name)])
            .map { "\($0.keyword)='\($0.value.replacing("\\", with: "\\\\").replacing("'", with: "\\'"))'" }
            .joined(separator: " ")
    }

    // MARK: Gap and lag

    /// Writes a sign on the source and waits until the target has it: then it has everything that came before.
    ///
    /// Returns how long that took, nil when it did not come in time.
    func passBarrier(
        _ source: PostgresConnection,
        _ target: PostgresConnection,
        within limit: Duration,
        polling: Duration = .milliseconds(20)
    ) async throws -> Duration? {
        let begin = ContinuousClock.now
        effects.willPerform("write a barrier on the source")
        // A number, because several may wait at the same time: who sees a later one has passed, too.
        let barrier =
            try await source
            .query(
                """
                UPDATE pgsteer_migration.heartbeat SET written = clock_timestamp(), barrier = barrier + 1
                WHERE task = \(literal: task.token) RETURNING barrier
                """
            )
            .first?
            .integer("barrier") ?? 0
        while ContinuousClock.now - begin < limit {
            let rows = try await target.query(
                "SELECT barrier FROM pgsteer_migration.heartbeat WHERE task = \(bind: task.token)"
            )
            if let seen = rows.first?.integer("barrier"), seen >= barrier { return ContinuousClock.now - begin }
            try await Task.sleep(for: polling)
        }
        return nil
    }

    /// WAL that the target has not confirmed, in bytes.
    func gap(_ source: PostgresConnection) async throws -> Int? {
        try await source
            .query(
                """
                SELECT (pg_current_wal_lsn() - confirmed_flush_lsn)::int8 AS gap FROM pg_replication_slots
                WHERE slot_name = \(bind: objectName)
                """
            )
            .first?
            .integer("gap")
    }

    private func catchUp(_ source: PostgresConnection, _ target: PostgresConnection) async throws {
        activity("catching up")
        var quietRounds = 0
        while true {
            try board.throwIfStopped()
            let gap = try await gap(source)
            let lag = try await passBarrier(source, target, within: .seconds(10))
            let seconds = lag.map(Self.seconds)
            board.change {
                // What came through the barrier is there; what is left was written by others since.
                $0.gapBytes = lag == nil ? gap : 0
                $0.lagSeconds = seconds
            }
            if lag != nil { break }
            quietRounds += 1
            if let problem = try await applyProblem(target) {
                board.change { $0.activity = problem }
                if quietRounds > 30 { throw MigrationError(problem, help: Self.applyHelp) }
            }
        }
        try move(.caughtUp, message: "cut over with: pgsteer migration complete \(task.name)")
    }

    /// How far the target is behind right now; asks both ends and writes nothing.
    package func observed() async -> FollowingObservation {
        do {
            let source = try await openSource()
            return try await source.closing { source in
                let target = try await openTarget()
                return try await target.closing { target in
                    let heartbeat: Statement = """
                        SELECT written, extract(epoch FROM clock_timestamp() - written) AS age
                        FROM pgsteer_migration.heartbeat WHERE task = \(literal: task.token)
                        """
                    let there = try await target.query(heartbeat).first
                    let here = try await source.query(heartbeat).first
                    let isSame = there?["written"] != nil && there?["written"] == here?["written"]
                    return FollowingObservation(
                        gapBytes: try await gap(source),
                        lagSeconds: isSame ? 0 : here?["age"].flatMap(Double.init),
                        // Mistakes that are behind it count no more.
                        problem: isSame ? nil : try await applyProblem(target)
                    )
                }
            }
        } catch {
            return FollowingObservation(problem: "\(error)")
        }
    }

    static let applyHelp =
        "the target's server log tells which change could not be applied; a definition that changed on the source has to be changed on the target, too"

    /// Why the target does not get on; nil when nothing is known.
    func applyProblem(_ target: PostgresConnection) async throws -> String? {
        let rows = try await target.query(
            """
            SELECT w.pid, s.subenabled AS enabled, t.apply_error_count AS errors
            FROM pg_subscription s LEFT JOIN pg_stat_subscription w ON w.subid = s.oid
            LEFT JOIN pg_stat_subscription_stats t ON t.subid = s.oid WHERE s.subname = \(bind: objectName)
            """
        )
        guard let row = rows.first else { return "the subscription \(objectName) is gone from the target" }
        if !row.isTrue("enabled") { return "the subscription \(objectName) is disabled" }
        guard let errors = row.integer("errors"), errors > 0 else { return nil }
        return "the target cannot apply changes of the source; it failed \(errors) times"
    }

    /// Lets the target stop following; the source keeps what it will need.
    func suspendFollowing() async throws {
        guard migration.type.value == .fullAndIncremental else { return }
        let target = try await openTarget()
        try await target.closing { target in
            guard let found = try await subscription(target), found.isTrue("enabled") else { return }
            try await target.execute("ALTER SUBSCRIPTION \(identifier: objectName) DISABLE")
        }
    }

    static func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
    }
}

/// How far a target is behind its source.
package struct FollowingObservation: Sendable {
    /// WAL that the target has not confirmed.
    package var gapBytes: Int?
    /// How long ago the source wrote the newest heartbeat that the target does not have; 0 when it has the newest.
    package var lagSeconds: Double?
    /// Why it does not get on.
    package var problem: String?
}
