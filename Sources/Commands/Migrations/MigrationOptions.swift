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

/// Which migrations are meant, and where they are declared.
struct MigrationOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("The migration; several with commas between them.", valueName: "name[,name]"))
    var name: String?

    @OptionGroup var specs: SpecOptions

    @Flag(help: "All migrations that are declared; no name is given then.")
    var all = false

    @Option(help: ArgumentHelp("Copy tables above this size in pieces, side by side.", valueName: "size"))
    var splitAbove: String?

    /// The names that were given; empty with `--all`.
    var names: [String] {
        all ? [] : (name ?? "").split(separator: ",", omittingEmptySubsequences: true).map(String.init)
    }

    /// Whether just one is meant.
    var isSingle: Bool { !all && names.count == 1 }

    /// Where the documents are: with `--all` the first word is a path, too.
    var paths: SpecOptions {
        var options = specs
        if all, let name { options.paths.insert(name, at: 0) }
        return options
    }

    func validate() throws {
        if let splitAbove, ByteCount(splitAbove) == nil {
            throw ValidationError("--split-above is a size such as 256MiB")
        }
        if names.isEmpty, !all { throw ValidationError("name a migration, several with commas, or write --all") }
    }

    /// Runs a body with each migration while nobody else works on it, side by side, and tells how it goes and how it ended.
    ///
    /// - Parameter request: What whoever works on it now is asked, so that it makes room.
    func work(
        _ purpose: String,
        _ global: GlobalOptions,
        mustHaveBegun: Bool = false,
        asking request: MigrationRequest? = nil,
        skipping skipped: [SkippedCheck] = [],
        _ body: @escaping @Sendable (MigrationRun) async throws -> MigrationTask
    ) async throws {
        let terminal = Terminal(global)
        let contexts: [MigrationContext]
        do {
            contexts = try await MigrationContext.all(self, global, mustHaveBegun: mustHaveBegun, skipping: skipped)
        } catch let code as ExitCode {
            throw code
        } catch {
            throw terminal.failure(error)
        }
        let interruption = Interruption()
        let interrupts = Interrupts(interruption, terminal: terminal)
        defer { withExtendedLifetime(interrupts) {} }
        // One migration that fails leaves the others alone.
        let codes = await withTaskGroup(of: ExitCode?.self) { group in
            for context in contexts {
                group.addTask {
                    do {
                        let task = try await context.work(purpose, interruption, asking: request, body)
                        terminal.write("\(task.name): \(task.state.rawValue)\(task.message.map { "; \($0)" } ?? "").\n")
                        return nil
                    } catch let code as ExitCode {
                        return code
                    } catch is MigrationStopped {
                        terminal.tell("stopped; go on with: pgsteer migration start \(context.name)\n")
                        return ExitCode(130)
                    } catch {
                        let isAlone = contexts.count == 1
                        return terminal.failure(isAlone ? error : NamedFailure(name: context.name, error: error))
                    }
                }
            }
            var codes: [ExitCode] = []
            for await code in group { if let code { codes.append(code) } }
            return codes
        }
        if let worst = codes.max(by: { $0.rawValue < $1.rawValue }) { throw worst }
    }

    /// What went wrong with one of several migrations.
    private struct NamedFailure: Error, CustomStringConvertible {
        var name: String
        var error: any Error
        var description: String { "\(name): \(error)" }
    }
}

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
        let session = await FleetSession(global, desired: specs.fleet)
        let board = MigrationTerminal.Board()
        func folder(_ name: String) -> MigrationFolder { session.migrationFolder(name) }
        var names = options.names
        if options.all {
            names = try specs.fleet.migrations.keys.sorted()
                .filter { name in
                    guard let task = try folder(name).task() else { return !mustHaveBegun }
                    return endedToo || !task.state.isFinal
                }
            if names.isEmpty, !mayBeNone { throw Self.noneMeant(specs.fleet, session) }
        }
        var contexts: [MigrationContext] = []
        for name in names {
            guard var migration = specs.fleet.migrations[name] else {
                throw Self.undeclared(name, specs.fleet, session)
            }
            migration.skippedChecks = skipped + migration.skippedChecks
            if mustHaveBegun, try folder(name).task() == nil {
                throw MigrationError("\(name) has not begun", help: "begin it with: pgsteer migration start \(name)")
            }
            var order = try await session.order(
                migration,
                specs.fleet,
                splitSize: options.splitAbove.flatMap { ByteCount($0)?.bytes },
                beside: names.count
            )
            order.waitsForCutover = true
            contexts.append(
                MigrationContext(
                    order: order,
                    folder: folder(name),
                    session: session,
                    reporter: MigrationTerminal(terminal, name: name, format: global.logFormat, board: board)
                )
            )
        }
        return contexts
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

extension FleetSession {
    /// A migration with the ways to both its ends.
    ///
    /// - Parameter others: How many migrations work side by side, this one included.
    func order(
        _ migration: Migration,
        _ desired: DesiredFleet,
        splitSize: Int? = nil,
        beside others: Int = 1
    ) async throws -> MigrationOrder {
        func target(_ end: MigrationEnd) async throws -> ConnectionTarget {
            let password = end.password.flatMap { desired.secrets[$0]?.revealed }
            switch end {
            case .uri(let uri, _): return ConnectionTarget(.uri(uri), password: password)
            case .service(let name, _): return ConnectionTarget(.service(name), password: password)
            case .instance(let name, let database):
                return try await provider.administration(of: name, node: nil).database(database)
            case .wholeInstance(let name): return try await provider.administration(of: name, node: nil)
            }
        }
        var order = MigrationOrder(
            migration: migration,
            source: try await target(migration.source.value),
            target: try await target(migration.target.value),
            binaries: local.binaries.folders,
            // The target's cores, where it is on this host; elsewhere the best guess there is. Several share them.
            concurrency: migration.concurrency ?? max(1, Self.cores / max(1, others)),
            splitSize: splitSize
        )
        order.physical = physicalEnds(of: migration, desired)
        order.cutoverTime = { CutoverWindows.now(migration, desired) }
        order.endpoint = endpointMover(of: migration)
        order.followers = { [local] name in (try? await local.followers(of: name)) ?? [:] }
        return order
    }

    /// How the endpoint of a migration's source is led to the target; nil unless both ends are instances of this home.
    func endpointMover(of migration: Migration) -> EndpointMover? {
        guard migration.type.value == .fullAndIncremental, let source = migration.source.value.instance,
            let target = migration.target.value.instance, source != target, provider.isLocal(source),
            provider.isLocal(target)
        else { return nil }
        return EndpointMover(provider: local, source: source, target: target)
    }
}
