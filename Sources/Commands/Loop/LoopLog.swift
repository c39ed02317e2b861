import Diagnostics
import Execution
import FleetModel
import Reconciliation

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Tells on stderr what the loop does: one line, or one JSON object, for each event.
struct LoopLog {
    let terminal: Terminal
    let format: GlobalOptions.LogFormat

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
        let message = event.message.visibleLines.split(separator: "\n").joined(separator: " | ")
        terminal.tell("\(style.paint(time, .faint)) \(level)\(subject)\(message)\n")
    }
}

/// Makes an event of each action that ends.
struct ActionEvents: ExecutionRecorder {
    /// Of the specifications that the actions are performed for.
    let commit: String?
    let tell: @Sendable (LoopEvent) -> Void

    func record(_ event: ExecutionEvent) {
        guard case .ended(let entry) = event else { return }
        let name = entry.action.resource.instance
        switch entry.status {
        case .performed:
            let seconds = "\((entry.seconds * 100).rounded() / 100) s"
            tell(LoopEvent(.actionDone, instance: name, "\(entry.action.summary) (\(seconds))").of(commit))
        case .failed:
            let message = "\(entry.action.summary): \(entry.message ?? "it failed")"
            tell(LoopEvent(.actionFailed, .error, instance: name, message).of(commit))
        case .alreadyDone, .skipped: return
        }
    }
}
