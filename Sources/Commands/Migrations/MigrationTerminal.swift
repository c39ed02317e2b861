import Diagnostics
import FleetModel
import Glibc
import Migrating
import Resources
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Tells on stderr how a migration goes: one live line on a terminal, a line now and then elsewhere.
final class MigrationTerminal: MigrationReporter {
    /// The one live line that several migrations share.
    final class Board: Sendable {
        private let lines = Mutex<[String: String]>([:])

        /// Keeps what one migration says, and returns what all of them say; nil takes it away.
        func line(_ name: String, _ text: String?) -> String {
            lines.withLock { lines in
                lines[name] = text
                return lines.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: " | ")
            }
        }
    }

    private struct Shown {
        var text = ""
        var at = ContinuousClock.now - .seconds(3600)
    }

    private struct Line: Encodable {
        var event: String
        var migration: String
        var message: String?
        var progress: MigrationProgress?
    }

    private let terminal: Terminal
    private let name: String
    private let format: GlobalOptions.LogFormat
    private let isLive = isatty(STDERR_FILENO) == 1
    private let shown = Mutex(Shown())
    private let board: Board

    init(_ terminal: Terminal, name: String, format: GlobalOptions.LogFormat, board: Board = Board()) {
        self.board = board
        self.terminal = terminal
        self.name = name
        self.format = format
    }

    func show(_ progress: MigrationProgress) {
        let text = MigrationText.line(progress)
        let isDue = shown.withLock { shown in
            // Without a terminal, every ten seconds, and when it says something else altogether.
            let isDue = shown.text != text && (isLive || ContinuousClock.now - shown.at > .seconds(10))
            if isDue { shown = Shown(text: text, at: .now) }
            return isDue
        }
        guard isDue else { return }
        switch format {
        case .json: write(Line(event: "migrationProgress", migration: name, progress: progress))
        case .text where isLive: terminal.tell("\r\u{1B}[2K" + String(board.line(name, text).prefix(110)))
        case .text: terminal.tell("\(name): \(text)\n")
        }
    }

    func tell(_ line: String) {
        switch format {
        case .json: write(Line(event: "migration", migration: name, message: line))
        case .text:
            clear()
            terminal.tell("\(terminal.progressStyle.paint(name, .faint)): \(line.visibleLines)\n")
        }
    }

    /// Takes the live line away.
    func clear() {
        guard isLive, format == .text else { return }
        _ = board.line(name, nil)
        terminal.tell("\r\u{1B}[2K")
    }

    private func write(_ line: Line) {
        if let text = try? JSONText.text(line, isPretty: false) { terminal.tell(text) }
    }
}

/// Progress in words.
enum MigrationText {
    static func line(_ progress: MigrationProgress) -> String {
        var parts: [String] = [progress.activity.isEmpty ? progress.state.rawValue : progress.activity]
        if progress.tables > 0 {
            parts.append("\(progress.tablesDone) of \(progress.tables) tables")
            parts.append("\(size(progress.bytesDone)) of about \(size(progress.bytes))")
        } else if progress.bytes > 0, !progress.running.isEmpty {
            parts.append("\(size(progress.bytesDone)) of about \(size(progress.bytes))")
        }
        if let rate = progress.rate, !progress.running.isEmpty { parts.append("\(size(Int(rate)))/s") }
        if let remaining = progress.remaining, !progress.running.isEmpty {
            parts.append("\(Int(remaining) + 1) s left")
        }
        if !progress.running.isEmpty { parts.append(progress.running.joined(separator: ", ")) }
        if let gap = progress.gapBytes { parts.append("gap \(gap) bytes") }
        if let lag = progress.lagSeconds { parts.append("lag \(tenths(lag)) s") }
        if let retained = progress.retainedBytes, retained >= 1 << 30 { parts.append("source keeps \(size(retained))") }
        return parts.joined(separator: "; ")
    }

    static func size(_ bytes: Int) -> String { ByteCount(bytes: bytes).rounded }

    static func tenths(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}
