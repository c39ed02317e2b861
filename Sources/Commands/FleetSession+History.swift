import Diagnostics
import Execution
import History
import Providers
import SideEffects

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Runs in the history. A history that cannot be used stops nothing; it is told once, and when it can be used again.
extension FleetSession {
    /// Opens the history; nil, with a warning, when it cannot be used.
    func history() -> HistoryStore? {
        do {
            return try openedHistory.store(at: home.history)
        } catch {
            warnOfHistory(error)
            return nil
        }
    }

    /// Begins this run in the history; nil, with a warning, where it cannot be written: then nothing of it is.
    func beginHistory(_ verb: String, specCommit: String? = nil) -> HistoryStore? {
        guard let history = history() else { return nil }
        let entry = RunEntry(
            id: run,
            verb: verb,
            user: SystemUser.caller.name,
            host: Self.hostName,
            specCommit: specCommit,
            started: .now
        )
        do { try history.begin(entry) } catch {
            warnOfHistory(error)
            return nil
        }
        if openedHistory.forgetProblems() { warn("the history \(home.history) can be used again") }
        return history
    }

    func endHistory(_ history: HistoryStore?, outcome: String) {
        do { try history?.end(run: run, at: .now, outcome: outcome) } catch { warnOfHistory(error) }
    }

    /// What writes a run into the history, where it can be used.
    func historyRecorders(_ history: HistoryStore?) -> [any ExecutionRecorder] {
        guard let history else { return [] }
        return [HistoryRecorder(store: history, run: run) { error in warnOfHistory(error) }]
    }

    /// Warns that the history cannot be used; of the same problem once.
    private func warnOfHistory(_ error: any Error) {
        guard openedHistory.isNew("\(error)") else { return }
        warn("the history \(home.history) cannot be used (\(error)); everything else goes on")
    }

    private func warn(_ text: String) {
        if let warning { return warning(text) }
        switch logFormat {
        case .text: terminal.tell("\(terminal.progressStyle.paint("warning", .warning)): \(text)\n")
        case .json: JSONLinesRecorder(terminal: terminal).warn(text)
        }
    }
}
