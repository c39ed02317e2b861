import Diagnostics
import FleetModel
import Glibc
import Synchronization

/// Tells on stderr how far a dump or a load is: one line that changes on a terminal, a line now and then elsewhere.
final class TransferProgress: Sendable {
    private struct State {
        var objects = 0
        var lastObject = ""
        var bytes = 0
        var lastTold: ContinuousClock.Instant?
    }

    private let state = Mutex(State())
    private let terminal: Terminal
    private let verb: String
    /// How many objects there are; nil while that is not known.
    private let totalObjects: Int?
    /// How many bytes there are; nil while that is not known.
    private let totalBytes: Int?
    private let started = ContinuousClock.now
    private let isLive: Bool

    init(terminal: Terminal, verb: String, totalObjects: Int? = nil, totalBytes: Int? = nil) {
        self.terminal = terminal
        self.verb = verb
        self.totalObjects = totalObjects
        self.totalBytes = totalBytes
        isLive = isatty(STDERR_FILENO) == 1
    }

    func begin(table: String) {
        state.withLock {
            $0.objects += 1
            $0.lastObject = table
        }
        tell()
    }

    func have(bytes: Int) {
        state.withLock { $0.bytes = bytes }
        tell()
    }

    /// Asks now and then how many bytes have gone by, until ``end(_:)``.
    func watch(_ bytes: @escaping @Sendable () -> Int?) -> Task<Void, Never> {
        Task {
            while !Task.isCancelled {
                if let count = bytes() { have(bytes: count) }
                try? await Task.sleep(for: .milliseconds(250))
            }
        }
    }

    /// Ends the watch, and takes the line away that changes.
    func end(_ watcher: Task<Void, Never>) {
        watcher.cancel()
        if isLive { terminal.tell("\r\u{1b}[K") }
    }

    private func tell() {
        let text: String? = state.withLock { state in
            let pause: Duration = isLive ? .milliseconds(200) : .seconds(5)
            // Work that is short says nothing on the way.
            guard ContinuousClock.now - (state.lastTold ?? started) >= pause else { return nil }
            state.lastTold = .now
            return line(state)
        }
        guard let text else { return }
        terminal.tell(isLive ? "\r\u{1b}[K\(text)" : text + "\n")
    }

    private func line(_ state: State) -> String {
        let seconds = Double((ContinuousClock.now - started).components.seconds)
        var parts = [verb]
        if state.objects > 0 {
            parts.append("table \(state.objects)\(totalObjects.map { " of \($0)" } ?? "") \(state.lastObject.visible)")
        }
        if state.bytes > 0 {
            parts.append(FigureText.bytes(state.bytes) + (totalBytes.map { " of \(FigureText.bytes($0))" } ?? ""))
        }
        parts.append("\(FigureText.duration(seconds)) so far")
        if let totalBytes, state.bytes > 0, totalBytes > state.bytes {
            let rest = seconds * Double(totalBytes - state.bytes) / Double(state.bytes)
            parts.append("about \(FigureText.duration(rest)) to go")
        } else if let totalObjects, state.objects > 1, totalObjects >= state.objects {
            parts.append("\(totalObjects - state.objects) tables to go")
        }
        return parts.joined(separator: ", ")
    }
}
