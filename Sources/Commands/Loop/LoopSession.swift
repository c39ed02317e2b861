import Diagnostics
import Execution
import FleetModel
import History
import Notifying
import Observing
import Planning
import Providers
import Reconciliation
import Resources
import SideEffects
import SpecLoading
import SpecSchema

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What the loop works with in this program: the provider, runs with progress and history, lines on stderr.
actor LoopSession: LoopHost {
    private let options: GlobalOptions
    private let interruption: Interruption
    private nonisolated let log: LoopLog
    private nonisolated let manager = ServiceManager(environment: ProcessInfo.processInfo.environment)
    private let parallelism: Int
    nonisolated let home: LocalHome
    nonisolated let effects: SideEffectCounter
    private var session: FleetSession
    private var settings: LocalSettings
    /// Nil where nobody is told.
    private let notifier: Notifier?
    /// What was seen of migrations that nobody works on, by name.
    var watches: [String: MigrationWatch] = [:]

    init(
        _ options: GlobalOptions,
        session: FleetSession,
        interruption: Interruption,
        parallelism: Int,
        notifier: Notifier? = nil
    ) {
        home = session.home
        effects = session.effects
        self.notifier = notifier
        self.options = options
        self.interruption = interruption
        self.parallelism = parallelism
        self.session = session
        settings = FleetSession.settings(of: nil)
        let log = LoopLog(terminal: session.terminal, format: options.logFormat)
        self.log = log
        self.session.warning = Self.warning(log)
    }

    private static func warning(_ log: LoopLog) -> @Sendable (String) -> Void {
        { log.tell(LoopEvent(.historyFailed, .warning, $0)) }
    }

    /// The provider is made anew only when its settings have changed: it keeps the order of changes at the gateway.
    func fleet(for desired: DesiredFleet) async -> LoopFleet {
        let wanted = FleetSession.settings(of: desired)
        if wanted != settings {
            session = await FleetSession(options, desired: desired)
            session.warning = Self.warning(log)
            settings = wanted
        }
        notify(desired)
        let renewed = session.renewed(for: desired)
        return LoopFleet(provider: renewed.provider, observer: renewed.observer)
    }

    func renewed(for desired: DesiredFleet) -> FleetSession { session.renewed(for: desired) }

    /// Tells from now on those that the fleet names.
    private func notify(_ desired: DesiredFleet) {
        guard let notifier else { return }
        var collector = DiagnosticCollector()
        let channels = desired.fleet.notifications
        let addresses = SecretLoading(environment: ProcessInfo.processInfo.environment)
            .addresses(of: channels, collector: &collector)
        for diagnostic in collector.sorted {
            log.tell(LoopEvent(.diagnosed, .warning, "notifications: \(diagnostic.sentence)"))
        }
        notifier.use(
            channels.compactMap { channel in
                addresses[channel.name.value].map { Notifier.Channel(channel, address: $0) }
            }
        )
    }

    /// On no actor: instances are brought to where they should be side by side.
    nonisolated func perform(
        _ plan: Plan,
        on observed: ObservedFleet,
        desired: DesiredFleet,
        commit: String?,
        fleet: LoopFleet,
        locks: InstanceLocks,
        tell: @escaping @Sendable (LoopEvent) -> Void
    ) async throws -> Receipt {
        let run = PlanRun(
            verb: "run",
            session: await session.renewed(for: desired),
            desired: desired,
            specCommit: { commit },
            parallelism: parallelism,
            interruption: interruption,
            locks: locks,
            progress: ActionEvents(commit: commit, tell: tell)
        )
        return try await run.perform(plan, on: observed)
    }

    nonisolated func perform(
        _ action: Action,
        as verb: String,
        desired: DesiredFleet,
        by body: @escaping @Sendable (Action) async throws -> ProviderOutcome
    ) async -> Receipt {
        let session = await session.renewed(for: desired)
        let history = session.beginHistory(verb)
        let runner = ActionRunner(
            recorders: session.historyRecorders(history),
            parallelism: 1,
            interruption: Interruption()
        )
        let plan = Plan(changes: [], actions: [action], digest: "")
        let receipt = await runner.run(plan, run: session.run, perform: body)
        session.endHistory(history, outcome: receipt.outcome)
        return receipt
    }

    nonisolated func loadSecrets(into reading: inout SpecReading, _ desired: inout DesiredFleet) {
        SecretLoading(environment: ProcessInfo.processInfo.environment)
            .load(into: &desired, collector: &reading.collector)
        // One that changes makes other specifications of the same text; what is wrong with it is told where it is used.
        var ignored = DiagnosticCollector()
        let addresses = SecretLoading(environment: ProcessInfo.processInfo.environment)
            .addresses(of: desired.fleet.notifications, collector: &ignored)
        for channel in desired.fleet.notifications {
            if let address = addresses[channel.name.value] { desired.secrets[channel.address.value] = address }
        }
    }

    nonisolated func beat() { manager.beat() }

    nonisolated func report(_ event: LoopEvent) {
        log.tell(event)
        switch event.kind {
        case .started, .standingBy: manager.tellReady(event.message)
        case .stopping: manager.tellStopping()
        case .specsChanged, .specsRefused, .paused, .resumed: manager.tellStatus(event.message)
        default: return
        }
    }
}
