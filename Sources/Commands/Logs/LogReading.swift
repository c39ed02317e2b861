import Glibc
import Providers
import ServerLogs

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Which entries of a log are meant.
struct LogFilter {
    enum Choice {
        case everything
        case failures
        case slow
    }

    var choice: Choice
    var since: Date?

    func includes(_ entry: LogEntry) -> Bool {
        if let since, let time = entry.time, time < since { return false }
        return switch choice {
        case .everything: true
        case .failures: entry.severity.isFailure
        case .slow: entry.milliseconds != nil
        }
    }
}

/// Reads the log files of an instance's nodes.
struct LogReading {
    typealias Found = (node: Int, entry: LogEntry)

    let files: [LogFile]
    let prefix: LogLinePrefix
    let filter: LogFilter

    /// The numbers of the nodes whose files are read.
    var nodes: [Int] { Set(files.map(\.node)).sorted() }

    /// Hands over every entry that is meant, in the order of its file, passwords masked.
    func readAll(_ body: (Int, LogEntry) -> Void) {
        for file in files where isWorthReading(file) { read(file) { body(file.node, $0) } }
    }

    /// Returns the last entries that are meant, of all nodes together, the oldest first.
    func last(_ limit: Int) -> [Found] {
        var found: [Found] = []
        for node in nodes {
            var ofNode: [Found] = []
            // The newest file first: most often it has all that is asked for.
            for file in files.reversed() where file.node == node && isWorthReading(file) && ofNode.count < limit {
                var entries: [Found] = []
                read(file) { entries.append((node, $0)) }
                ofNode = entries + ofNode
            }
            found += ofNode.suffix(limit)
        }
        // A stable order: entries without a time stay where they stood.
        let ordered = found.enumerated()
            .sorted { left, right in
                guard let first = left.element.entry.time, let second = right.element.entry.time, first != second else {
                    return left.offset < right.offset
                }
                return first < second
            }
        return ordered.map(\.element).suffix(limit)
    }

    /// Returns what goes on reading at the end of each node's current file.
    func followers(_ provider: LocalProvider, _ name: String) -> [LogFollower] {
        nodes.map { LogFollower(node: $0, path: provider.currentLog(of: name, node: $0), prefix: prefix) }
    }

    private func isWorthReading(_ file: LogFile) -> Bool { filter.since.map { file.modified >= $0 } ?? true }

    private func read(_ file: LogFile, _ body: (LogEntry) -> Void) {
        guard var lines = LogLines(path: file.path) else { return }
        var parser = LogParser(prefix: prefix)
        func take(_ entry: LogEntry?) {
            if let entry, filter.includes(entry) { body(entry.masked) }
        }
        while let line = lines.next() { take(parser.add(line)) }
        if let rest = lines.unfinished { take(parser.add(rest)) }
        take(parser.finish())
    }
}

/// The lines of a file, read in pieces; goes on where it stopped when the file has grown.
struct LogLines: ~Copyable {
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var start = 0

    /// Opens a file; nil when it is not there or may not be read.
    init?(path: String, atEnd: Bool = false) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        if atEnd { lseek(descriptor, 0, SEEK_END) }
    }

    deinit { close(descriptor) }

    /// The next line without its line break; nil when there is no whole one yet.
    mutating func next() -> ArraySlice<UInt8>? {
        var searched = start
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { start = end + 1 }
                return buffer[start..<end]
            }
            searched = buffer.count - start
            buffer.removeFirst(start)
            start = 0
            guard readMore() else { return nil }
        }
    }

    /// What stands behind the last line break.
    var unfinished: ArraySlice<UInt8>? { start < buffer.count ? buffer[start...] : nil }

    /// Whether the file that is open is the one that a path leads to now.
    func isStill(at path: String) -> Bool {
        var own = stat()
        var other = stat()
        guard fstat(descriptor, &own) == 0, stat(path, &other) == 0 else { return false }
        return own.st_ino == other.st_ino && own.st_dev == other.st_dev
    }

    private mutating func readMore() -> Bool {
        var piece = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = read(descriptor, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            buffer += piece[..<count]
            return true
        }
    }
}

/// Goes on reading a log that is being written, also when it is begun anew.
struct LogFollower {
    let node: Int
    private let path: String
    private let lines: Lines
    private var parser: LogParser
    private var hasPending = false

    /// A place for what cannot be copied.
    private final class Lines {
        var current: LogLines?
        init(_ current: consuming LogLines?) { self.current = current }
    }

    init(node: Int, path: String, prefix: LogLinePrefix) {
        self.node = node
        self.path = path
        parser = LogParser(prefix: prefix)
        lines = Lines(LogLines(path: path, atEnd: true))
    }

    /// Returns the entries that are complete by now, passwords masked.
    ///
    /// Nothing tells the end of an entry but the next one, or that nothing has come since the last look.
    mutating func next() -> [LogEntry] {
        var entries = readOn()
        // The old file is read to its end before the new one is begun.
        if lines.current?.isStill(at: path) != true, access(path, R_OK) == 0 {
            entries += readOn()
            lines.current = LogLines(path: path)
            entries += readOn()
        }
        return entries.map(\.masked)
    }

    private mutating func readOn() -> [LogEntry] {
        var entries: [LogEntry] = []
        var hasRead = false
        while let line = lines.current?.next() {
            hasRead = true
            if let entry = parser.add(line) { entries.append(entry) }
        }
        if !hasRead, hasPending, let entry = parser.finish() { entries.append(entry) }
        hasPending = hasRead
        return entries
    }
}
