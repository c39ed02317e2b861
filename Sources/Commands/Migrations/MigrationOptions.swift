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

/// Which migration is meant, and where it is declared.
struct MigrationOptions: ParsableArguments {
    @Argument(help: "The migration.")
    var name: String

    @OptionGroup var specs: SpecOptions

    @Option(help: ArgumentHelp("Copy tables above this size in pieces, side by side.", valueName: "size"))
    var splitAbove: String?

    func validate() throws {
        if let splitAbove, ByteCount(splitAbove) == nil {
            throw ValidationError("--split-above is a size such as 256MiB")
        }
    }

    /// Runs a body with the migration while nobody else works on it, tells how it goes, and how it ended.
    ///
    /// - Parameter request: What whoever works on it now is asked, so that it makes room.
    func work(
        _ purpose: String,
        _ global: GlobalOptions,
        mustHaveBegun: Bool = false,
        asking request: MigrationRequest? = nil,
        _ body: @escaping @Sendable (MigrationRun) async throws -> MigrationTask
    ) async throws {
        let terminal = Terminal(global)
        do {
            let context = try await MigrationContext(self, global, mustHaveBegun: mustHaveBegun)
            if let request, try context.folder.task()?.state.isFinal == false { try context.folder.ask(request) }
            let lock = try await context.folder.lock(purpose, patience: request == nil ? .zero : .seconds(600))
            defer { withExtendedLifetime(lock) {} }
            let run = try context.run()
            let task = try await context.interruptible(run) { try await body(run) }
            terminal.write("\(task.name): \(task.state.rawValue)\(task.message.map { "; \($0)" } ?? "").\n")
        } catch let code as ExitCode {
            throw code
        } catch is MigrationStopped {
            terminal.tell("stopped; go on with: pgsteer migration start \(name)\n")
            throw ExitCode(130)
        } catch {
            throw terminal.failure(error)
        }
    }
}

/// A migration with everything that is needed to work on it.
struct MigrationContext {
    let order: MigrationOrder
    let folder: MigrationFolder
    private let session: FleetSession
    private let reporter: MigrationTerminal

    init(_ options: MigrationOptions, _ global: GlobalOptions, mustHaveBegun: Bool = false) async throws {
        let terminal = Terminal(global)
        var specs = try SpecSession(options.specs)
        specs.loadConnections()
        try specs.stopOnErrors(terminal)
        let session = await FleetSession(global, desired: specs.fleet)
        guard let migration = specs.fleet.migrations[options.name] else {
            let known = specs.fleet.migrations.keys.sorted()
            let help =
                NearestName.question(options.name, among: known)
                ?? (known.isEmpty
                    ? "declare one: pgsteer explain migration" : "there are \(known.joined(separator: ", "))")
            throw MigrationError("the specifications declare no migration \(options.name)", help: help)
        }
        folder = MigrationFolder(name: options.name, home: session.home, files: LocalFiles(effects: session.effects))
        if mustHaveBegun, try folder.task() == nil {
            throw MigrationError(
                "\(options.name) has not begun",
                help: "begin it with: pgsteer migration start \(options.name)"
            )
        }
        self.session = session
        reporter = MigrationTerminal(terminal, name: options.name, format: global.logFormat)
        order = try await session.order(
            migration,
            secrets: specs.fleet.secrets,
            splitSize: options.splitAbove.flatMap { ByteCount($0)?.bytes }
        )
    }

    func run() throws -> MigrationRun {
        try MigrationRun(order, folder: folder, effects: session.effects, reporter: reporter)
    }

    /// Runs a body that Ctrl-C stops in good order.
    func interruptible<Result: Sendable>(
        _ run: MigrationRun,
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let interruption = Interruption()
        let interrupts = Interrupts(interruption, terminal: session.terminal)
        defer { withExtendedLifetime(interrupts) {} }
        let watch = Task {
            while !Task.isCancelled, !interruption.isWished { try? await Task.sleep(for: .milliseconds(100)) }
            if interruption.isWished { run.interrupt() }
        }
        defer {
            watch.cancel()
            reporter.clear()
        }
        return try await body()
    }
}

extension FleetSession {
    /// A migration with the ways to both its ends.
    func order(
        _ migration: Migration,
        secrets: [SecretReference: Secret],
        splitSize: Int? = nil
    ) async throws -> MigrationOrder {
        func target(_ end: MigrationEnd) async throws -> ConnectionTarget {
            let password = end.password.flatMap { secrets[$0]?.revealed }
            switch end {
            case .uri(let uri, _): return ConnectionTarget(.uri(uri), password: password)
            case .service(let name, _): return ConnectionTarget(.service(name), password: password)
            case .instance(let name, let database):
                return try await provider.administration(of: name, node: nil).database(database)
            }
        }
        return MigrationOrder(
            migration: migration,
            source: try await target(migration.source.value),
            target: try await target(migration.target.value),
            binaries: local.binaries.folders,
            // The target's cores, where it is on this host; elsewhere the best guess there is.
            concurrency: migration.concurrency ?? Self.cores,
            splitSize: splitSize
        )
    }
}
