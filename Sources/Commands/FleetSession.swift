import ArgumentParser
import Diagnostics
import Execution
import FleetModel
import Glibc
import History
import Migrating
import Observing
import Planning
import PostgresClient
import Providers
import Reconciliation
import Resources
import SideEffects
import SpecLoading

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What the commands that look at live servers share: the home, the provider, the observer.
struct FleetSession {
    let terminal: Terminal
    let home: LocalHome
    private(set) var provider: FleetProvider
    /// Where instances of this host are kept.
    let local: LocalProvider
    private(set) var observer: Observer
    let effects: SideEffectCounter
    /// The name of this run, also seen in `pg_stat_activity` and in the history.
    private(set) var run: String
    private let options: GlobalOptions
    let openedHistory = OpenedHistory()
    /// Tells what does not stop a command; where nobody else takes it, it is told as progress is.
    var warning: (@Sendable (String) -> Void)?

    /// How progress is told.
    var logFormat: GlobalOptions.LogFormat { options.logFormat }

    /// - Parameter desired: What has been read from specifications; nil for commands that read none.
    init(_ options: GlobalOptions, desired: DesiredFleet? = nil) async {
        self.options = options
        terminal = Terminal(options)
        home = options.localHome
        let environment = ProcessInfo.processInfo.environment
        let terminal = terminal
        let tell: @Sendable (Int, String) -> Void = { number, summary in
            terminal.tell("side effect \(number): \(summary)\n")
        }
        effects = SideEffectCounter(
            crashAt: environment["PGSTEER_CRASH_AT"].flatMap { Int($0) },
            report: options.verbose ? tell : nil
        )
        let settings = Self.settings(of: desired)
        local = await LocalProvider(
            home: home,
            settings: settings,
            effects: effects,
            searchPath: environment["PATH"] ?? ""
        )
        for folder in settings.binaries where !local.binaries.folders.values.contains(folder) {
            terminal.tell(
                "\(terminal.progressStyle.paint("warning", .warning)): local.binaries: \(folder) is not used; it has no server programs, or another folder's of the same version win\n"
            )
        }
        let servers = desired.map(Self.servers) ?? [:]
        run = Self.newRun()
        let name = Self.applicationName(of: run)
        provider = FleetProvider(
            local: local,
            external: ExternalProvider(servers: servers, home: home, effects: effects, applicationName: name)
        )
        observer = Observer(provider: provider, applicationName: name)
    }

    /// As what the sessions of a run show themselves.
    private static func applicationName(of run: String) -> String { "pgsteer/\(run)" }

    /// The settings of the local provider that specifications ask for.
    static func settings(of desired: DesiredFleet?) -> LocalSettings {
        let settings = (desired?.fleet ?? Fleet()).local
        return LocalSettings(
            binaries: settings.binaries,
            address: settings.address,
            publicAddress: settings.publicAddress,
            ports: settings.ports,
            nodePorts: settings.nodePorts
        )
    }

    /// Returns the same session for another run, with the servers that its specifications name.
    func renewed(for desired: DesiredFleet) -> FleetSession {
        var session = self
        session.run = Self.newRun()
        let name = Self.applicationName(of: session.run)
        let servers = Self.servers(of: desired)
        session.provider = FleetProvider(
            local: local,
            external: ExternalProvider(servers: servers, home: home, effects: effects, applicationName: name)
        )
        session.observer = Observer(provider: session.provider, applicationName: name)
        return session
    }

    /// The connections to servers that exist without pgsteer, by the names of their instances.
    private static func servers(of desired: DesiredFleet) -> [String: ConnectionTarget] {
        desired.instances.compactMapValues { instance in
            instance.connection.map { connection in
                let base: ConnectionTarget.Base =
                    switch connection.address {
                    case .uri(let uri): .uri(uri)
                    case .service(let name): .service(name)
                    }
                let password = connection.password.flatMap { desired.secrets[$0] }
                return ConnectionTarget(base, password: password?.revealed)
            }
        }
    }

    private static func newRun() -> String {
        let letters = Array("abcdefghijkmnpqrstuvwxyz23456789")
        return String((0..<10).compactMap { _ in letters.randomElement() })
    }

    /// Cores; what is done side by side when nothing else is asked for.
    static var cores: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// Compares the fleet with what is observed; tells every mistake and throws when there is an error among them.
    func plan(_ desired: DesiredFleet, options: PlanOptions, collector: inout DiagnosticCollector) async throws
        -> PlannedFleet
    {
        let planned = plan(desired, try await observe(desired), options: options, collector: &collector)
        check(planned.plan, of: desired, &collector)
        return planned
    }

    /// Tells what the policy says of a plan, and which maintenance windows never open.
    func check(_ plan: Plan, of desired: DesiredFleet, _ collector: inout DiagnosticCollector) {
        collector.emit(contentsOf: UnknownZones.warnings(on: desired))
        collector.emit(contentsOf: PolicyImpact.diagnostics(plan, desired, closedWindow: ClosedWindow.now))
    }

    /// Looks at the fleet and at every database that the specifications speak of.
    ///
    /// - Parameter earlier: What was seen a moment ago, when this is a second look.
    func observe(_ desired: DesiredFleet, after earlier: ObservedFleet? = nil) async throws -> ObservedFleet {
        var observed = try await observer.fleet(desired: desired, parallelism: Self.cores * 2, after: earlier)
        for (name, migration) in desired.migrations {
            guard let task = try migrationFolder(name).task() else { continue }
            observed.migrations[name] = task.state
            observed.otherMigrations[name] = task.otherBeginning(than: migration)
        }
        let files = LocalFiles(effects: effects)
        observed.undeclaredMigrations = MigrationFolder.undeclared(in: home, besides: desired, files: files)
        for (name, obstacle) in migrationObstacles where observed.instances[name]?.placement.removalObstacle == nil {
            observed.instances[name]?.placement.removalObstacle = obstacle
        }
        for (name, migration) in desired.migrations where migration.cutover.when == .window {
            if CutoverWindows.now(migration, desired) == .open { observed.openCutovers.insert(name) }
        }
        return observed
    }

    func migrationFolder(_ name: String) -> MigrationFolder {
        MigrationFolder(name: name, home: home, files: LocalFiles(effects: effects))
    }

    /// Why instances cannot go, by their names: a migration from or to them has begun.
    var migrationObstacles: [String: String] {
        MigrationFolder.names(in: home)
            .reduce(into: [:]) { obstacles, name in
                guard let task = try? migrationFolder(name).task(), task.hasLeftSomething else { return }
                for instance in task.instances ?? [] {
                    obstacles[instance] = "the migration \(name) is at work on it (\(task.state.rawValue))"
                }
            }
    }

    /// Compares the fleet with what has been observed.
    func plan(
        _ desired: DesiredFleet,
        _ observed: ObservedFleet,
        options: PlanOptions,
        collector: inout DiagnosticCollector
    ) -> PlannedFleet {
        var options = options
        options.now = Int(Date.now.timeIntervalSince1970)
        let planner = Planner(
            desired: desired,
            observed: observed,
            capabilities: local.capabilities,
            options: options
        )
        return planner.plan(collector: &collector)
    }

    /// What tells people how a run goes.
    func progressRecorder(total: Int) -> any ExecutionRecorder {
        switch options.logFormat {
        case .text: ProgressRecorder(terminal: terminal, total: total)
        case .json: JSONLinesRecorder(terminal: terminal)
        }
    }

    /// The name of this machine.
    static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
