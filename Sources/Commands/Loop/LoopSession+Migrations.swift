import Execution
import Migrating
import Providers
import Reconciliation
import Resources
import SideEffects
import SpecSchema

/// What the loop needs of migrations: where they stand, and working on them as `migration start` does.
extension LoopSession {
    private nonisolated func folder(of name: String) -> MigrationFolder {
        MigrationFolder(name: name, home: home, files: LocalFiles(effects: effects))
    }

    nonisolated func migrationLook(_ name: String) -> MigrationLook? {
        let folder = folder(of: name)
        guard let task = try? folder.task() else { return nil }
        var look = MigrationLook(state: task.state, started: task.started, changed: task.changed)
        look.message = task.message
        look.verification = task.verification?.sentence
        look.isVerified = task.verification?.isClean
        look.writePauseMilliseconds = task.cutover?.pauseMilliseconds
        look.endpoint = task.endpoint?.sentence
        look.isEndpointMoved = task.endpoint?.isMoved ?? false
        look.leftovers = task.leftovers
        look.isWorkedOn = folder.isWorkedOn
        guard let progress = folder.lastProgress else { return look }
        look.progress = MigrationLook.Progress(progress, isNow: look.isWorkedOn)
        if look.isWorkedOn, progress.gapBytes != nil || progress.lagSeconds != nil {
            look.following = MigrationLook.Following(gapBytes: progress.gapBytes, lagSeconds: progress.lagSeconds)
        }
        return look
    }

    nonisolated func undeclaredMigrations(besides desired: DesiredFleet) -> [String: String] {
        MigrationFolder.undeclared(in: home, besides: desired, files: LocalFiles(effects: effects))
    }

    nonisolated func migrate(
        _ migration: Migration,
        desired: DesiredFleet,
        interruption: Interruption,
        tell: @escaping @Sendable (String) -> Void
    ) async throws -> MigrationState? {
        let folder = folder(of: migration.name.value)
        if folder.isWorkedOn { return nil }
        let work = MigrationWork(
            session: await renewed(for: desired),
            desired: desired,
            interruption: interruption,
            // Not the word for the loop's locks of instances: nobody should wait for minutes.
            purpose: "the loop",
            reporter: Reporter(hear: tell)
        )
        do {
            return try await work.run(migration, in: folder).state
        } catch is MigrationStopped {
            return nil
        }
    }

    func look(
        at migration: Migration,
        desired: DesiredFleet,
        mayStop: Bool,
        tell: @escaping @Sendable (String) -> Void
    ) async -> MigrationLook.Following? {
        let name = migration.name.value
        var watch = watches[name] ?? MigrationWatch()
        do {
            let folder = folder(of: name)
            let order = try await renewed(for: desired).order(migration, desired)
            let run = try MigrationRun(order, folder: folder, effects: effects, reporter: Reporter(hear: tell))
            let look = try await watch.look(run, stoppingIn: mayStop ? folder : nil, tell)
            watches[name] = watch.isOver ? nil : watch
            return look.following.map {
                MigrationLook.Following(gapBytes: $0.gapBytes, lagSeconds: $0.lagSeconds, problem: $0.problem)
            }
        } catch {
            return MigrationLook.Following(problem: "\(error)")
        }
    }

    /// Hands on what happens to a migration; how far it is stands in its own file.
    private struct Reporter: MigrationReporter {
        let hear: @Sendable (String) -> Void

        func show(_ progress: MigrationProgress) {}
        func tell(_ line: String) { hear(line) }
    }
}

extension MigrationLook.Progress {
    /// - Parameter isNow: Whether a process works on it, so that what runs and how fast is true now.
    fileprivate init(_ progress: MigrationProgress, isNow: Bool) {
        self.init()
        activity = isNow ? progress.activity : ""
        tables = progress.tables
        tablesDone = progress.tablesDone
        bytes = progress.bytes
        bytesDone = progress.bytesDone
        rowsDone = progress.rowsDone
        guard isNow else { return }
        running = progress.running
        tablesAtWork = (progress.runningTables ?? [])
            .map { Table(name: $0.name, bytes: $0.bytes, movedBytes: $0.movedBytes, rows: $0.rows) }
        bytesPerSecond = progress.running.isEmpty ? nil : progress.rate
        remainingSeconds = progress.running.isEmpty ? nil : progress.remaining
    }
}
