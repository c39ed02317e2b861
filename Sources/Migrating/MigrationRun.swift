import Glibc
import PostgresClient
import Resources
import SQL
package import SideEffects
import SpecSchema

/// Works on one migration until there is nothing left that it can do by itself.
///
/// Level-based: each step looks at both ends first, so that a run after one that was killed goes on where that one was.
package actor MigrationRun {
    let order: MigrationOrder
    let folder: MigrationFolder
    let effects: SideEffectCounter
    let reporter: any MigrationReporter
    nonisolated let board = ProgressBoard()
    package private(set) var task: MigrationTask
    let journal: Journal
    /// What looks at the source's disk while this run works, and whether only changes are left to be taken in.
    var watchman: Task<Void, Never>?
    var isCopied = false
    /// Whether the sign that lets writes in was sent, and no answer to it came yet.
    var isSignSent = false

    var migration: Migration { order.migration }
    /// The name of slot, publication, subscription and of our sessions.
    var objectName: String { task.objectName }

    /// Makes a run of a migration that has begun, or begins it.
    ///
    /// The caller holds the lock of the migration's folder.
    package init(
        _ order: MigrationOrder,
        folder: MigrationFolder,
        effects: SideEffectCounter,
        reporter: any MigrationReporter
    ) throws {
        self.order = order
        self.folder = folder
        self.effects = effects
        self.reporter = reporter
        let migration = order.migration
        let found = try folder.task()
        if let found { try Self.refuseOther(found, than: migration) }
        task =
            found
            ?? MigrationTask(
                name: migration.name.value,
                token: MigrationTask.newToken(),
                type: migration.type.value,
                source: migration.source.value.description,
                target: migration.target.value.description,
                instances: [migration.source.value.instance, migration.target.value.instance].compactMap(\.self),
                objects: migration.objects
            )
        if found == nil { task.renaming = migration.renaming }
        journal = Journal(task: task.token)
    }

    /// What has begun is not turned into something else half-way.
    private static func refuseOther(_ task: MigrationTask, than migration: Migration) throws {
        guard let begun = task.otherBeginning(than: migration) else { return }
        throw MigrationError(
            "\(task.name) has begun as \(begun), and its document says something else now",
            help:
                "put the document back, or end what has begun: pgsteer migration cancel \(task.name), then delete \(task.name)"
        )
    }

    // MARK: The whole

    /// Begins or continues, and returns what is remembered at the end: completed, ready to complete, paused or failed.
    package func run() async throws -> MigrationTask {
        if task.state.isFinal { return task }
        // What was asked of an earlier run is no wish of who starts this one.
        try folder.forgetRequest()
        let watch = Task { await watchRequests() }
        defer { watch.cancel() }
        do {
            do { try await work() } catch {
                await stopGuarding()
                throw error
            }
            await stopGuarding()
        } catch let stopped as MigrationStopped {
            try await stop(stopped)
        } catch is CancellationError {
            // A copy was told to stop: by a request, or because another worker failed and threw first.
            do { try board.throwIfStopped() } catch let stopped as MigrationStopped { try await stop(stopped) }
        } catch let refused as CutoverRefused {
            try remember { $0.message = refused.reason.message }
            throw refused.reason
        } catch {
            if task.state != .checkFailed { try move(.failed, message: "\(error)") }
            throw error
        }
        return task
    }

    private func work() async throws {
        if let physical = order.physical { return try await workPhysically(physical) }
        try await finishCrossing()
        if task.state.isFinal || task.state == .wayBackOpen { return }
        if task.state == .failed || task.state == .paused { try move(.started) }
        if task.state == .checkFailed { try move(.started) }
        if task.state == .checking { try await check() }
        if task.state == .checkPassed { try move(.started) }
        try await prepareAndCopy()
        guard migration.type.value == .fullAndIncremental else { return }
        try await follow()
        try await cutOverByItself()
    }

    /// Cuts over where the policy says so; a refusal changes nothing, and the target goes on following.
    func cutOverByItself() async throws {
        let mayGoOver = try await awaitCutover()
        await stopGuarding()
        guard mayGoOver else { return }
        do { try await complete() } catch let refused as MigrationError where task.state.isFollowing {
            throw CutoverRefused(refused)
        }
    }

    /// Returns whether the writes may go over without a person's word. The source is guarded while it waits for that.
    private func awaitCutover() async throws -> Bool {
        if migration.cutover.when == .manual { return false }
        while case .waiting(let reason) = order.cutoverTime() {
            if task.message != reason {
                try remember { $0.message = reason }
                reporter.tell(reason)
            }
            guard order.waitsForCutover else { return false }
            try board.throwIfStopped()
            activity(reason)
            try await Task.sleep(for: .milliseconds(500))
        }
        return true
    }

    /// The writes did not go over; everything else is as it was.
    private struct CutoverRefused: Error {
        var reason: MigrationError
        init(_ reason: MigrationError) { self.reason = reason }
    }

    /// Keeps the state that an event leads to.
    func move(_ event: MigrationEvent, message: String? = nil) throws {
        let before = task.state
        guard task.apply(event, message: message) else { return }
        try folder.write(task)
        board.change { $0.state = task.state }
        if task.state != before { reporter.tell(task.state.rawValue + (message.map { ": \($0)" } ?? "")) }
    }

    /// Keeps a change of what is remembered.
    func remember(_ change: (inout MigrationTask) -> Void) throws {
        change(&task)
        try folder.write(task)
    }

    private func stop(_ stopped: MigrationStopped) async throws {
        switch stopped.request {
        case .cancel: try await cancel()
        case .pause:
            if let error = stopped.because { try await stopAtLimit(error) }
            try await suspendFollowing()
            try folder.forgetRequest()
            try move(.paused, message: "go on with: pgsteer migration resume \(task.name)")
        case nil:
            guard let error = stopped.because else { throw stopped }
            try move(.failed, message: error.description)
            throw error
        }
    }

    /// Asks the workers to stop, as Ctrl-C does.
    package nonisolated func interrupt() { board.stop(MigrationStopped(request: nil)) }

    private func watchRequests() async {
        while !Task.isCancelled {
            if let request = folder.request { board.stop(MigrationStopped(request: request)) }
            let snapshot = board.snapshot
            reporter.show(snapshot)
            folder.keep(snapshot)
            try? await Task.sleep(for: .milliseconds(500))
        }
    }

    /// Stops a migration that nobody works on now.
    package func pause() async throws {
        defer { try? folder.forgetRequest() }
        switch task.state {
        case .paused: return
        case .completing, .wayBackOpen, .rollingBack, .rolledBack, .completed, .cancelled, .checkFailed, .failed:
            throw MigrationError("\(task.name) is \(task.state.rawValue); there is nothing to pause")
        default:
            try await suspendFollowing()
            try move(.paused, message: "go on with: pgsteer migration resume \(task.name)")
        }
    }

    // MARK: Sessions

    /// Opens a session for work that may take long.
    func open(_ target: ConnectionTarget, beside other: PostgresConnection? = nil) async throws -> PostgresConnection {
        let announce: @Sendable (Statement) -> Void = { [effects] in
            effects.willPerform(String($0.shown.prefix(200)))
        }
        let place = target.named(objectName)
        let connection =
            if let other {
                try await PostgresConnection.open(place, beside: other, beforeWrite: announce)
            } else {
                try await PostgresConnection.open(place, beforeWrite: announce)
            }
        _ = try await connection.query("SET statement_timeout TO 0")
        _ = try await connection.query("SET lock_timeout TO 0")
        _ = try await connection.query("SET extra_float_digits TO 3")
        _ = try await connection.query("SET bytea_output TO 'hex'")
        _ = try await connection.query("SET TimeZone TO 'UTC'")
        _ = try await connection.query("SET row_security TO off")
        _ = try await connection.query("SET xmloption TO content")
        _ = try await connection.query("SET lc_monetary TO 'C'")
        return connection
    }

    func openSource() async throws -> PostgresConnection {
        do {
            return try await openQuietly(order.source)
        } catch let error as PostgresError {
            throw MigrationError("the source \(task.source) cannot be reached: \(error.message)")
        }
    }

    /// Opens a session of the target that makes and fills tables: no trigger fires and no commit waits for the disk. What
    /// a crash of the server takes away is not in the journal either, since both are one transaction.
    func openTarget(beside other: PostgresConnection? = nil) async throws -> PostgresConnection {
        do {
            let connection = try await openQuietly(order.target, beside: other)
            _ = try await connection.query("SET synchronous_commit TO off")
            _ = try await connection.query("SET maintenance_work_mem TO '256MB'")
            _ = try await connection.query("SET max_parallel_maintenance_workers TO 0")
            return connection
        } catch let error as PostgresError {
            throw MigrationError("the target \(task.target) cannot be reached: \(error.message)")
        }
    }

    /// Opens a session whose work sets off no trigger of the database: neither one of tables, nor an event trigger that
    /// keeps what is defined and would make the ends different. An ordinary role, who may not set this, does without.
    func openQuietly(
        _ place: ConnectionTarget,
        beside other: PostgresConnection? = nil
    ) async throws -> PostgresConnection {
        let connection = try await open(place, beside: other)
        _ = try await connection.query(
            """
            SELECT set_config('session_replication_role', 'replica', false) FROM pg_roles
            WHERE rolname = current_user AND rolsuper
            """
        )
        return connection
    }

    /// Ends sessions that a killed run left behind: a COPY or an index build goes on after its client is gone, and so does
    /// one that waits for a slot. Such a slot would be taken for one that is there, and begin later than the rows. Only in
    /// this database: the other end may be one of the same server.
    func endLeftovers(_ connection: PostgresConnection) async throws {
        let others: Statement = """
            FROM pg_stat_activity a WHERE application_name = \(literal: objectName) AND pid <> pg_backend_pid()
              AND datname = current_database() AND (backend_type = 'client backend' OR EXISTS (SELECT FROM pg_replication_slots s WHERE s.active_pid = a.pid
                AND s.slot_type = 'logical' AND (s.confirmed_flush_lsn IS NULL OR s.temporary)))
            """
        for attempt in 0... {
            let left = try await connection.query("SELECT pid, pg_terminate_backend(pid) \(others)")
            if left.isEmpty { return }
            guard attempt < 1200 else {
                throw MigrationError(
                    "sessions of an earlier run do not end: processes \(left.map { $0.text("pid") }.joined(separator: ", "))",
                    help: "look at them: SELECT * FROM pg_stat_activity WHERE application_name = '\(objectName)'"
                )
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    func activity(_ text: String) {
        board.change { $0.activity = text }
        reporter.show(board.snapshot)
    }
}
