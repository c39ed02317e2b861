import Diagnostics
import Execution
import FleetModel
import Reconciliation
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What a loop tells: one line for what was done and for each instance whose condition has changed, never the same twice.
final class RunLog: ExecutionRecorder {
    private struct Line: Encodable {
        var time = Date.now
        var event: String
        var instance: String?
        var condition: FleetModel.Condition?
        var message: String?
    }

    private let terminal: Terminal
    private let format: GlobalOptions.LogFormat
    private let conditions = Mutex<[String: FleetModel.Condition]>([:])

    init(terminal: Terminal, format: GlobalOptions.LogFormat) {
        self.terminal = terminal
        self.format = format
    }

    func tell(_ message: String) {
        write(Line(event: "message", message: message), text: message)
    }

    func tell(_ diagnostics: [Diagnostic]) {
        switch format {
        case .text: terminal.tell(diagnostics)
        case .json:
            for diagnostic in diagnostics {
                let place = diagnostic.range.map { "\($0.location): " } ?? ""
                let message = "\(place)\(diagnostic.code.id) \(diagnostic.detail)"
                write(Line(event: "diagnostic", message: message), text: message)
            }
        }
    }

    /// Tells an instance's condition when it is another one than before.
    func tell(_ condition: FleetModel.Condition, of instance: String) {
        let isNew = conditions.withLock { $0.updateValue(condition, forKey: instance) != condition }
        guard isNew else { return }
        let state = terminal.progressStyle.paint(condition.state.rawValue, condition.meaning)
        write(
            Line(event: "condition", instance: instance, condition: condition),
            text: "\(instance) is \(state): \(condition.message)"
        )
    }

    func record(_ event: ExecutionEvent) async {
        if format == .json { return JSONLinesRecorder(terminal: terminal).record(event) }
        guard case .ended(let entry) = event, entry.status != .alreadyDone else { return }
        let style = terminal.progressStyle
        let head =
            switch entry.status {
            case .performed, .alreadyDone: style.paint("done", .good)
            case .failed: style.paint("FAILED", .error)
            case .skipped: style.paint("skipped", .warning)
            }
        let seconds = (entry.seconds * 10).rounded() / 10
        let message = entry.status == .failed ? ": \(entry.message ?? "")" : ""
        tell("\(entry.action.resource.instance): \(head) \(entry.action.summary) (\(seconds) s)\(message)")
    }

    private func write(_ line: Line, text: String) {
        switch format {
        case .text: terminal.tell("\(Date.now.formatted(.iso8601)) \(text.visibleLines)\n")
        case .json: if let text = try? JSONText.text(line, isPretty: false) { terminal.tell(text) }
        }
    }
}

extension FleetModel.Condition {
    fileprivate var meaning: TerminalStyle.Meaning {
        switch state {
        case .ready: .good
        case .reconciling: .warning
        case .stalled: .error
        }
    }
}
