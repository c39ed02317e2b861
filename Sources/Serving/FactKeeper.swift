package import Dashboard
import FleetModel
import History
import Observing
import Providers
package import Reconciliation
import Resources
import SpecSchema
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Keeps what the page shows: asks the loop, the servers and the history, so that an answer never waits for any of them.
///
/// Only reads. A server that does not answer, or a history that cannot be read, leaves a gap and stops nothing.
package final class FactKeeper: Sendable {
    /// Shares the last facts with whoever asks, and tells that there are new ones.
    private struct State {
        var facts: FleetFacts
        var series: [String: [Int: FigureSeries]] = [:]
        /// By instance.
        var slow: [String: SlowLog] = [:]
        /// Nodes that are being measured now.
        var measuring: Set<String> = []
        var history: [HistoryFact] = []
        var historyStamp = ""
        var change = 0
        var subscribers: [Int: AsyncStream<Int>.Continuation] = [:]
        var nextSubscriber = 0
    }

    private let status: LoopStatus
    private let historyPath: String
    private let state: Mutex<State>

    private static let measureInterval = Duration.seconds(10)
    private static let keptHistory = 200

    /// - Parameter history: The history's file; it need not be there.
    package init(status: LoopStatus, history: String) async {
        self.status = status
        historyPath = history
        state = Mutex(State(facts: FleetFacts(time: .now, loop: await status.state)))
    }

    /// The facts as they are known now.
    package var facts: FleetFacts {
        state.withLock { state in
            var facts = state.facts
            facts.openStreams = state.subscribers.count
            return facts
        }
    }

    /// An element each time that there are new facts; a slow reader gets the newest only.
    package func changes() -> AsyncStream<Int> {
        let (stream, continuation) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            state.nextSubscriber += 1
            state.subscribers[state.nextSubscriber] = continuation
            continuation.yield(state.change)
            return state.nextSubscriber
        }
        continuation.onTermination = { [weak self] _ in
            _ = self?.state.withLock { $0.subscribers.removeValue(forKey: number) }
        }
        return stream
    }

    /// Keeps the facts until the task is cancelled.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.followLoop() }
            group.addTask { await self.measureAgainAndAgain() }
        }
    }

    // MARK: The loop

    private func followLoop() async {
        for await _ in await status.changes() {
            readHistory()
            await gather()
            // What changes many times a second is shown once.
            try? await Task.sleep(for: .milliseconds(500))
        }
    }

    private func gather() async {
        let loop = await status.state
        let looks = await status.looks
        let events = await status.events
        let counts = await status.counts
        let (migrationLooks, waits) = await (status.migrationLooks, status.migrationWaits)
        let migrations = await status.migrations.map { migration in
            let name = migration.name.value
            return MigrationFact(migration, look: migrationLooks[name], waitsFor: waits[name])
        }
        let notifications = await status.notifications
        let subscribers = state.withLock { state in
            let names = Set(loop.instances.map(\.name))
            state.series = state.series.filter { names.contains($0.key) }
            state.slow = state.slow.filter { names.contains($0.key) }
            var facts = FleetFacts(time: .now, loop: loop)
            facts.instances = loop.instances.map { instance in
                var shown = InstanceFacts(instance, look: looks[instance.name])
                shown.show(state.series[instance.name] ?? [:])
                shown.slowStatements = state.slow[instance.name]?.statements ?? []
                return shown
            }
            facts.events = events.reversed()
            facts.history = state.history
            facts.counts = counts
            facts.notifications = notifications
            facts.migrations = migrations
            state.facts = facts
            state.change += 1
            return (state.change, Array(state.subscribers.values))
        }
        for subscriber in subscribers.1 { subscriber.yield(subscribers.0) }
    }

    // MARK: Figures

    private func measureAgainAndAgain() async {
        while !Task.isCancelled {
            let looks = await status.looks
            readLogs(looks)
            for (name, look) in looks {
                guard let observer = look.fleet?.observer, let placement = look.observed?.placement,
                    placement.state == .running
                else { continue }
                for node in placement.nodes where node.isRunning && begin(name, node.number) {
                    // A task of nobody's: one that waits for a server that hangs keeps nobody else waiting, nor the end.
                    Task {
                        let measured = try? await observer.figures(of: placement, node: node.number)
                        end(name, node.number, measured?.figures)
                    }
                }
            }
            try? await Task.sleep(for: Self.measureInterval)
            if !looks.isEmpty { await gather() }
        }
    }

    /// False while the same node is being measured.
    private func begin(_ name: String, _ node: Int) -> Bool {
        state.withLock { $0.measuring.insert("\(name)/\(node)").inserted }
    }

    private func end(_ name: String, _ node: Int, _ figures: ServerFigures?) {
        state.withLock { state in
            state.measuring.remove("\(name)/\(node)")
            if let figures { state.series[name, default: [:]][node, default: FigureSeries()].add(figures) }
        }
    }

    // MARK: Logs

    /// Reads on in the logs of all servers of this host: a bounded part of each, whoever looks at the page.
    private func readLogs(_ looks: [String: LoopLook]) {
        for (name, look) in looks {
            guard let provider = look.fleet?.provider.local, let placement = look.observed?.placement else { continue }
            var log = state.withLock { $0.slow[name] } ?? SlowLog()
            let prefix = placement.record.parameters["log_line_prefix"]?.written
            for node in placement.nodes {
                log.read(node.number, provider.currentLog(of: name, node: node.number), prefix: prefix)
            }
            let read = log
            state.withLock { $0.slow[name] = read }
        }
    }

    // MARK: History

    /// Says whether the history may have got another entry.
    private var historyStamp: String {
        [historyPath, historyPath + "-wal"]
            .map { path in
                let attributes = try? FileManager.default.attributesOfItem(atPath: path)
                let time = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
                return "\(time) \(attributes?[.size] as? Int ?? 0)"
            }
            .joined(separator: ", ")
    }

    private func readHistory() {
        let stamp = historyStamp
        guard state.withLock({ $0.historyStamp }) != stamp, FileManager.default.fileExists(atPath: historyPath),
            let rows = try? HistoryStore(path: historyPath).actions(instance: nil, limit: Self.keptHistory)
        else { return }
        let history = rows.map(HistoryFact.init)
        state.withLock { state in
            state.history = history
            state.historyStamp = stamp
        }
    }
}

extension HistoryFact {
    fileprivate init(_ row: ActionRow) {
        self.init(
            run: row.run,
            verb: row.verb,
            user: row.user,
            commit: row.specCommit,
            instance: ResourceID(row.resource)?.instance ?? "",
            resource: row.resource,
            summary: row.summary,
            impact: row.impact,
            status: row.status,
            message: row.message,
            started: row.started,
            seconds: row.ended.timeIntervalSince(row.started)
        )
    }
}
