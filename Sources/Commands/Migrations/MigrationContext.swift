import ArgumentParser
import Diagnostics
import Execution
import FleetModel
import Glibc
import Migrating
import Observing
import PostgresClient
import Providers
import Resources
import SideEffects
import SpecLoading
import SpecSchema

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A migration with everything that is needed to work on it.
struct MigrationContext: Sendable {
    let order: MigrationOrder
    let folder: MigrationFolder
    private let session: FleetSession
    private let reporter: MigrationTerminal

    var name: String { folder.name }

    /// The migrations that options name, in their order; with `--all`, those that the command is about, by name.
    ///
    /// - Parameters:
    ///   - mustHaveBegun: Whether the command is about migrations that have begun: `--all` passes over others.
    ///   - endedToo: Whether `--all` means those that are over, too.
    ///   - mayBeNone: Whether it is all right when `--all` means none.
    ///   - skipped: Checks whose alarms are accepted beside those of the documents.
    static func all(
        _ options: MigrationOptions,
        _ global: GlobalOptions,
        mustHaveBegun: Bool = false,
        endedToo: Bool = false,
        mayBeNone: Bool = false,
        skipping skipped: [SkippedCheck] = []
    ) async throws -> [MigrationContext] {
        let terminal = Terminal(global)
        var specs = try SpecSession(options.paths)
        specs.loadConnections()
        try specs.stopOnErrors(terminal)
        let (fleet, session) = (specs.fleet, await FleetSession(global, desired: specs.fleet))
        let names = try options.all ? allNames(fleet, session, mustHaveBegun, endedToo) : options.names
        if options.all, names.isEmpty, !mayBeNone { throw noneMeant(fleet, session) }
        let board = MigrationTerminal.Board()
        var contexts: [MigrationContext] = []
        for name in names {
            guard var migration = fleet.migrations[name] else { throw undeclared(name, fleet, session) }
            migration.skippedChecks = skipped + migration.skippedChecks
            if mustHaveBegun, try session.migrationFolder(name).task() == nil {
                throw MigrationError("\(name) has not begun", help: "begin it with: pgsteer migration start \(name)")
            }
            var order = try await session.order(
                migration,
                fleet,
                splitSize: options.splitAbove.flatMap { ByteCount($0)?.bytes },
                beside: names.count
            )
            order.waitsForCutover = true
            contexts.append(
                MigrationContext(
                    order: order,
                    folder: session.migrationFolder(name),
                    session: session,
                    reporter: MigrationTerminal(terminal, name: name, format: global.logFormat, board: board)
                )
            )
        }
        return contexts
    }

    /// The migrations that `--all` means, by name.
    private static func allNames(
        _ fleet: DesiredFleet,
        _ session: FleetSession,
        _ mustHaveBegun: Bool,
        _ endedToo: Bool
    ) throws -> [String] {
        try fleet.migrations.keys.sorted()
            .filter { name in
                guard let task = try session.migrationFolder(name).task() else { return !mustHaveBegun }
                return endedToo || !task.state.isFinal
            }
    }

    /// Why `--all` means no migration; one that began and whose document is gone is told, because it goes on keeping the
    /// source's log.
    private static func noneMeant(_ fleet: DesiredFleet, _ session: FleetSession) -> any Error {
        let left = MigrationFolder.names(in: session.home)
            .first {
                fleet.migrations[$0] == nil && (try? session.migrationFolder($0).task())??.hasLeftSomething == true
            }
        if let left { return undeclared(left, fleet, session) }
        return MigrationError(
            fleet.migrations.isEmpty
                ? "the specifications declare no migration"
                : "none of the migrations of the specifications is one that this command is about",
            help: "see where they are: pgsteer migration status --all"
        )
    }

    private static func undeclared(_ name: String, _ fleet: DesiredFleet, _ session: FleetSession) -> any Error {
        guard let task = try? session.migrationFolder(name).task() else {
            return UnknownMigration(name: name, known: fleet.migrations.keys.sorted())
        }
        return MigrationError(
            "the migration \(name) (\(task.state.rawValue), \(task.source) to \(task.target)) is no longer declared",
            help: "put its document back; what it made on both ends is removed by: pgsteer migration delete \(name)"
        )
    }

    private init(order: MigrationOrder, folder: MigrationFolder, session: FleetSession, reporter: MigrationTerminal) {
        self.order = order
        self.folder = folder
        self.session = session
        self.reporter = reporter
    }

    func run() throws -> MigrationRun {
        try MigrationRun(order, folder: folder, effects: session.effects, reporter: reporter)
    }

    /// Tells something of this migration on stderr.
    func tell(_ line: String) { reporter.tell(line) }

    /// Runs a body while nobody else works on the migration; Ctrl-C stops it in good order.
    func work(
        _ purpose: String,
        _ interruption: Interruption,
        asking request: MigrationRequest? = nil,
        _ body: @escaping @Sendable (MigrationRun) async throws -> MigrationTask
    ) async throws -> MigrationTask {
        if let request, try folder.task()?.state.isFinal == false { try folder.ask(request) }
        let lock = try await folder.lock(purpose, patience: request == nil ? .zero : .seconds(600))
        defer { withExtendedLifetime(lock) {} }
        let run = try run()
        let watch = Task {
            while !Task.isCancelled, !interruption.isWished { try? await Task.sleep(for: .milliseconds(100)) }
            if interruption.isWished { run.interrupt() }
        }
        defer {
            watch.cancel()
            reporter.clear()
        }
        return try await body(run)
    }
}
