import MigrationChecks
import PostgresClient
import Resources
import SQL
import SideEffects
import SpecSchema

/// Keeping the source's disk from being filled by what the migration's slot makes it keep.
extension MigrationRun {
    /// What the source keeps for this migration; nil without a slot.
    ///
    /// - Parameter slot: Of the way back, for which the target keeps its log.
    func retainedLog(_ source: PostgresConnection, for slot: String? = nil) async throws -> RetainedLog? {
        let (slot, version) = (slot ?? objectName, await source.serverVersion)
        // Status and room came with version 13, the reason with 17.
        let status: Statement =
            version >= 130_000 ? "wal_status AS status, safe_wal_size AS safe" : "NULL AS status, NULL AS safe"
        let reason: Statement = version >= 170_000 ? "invalidation_reason" : "NULL"
        let rows = try await source.query(
            """
            SELECT coalesce(pg_current_wal_lsn() - restart_lsn, 0)::int8 AS bytes, \(status), \(reason) AS reason,
              coalesce(confirmed_flush_lsn, restart_lsn) AS confirmed, active FROM pg_replication_slots WHERE slot_name = \(bind: slot)
            """
        )
        guard let row = rows.first else { return nil }
        let room = await ServerDisk.room(of: source, in: "pg_wal")
        return RetainedLog(
            bytes: row.integer("bytes") ?? 0,
            safeBytes: row.integer("safe"),
            status: row["status"],
            reason: row["reason"],
            confirmed: row["confirmed"],
            isActive: row.isTrue("active"),
            freeBytes: room?.free,
            diskBytes: room?.size
        )
    }

    /// - Parameter isBack: Whether it is the target that keeps its log, for the way back.
    func logLimits(_ source: PostgresConnection, isBack: Bool = false) async throws -> LogLimits {
        let rows =
            migration.isPhysical
            ? try await source.query("SELECT sum(pg_database_size(oid))::int8 AS bytes FROM pg_database")
            : try await source.query("SELECT pg_database_size(current_database()) AS bytes")
        return LogLimits(
            migration.sourceGuard,
            databaseBytes: rows.first?.integer("bytes") ?? 0,
            of: isBack ? .target : .source
        )
    }

    // MARK: While a run works

    /// How often the source is looked at.
    private static let interval = Duration.seconds(5)
    /// Looks in a row that find a target at the limit and not getting on.
    private static let patience = 3

    /// Looks at the source again and again, on a session of its own, until `stopGuarding`.
    ///
    /// - Parameter isCopied: Whether only the changes are left to be taken in: then going on is what frees the log.
    func startGuarding(isCopied: Bool) {
        guard migration.type.value == .fullAndIncremental else { return }
        self.isCopied = isCopied
        guard watchman == nil else { return }
        watchman = Task { await guardSource() }
    }

    func stopGuarding() async {
        watchman?.cancel()
        await watchman?.value
        watchman = nil
    }

    private func guardSource() async {
        var session: PostgresConnection?
        var before: RetainedLog?
        var stuckLooks = 0
        while !Task.isCancelled {
            do {
                let source =
                    if let session { session } else {
                        try await PostgresConnection.open(order.source.named(objectName + "_guard"))
                    }
                session = source
                if let log = try await retainedLog(source) {
                    let verdict = try await logLimits(source).verdict(log)
                    stuckLooks = log.isShrinking(since: before) ? 0 : stuckLooks + 1
                    before = log
                    act(on: verdict, log, isStuck: !isCopied || stuckLooks >= Self.patience)
                } else if isCopied {
                    board.stop(MigrationStopped(request: nil, because: slotLost(missingSlot)))
                }
            } catch {
                // The work itself tells when the source is gone; the next look takes another session.
                await session?.close()
                session = nil
            }
            try? await Task.sleep(for: Self.interval)
        }
        await session?.close()
    }

    private func act(on verdict: LogVerdict, _ log: RetainedLog, isStuck: Bool) {
        let before = board.snapshot.alarm
        board.change {
            $0.retainedBytes = log.bytes
            $0.alarm = verdict.text
        }
        switch verdict {
        case .fine: break
        case .lost(let text): board.stop(MigrationStopped(request: nil, because: slotLost(text)))
        case .limit(let text) where isStuck:
            board.stop(MigrationStopped(request: .pause, because: limitReached(text)))
        case .alarm(let text), .limit(let text):
            // Sizes change with every look; the alarm itself is told once.
            if before == nil { reporter.tell("ALARM: \(text)") }
        }
    }

    // MARK: At the limit

    /// Pauses, and gives up the slot where the document says so; ends with the error that tells why.
    func stopAtLimit(_ error: MigrationError) async throws -> Never {
        // A target that is gone takes nothing in either; the source must be safe all the same.
        try? await suspendFollowing()
        try folder.forgetRequest()
        guard migration.sourceGuard.atLimit == .release else {
            try move(.paused, message: error.description)
            throw error
        }
        let source = try await openSource()
        try await source.closing { try await dropSlot(objectName, $0) }
        let released = MigrationError(
            "\(error.message); the replication slot was given up, so that the source is safe",
            help: Self.beginAnew(task.name)
        )
        try end(released)
        throw released
    }

