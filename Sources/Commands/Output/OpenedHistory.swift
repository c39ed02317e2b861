import Glibc
import History
import Synchronization

/// A history that is opened once for many runs: who brings a server back has no time for it.
final class OpenedHistory: Sendable {
    private struct Opened {
        var store: HistoryStore
        var file: ino_t
    }

    private let opened = Mutex<Opened?>(nil)
    private let told = Mutex<Set<String>>([])

    /// Returns the history of a home; a file that was removed or replaced meanwhile is opened anew.
    func store(at path: String) throws -> HistoryStore {
        try opened.withLock { opened in
            if let opened, Self.number(of: path) == opened.file { return opened.store }
            let store = try HistoryStore(path: path)
            opened = Self.number(of: path).map { Opened(store: store, file: $0) }
            return store
        }
    }

    /// Whether a problem has not been told: a disk that stays full would be told with every attempt of the loop.
    func isNew(_ problem: String) -> Bool { told.withLock { $0.insert(problem).inserted } }

    /// Forgets what was told; returns whether anything was.
    func forgetProblems() -> Bool {
        told.withLock { told in
            defer { told = [] }
            return !told.isEmpty
        }
    }

    private static func number(of path: String) -> ino_t? {
        var status = Glibc.stat()
        return stat(path, &status) == 0 ? status.st_ino : nil
    }
}
