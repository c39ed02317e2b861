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
    private let openedHistory = OpenedHistory()

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
        provider = FleetProvider(
            local: local,
            external: ExternalProvider(servers: servers, home: home, effects: effects)
        )
        run = Self.newRun()
        observer = Observer(provider: provider, applicationName: "pgsteer/\(run)")
    }

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
        session.provider = FleetProvider(
            local: local,
            external: ExternalProvider(servers: Self.servers(of: desired), home: home, effects: effects)
        )
        session.run = Self.newRun()
        session.observer = Observer(provider: session.provider, applicationName: "pgsteer/\(session.run)")
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
        collector.emit(contentsOf: PolicyImpact.diagnostics(planned.plan, desired))
        return planned
    }

    /// Looks at the fleet and at every database that the specifications speak of.
    func observe(_ desired: DesiredFleet) async throws -> ObservedFleet {
        var observed = try await observer.fleet(desired: desired, parallelism: Self.cores * 2)
        for name in desired.migrations.keys {
            let folder = MigrationFolder(name: name, home: home, files: LocalFiles(effects: effects))
            observed.migrations[name] = try folder.task()?.state
        }
        return observed
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

    /// Opens the history; nil, with a warning, when it cannot be used.
    func history() -> HistoryStore? {
        do {
            return try openedHistory.store(at: home.history)
        } catch {
            warnOfHistory(error)
            return nil
        }
    }

    func warnOfHistory(_ error: any Error) {
        let warning = terminal.progressStyle.paint("warning", .warning)
        terminal.tell("\(warning): the history \(home.history) cannot be used (\(error)); everything else goes on\n")
    }

    /// What tells people how a run goes.
    func progressRecorder(total: Int) -> any ExecutionRecorder {
        switch options.logFormat {
        case .text: ProgressRecorder(terminal: terminal, total: total)
        case .json: JSONLinesRecorder(terminal: terminal)
        }
    }

    /// What writes a run into the history, where it can be used.
    func historyRecorders(_ history: HistoryStore?) -> [any ExecutionRecorder] {
        guard let history else { return [] }
        return [HistoryRecorder(store: history, run: run) { error in warnOfHistory(error) }]
    }

    /// The start of an entry in the history.
    func entry(_ verb: String, specCommit: String?) -> RunEntry {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        let host = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return RunEntry(
            id: run,
            verb: verb,
            user: SystemUser.caller.name,
            host: host,
            specCommit: specCommit,
            started: .now
        )
    }
}