    /// Keeps why it cannot go on; what is paused stays so.
    private func end(_ error: MigrationError) throws {
        if task.state.after(.failed) == nil {
            try remember { $0.message = error.description }
        } else {
            try move(.failed, message: error.description)
        }
    }

    private func limitReached(_ text: String) -> MigrationError {
        MigrationError(
            text,
            help:
                "a pause frees nothing: make room on the source's disk or allow more in guard.retainedWAL and go on with pgsteer migration resume \(task.name), or free the log with pgsteer migration cancel \(task.name)"
        )
    }

    /// A slot is of one server, so it is also gone when another node of the source takes over.
    private var missingSlot: String {
        "the replication slot \(objectName) is gone from the source: it was dropped, or another node has become the primary"
    }

    /// Refuses to go on with a target that follows nothing any more.
    func refuseMissingSlot(_ source: PostgresConnection) async throws {
        if try await retainedLog(source) == nil { throw slotLost(missingSlot) }
    }

    func slotLost(_ text: String) -> MigrationError { MigrationError(text, help: Self.beginAnew(task.name)) }

    private static func beginAnew(_ name: String) -> String {
        "what changed since cannot be followed: pgsteer migration cancel \(name), remove what was copied from the target, and start it again; see max_slot_wal_keep_size of the source"
    }

    /// A copy is worth nothing without the slot that it belongs to: what was changed in between would be missing. A slot
    /// that nothing was copied with goes, so that a fresh one keeps less.
    func refuseLostSlot(_ source: PostgresConnection, _ done: [String: Journal.Entry]) async throws {
        guard migration.type.value == .fullAndIncremental else { return }
        // A database without tables has its values only.
        let hasRows = done["values"] != nil || done.values.contains { $0.position != nil }
        guard hasRows else { return try await dropSlot(objectName, source) }
        guard let log = try await retainedLog(source) else { throw slotLost(missingSlot) }
        if case .lost(let text) = try await logLimits(source).verdict(log) { throw slotLost(text) }
    }

    // MARK: For who looks on

    /// What the source keeps, and which of its definitions have changed, right now; only reads.
    package func guarded() async -> GuardObservation {
        guard migration.type.value == .fullAndIncremental, !task.state.isFinal else { return GuardObservation() }
        if task.state == .wayBackOpen { return await guardedBack() }
        do {
            let source = try await openSource()
            return try await source.closing { source in
                var result = GuardObservation()
                let limits = try await logLimits(source)
                if let log = try await retainedLog(source) {
                    result.log = log
                    result.limitBytes = limits.bytes
                    result.verdict = limits.verdict(log)
                } else if task.state.isFollowing {
                    result.verdict = .lost(missingSlot)
                }
                guard folder.baseline != nil else { return result }
                do {
                    let target = try await openTarget()
                    result.changes = try await target.closing { try await definitionChanges(source, $0) }
                } catch {
                    // A target that is gone is when the source's disk needs somebody most.
                    result.problem = "\(error)"
                }
                return result
            }
        } catch {
            return GuardObservation(problem: "\(error)")
        }
    }

    /// Stops a migration at the limit that nobody works on now; the caller holds the lock of its folder.
    ///
    /// - Returns: The error that tells why it was stopped; nil when it goes on.
    package func guardOnce(_ observation: GuardObservation, isStuck: Bool) async throws -> MigrationError? {
        guard !task.state.isFinal, task.state != .completing else { return nil }
        if task.state == .wayBackOpen { return try await guardBackOnce(observation, isStuck: isStuck) }
        do {
            switch observation.verdict {
            case .lost(let text) where task.state != .failed:
                let error = slotLost(text)
                try end(error)
                return error
            case .limit(let text) where isStuck:
                let isOver = task.state == .paused || task.state == .failed
                if isOver, migration.sourceGuard.atLimit == .pause { return limitReached(text) }
                try await stopAtLimit(limitReached(text))
            default: return nil
            }
        } catch let error as MigrationError {
            return error
        }
    }
}

/// What guards a migration, at one moment.
package struct GuardObservation: Sendable {
    /// What the source keeps; nil without a slot.
    package var log: RetainedLog?
    /// How much it may keep.
    package var limitBytes: Int?
    package var verdict = LogVerdict.fine
    /// Definitions that have changed on the source and differ on the target.
    package var changes: [DefinitionChange] = []
    /// Why it could not be looked at.
    package var problem: String?

    init(problem: String? = nil) { self.problem = problem }

    /// That what the slot needs is gone; nil while it is not.
    package var lost: String? { if case .lost(let text) = verdict { text } else { nil } }
}
