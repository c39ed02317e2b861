import Diagnostics
import Execution
import FleetModel
import Glibc

/// Tells on stderr what a run does: one line for each action that ended, and on a terminal what is running now.
actor ProgressRecorder: ExecutionRecorder {
    private let terminal: Terminal
    private let total: Int
    private let isLive: Bool
    private var ended = 0
    private var running: [Action] = []

    init(terminal: Terminal, total: Int) {
        self.terminal = terminal
        self.total = total
        isLive = isatty(STDERR_FILENO) == 1
    }

    func record(_ event: ExecutionEvent) {
        switch event {
        case .started(let action):
            running.append(action)
            showRunning()
        case .ended(let entry):
            running.removeAll { $0.id == entry.action.id }
            ended += 1
            clear()
            terminal.tell(line(for: entry))
            showRunning()
        case .closes(let disruption):
            clear()
            terminal.tell(DisruptionText(disruption: disruption, most: 20).lines.map { $0 + "\n" }.joined())
            showRunning()
        case .parametersChanged: break
        }
    }

    private func line(for entry: Receipt.Entry) -> String {
        let style = terminal.progressStyle
        let head =
            switch entry.status {
            case .performed: style.paint("done", .good)
            case .alreadyDone: style.paint("done", .good)
            case .failed: style.paint("FAILED", .error)
            case .skipped: style.paint("skipped", .warning)
            }
        let width = String(total).count
        let number = String(ended)
        let count = "[\(String(repeating: " ", count: max(0, width - number.count)))\(number)/\(total)]"
        let seconds = entry.status == .skipped ? "" : style.paint("  \(Self.rounded(entry.seconds)) s", .faint)
        let nothing = entry.status == .alreadyDone ? " (nothing was left to do)" : ""
        var text = "\(style.paint(count, .faint)) \(head)  \(entry.action.summary.visible)\(nothing)\(seconds)\n"
        if let message = entry.message {
            let place = entry.status == .failed ? entry.action.source.map { "\n  asked for at \($0.text)" } ?? "" : ""
            text += (message + place).visibleLines.split(separator: "\n").map { "        \($0)\n" }.joined()
        }
        return text
    }

    private func showRunning() {
        guard isLive, !running.isEmpty else { return }
        clear()
        let names = running.map(\.summary.visible).joined(separator: "; ")
        terminal.tell(String("[\(ended)/\(total)] \(names) ...".prefix(100)))
    }

    private func clear() { if isLive { terminal.tell("\r\u{1B}[2K") } }

    private static func rounded(_ seconds: Double) -> String { "\((seconds * 10).rounded() / 10)" }
}

/// Tells on stderr what a run does as JSON, one object a line.
struct JSONLinesRecorder: ExecutionRecorder {
    struct Line: Encodable {
        var event: String
        var action: Action?
        var status: String?
        var message: String?
        var seconds: Double?
        var instance: String?
        var parameters: [String: String]?
        var disruption: Plan.Disruption?
    }

    let terminal: Terminal

    func warn(_ text: String) { tell(Line(event: "warning", message: text)) }

    private func tell(_ line: Line) {
        if let text = try? JSONText.text(line, isPretty: false) { terminal.tell(text) }
    }

    func record(_ event: ExecutionEvent) {
        let line =
            switch event {
            case .started(let action): Line(event: "actionStarted", action: action)
            case .ended(let entry):
                Line(
                    event: "actionEnded",
                    action: entry.action,
                    status: entry.status.rawValue,
                    message: entry.message,
                    seconds: entry.seconds
                )
            case .closes(let disruption): Line(event: "closes", disruption: disruption)
            case .parametersChanged(let instance, let changes):
                Line(
                    event: "parametersChanged",
                    instance: instance,
                    parameters: Dictionary(changes.map { ($0.name, $0.after ?? "") }) { first, _ in first }
                )
            }
        tell(line)
    }
}
