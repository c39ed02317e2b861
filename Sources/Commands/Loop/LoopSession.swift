import Diagnostics
import Execution
import FleetModel
import Observing
import Planning
import Providers
import Reconciliation
import Resources
import SpecLoading

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
    private var session: FleetSession
    private var settings: LocalSettings

    init(_ options: GlobalOptions, session: FleetSession, interruption: Interruption, parallelism: Int) {
        self.options = options
        self.interruption = interruption
        self.parallelism = parallelism
        self.session = session
        settings = FleetSession.settings(of: nil)
        log = LoopLog(terminal: session.terminal, format: options.logFormat)
    }

    /// The provider is made anew only when its settings have changed: it keeps the order of changes at the gateway.
    func fleet(for desired: DesiredFleet) async -> LoopFleet {
        let wanted = FleetSession.settings(of: desired)
        if wanted != settings {
            session = await FleetSession(options, desired: desired)
            settings = wanted
        }
        let renewed = session.renewed(for: desired)
        return LoopFleet(provider: renewed.provider, observer: renewed.observer)
    }

    /// On no actor: instances are brought to where they should be side by side.
    nonisolated func perform(
        _ plan: Plan,
        on observed: ObservedFleet,
        desired: DesiredFleet,
        commit: String?,
        fleet: LoopFleet
    ) async throws -> Receipt {
        let run = PlanRun(
            verb: "run",
            session: await session.renewed(for: desired),
            desired: desired,
            specCommit: { commit },
            parallelism: parallelism,
            interruption: interruption,
            progress: log
        )
        return try await run.perform(plan, on: observed)
    }

    nonisolated func loadSecrets(into reading: inout SpecReading, _ desired: inout DesiredFleet) {
        SecretLoading(environment: ProcessInfo.processInfo.environment)
            .load(into: &desired, collector: &reading.collector)
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

/// Tells on stderr what the loop does: one line, or one JSON object, for each event.
struct LoopLog: ExecutionRecorder {
    let terminal: Terminal
    let format: GlobalOptions.LogFormat

    func record(_ event: ExecutionEvent) {
        guard case .ended(let entry) = event, entry.status != .alreadyDone else { return }
        let name = entry.action.resource.instance
        let seconds = "\((entry.seconds * 100).rounded() / 100) s"
        switch entry.status {
        case .performed: tell(LoopEvent(.actionDone, instance: name, "\(entry.action.summary) (\(seconds))"))
        case .failed:
            let message = "\(entry.action.summary): \(entry.message ?? "it failed")"
            tell(LoopEvent(.actionFailed, .error, instance: name, message))
        case .alreadyDone, .skipped: return
        }
    }

    func tell(_ event: LoopEvent) {
        guard format == .text else {
            if let text = try? JSONText.text(event, isPretty: false) { terminal.tell(text) }
            return
        }
        let style = terminal.progressStyle
        let time = event.time.formatted(.iso8601)
        let level =
            switch event.level {
            case .info: ""
            case .warning: style.paint("warning: ", .warning)
            case .error: style.paint("error: ", .error)
            }
        let subject = event.instance.map { "\($0.visible): " } ?? ""
        let message = event.message.split(separator: "\n").map { String($0).visible }.joined(separator: " | ")
        terminal.tell("\(style.paint(time, .faint)) \(level)\(subject)\(message)\n")
    }
}
