import Glibc
import MigrationChecks
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
                objects: migration.objects
            )
        journal = Journal(task: task.token)
    }

    /// What has begun is not turned into something else half-way.
    private static func refuseOther(_ task: MigrationTask, than migration: Migration) throws {
        let isSame =
            task.source == migration.source.value.description && task.target == migration.target.value.description
            && task.type == migration.type.value && task.objects == migration.objects
        guard !isSame else { return }
        throw MigrationError(
            "\(task.name) has begun as \(task.type.rawValue) from \(task.source) to \(task.target), and its document says something else now",
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
            try await work()
        } catch let stopped as MigrationStopped {
            try await stop(stopped)
        } catch is CancellationError {
            // A copy was told to stop: by a request, or because another worker failed and threw first.
            do { try board.throwIfStopped() } catch let stopped as MigrationStopped { try await stop(stopped) }
        } catch {
            if task.state != .checkFailed { try move(.failed, message: "\(error)") }
            throw error
        }
        return task
    }

    private func work() async throws {
        if task.state == .completing { try await settleCutover() }
        if task.state.isFinal { return }
        if task.state == .failed || task.state == .paused { try move(.started) }
        if task.state == .checkFailed { try move(.started) }
        if task.state == .checking { try await check() }
        if task.state == .checkPassed { try move(.started) }
        try await prepareAndCopy()
        guard migration.type.value == .fullAndIncremental else { return }
        try await follow()
        if migration.cutover.when == .automatic { try await complete() }
    }

    /// Looks at both ends before anything is made there; what failed ends the run, with nothing changed.
    private func check() async throws {
        let report = await CheckRun(migration, source: .connection(order.source), target: .connection(order.target))
            .report()
        for result in report.results where result.status == .failed || result.status == .alarm {
            for finding in result.findings {
                let objects = finding.objects.isEmpty ? "" : " (\(finding.objects.prefix(5).joined(separator: ", ")))"
                reporter.tell("\(finding.severity.rawValue) \(result.id.rawValue): \(finding.found)\(objects)")
            }
        }
        let failed = report.results.filter { $0.status == .failed }.map(\.id.rawValue)
        guard failed.isEmpty else {
            try move(.checksFailed, message: failed.joined(separator: ", "))
            throw MigrationError(
                "\(task.name) was not begun, since \(failed.count == 1 ? "a check" : "\(failed.count) checks") failed: \(failed.joined(separator: ", ")); nothing was changed",
                help: "pgsteer migration check \(task.name) tells what to do about each"
            )
        }
        try move(.checksPassed)
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
            try await suspendFollowing()
            try folder.forgetRequest()
            try move(.paused, message: "go on with: pgsteer migration resume \(task.name)")
        case nil: throw stopped
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

    /// Goes on with a cut-over that an earlier run did not end, if there is one.
    package func finishCutover() async throws {
        if task.state == .completing { try await settleCutover() }
    }

    /// Stops a migration that nobody works on now.
    package func pause() async throws {
        defer { try? folder.forgetRequest() }
        switch task.state {
        case .paused: return
        case .completing, .completed, .cancelled, .checkFailed, .failed:
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
            return try await open(order.source)
        } catch let error as PostgresError {
            throw MigrationError("the source \(task.source) cannot be reached: \(error.message)")
        }
    }

    /// Opens a session of the target that makes and fills tables: no trigger fires and no commit waits for the disk. What
    /// a crash of the server takes away is not in the journal either, since both are one transaction.
    func openTarget(beside other: PostgresConnection? = nil) async throws -> PostgresConnection {
        do {
            let connection = try await open(order.target, beside: other)
            _ = try await connection.query("SET session_replication_role TO replica")
            _ = try await connection.query("SET synchronous_commit TO off")
            _ = try await connection.query("SET maintenance_work_mem TO '256MB'")
            _ = try await connection.query("SET max_parallel_maintenance_workers TO 0")
            return connection
        } catch let error as PostgresError {
            throw MigrationError("the target \(task.target) cannot be reached: \(error.message)")
        }
    }

    /// Ends sessions that a killed run left behind: a COPY or an index build goes on after its client is gone.
    func endLeftovers(_ connection: PostgresConnection) async throws {
        let others: Statement = """
            FROM pg_stat_activity WHERE application_name = \(literal: objectName) AND pid <> pg_backend_pid()
              AND backend_type = 'client backend'
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
