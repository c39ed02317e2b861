import Execution
import FleetModel
import History

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Writes what a run does into the history; a history that cannot be written stops nothing, and is told once.
actor HistoryRecorder: ExecutionRecorder {
    private let store: HistoryStore
    private let run: String
    private let warn: @Sendable (any Error) -> Void
    private var started: [String: Date] = [:]
    private var hasWarned = false

    init(store: HistoryStore, run: String, warn: @escaping @Sendable (any Error) -> Void) {
        self.store = store
        self.run = run
        self.warn = warn
    }

    func record(_ event: ExecutionEvent) {
        switch event {
        case .started(let action): started[action.id] = .now
        case .ended(let entry):
            let now = Date.now
            attempt {
                try store.add(
                    ActionEntry(
                        run: run,
                        action: entry.action,
                        status: entry.status.rawValue,
                        message: entry.message,
                        started: started[entry.action.id] ?? now,
                        ended: now
                    )
                )
            }
        case .closes: break
        case .parametersChanged(let instance, let changes):
            let entries = changes.map {
                ParameterEntry(
                    run: run,
                    instance: instance,
                    name: $0.name,
                    before: $0.before,
                    after: $0.after,
                    time: .now,
                    isByOthers: $0.isByOthers
                )
            }
            attempt { try store.add(entries) }
        }
    }

    private func attempt(_ body: () throws -> Void) {
        do {
            try body()
        } catch {
            if !hasWarned { warn(error) }
            hasWarned = true
        }
    }
}
