package import Dashboard
import Glibc
import ServerLogs

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The last slow statements of one instance, read from the logs of its servers as they grow.
///
/// Bounded: so many bytes at a time, so many statements, so much of each. What comes faster than it is read is left out:
/// `pgsteer logs` tells all.
package struct SlowLog: Sendable {
    /// Where reading one file has come to.
    private struct Place {
        var inode: ino_t
        var offset: Int
        var parser: LogParser
        var prefix: String?
    }

    /// By node.
    private var places: [Int: Place] = [:]
    /// Oldest first.
    private var entries: [LogEntry] = []

    package static let keptStatements = 100
    package static let readBytes = 1 << 20
    private static let keptLetters = 2000

    package init() {}

    /// Those that took the most time in all come first.
    package var statements: [SlowStatementFact] {
        var slow = SlowStatements()
        for entry in entries { slow.add(entry) }
        return slow.groups.map { group in
            SlowStatementFact(
                statement: group.statement,
                calls: group.calls,
                totalMilliseconds: group.totalMilliseconds,
                meanMilliseconds: group.meanMilliseconds,
                worstMilliseconds: group.worstMilliseconds,
                worstTime: group.worstTime,
                databases: group.databases
            )
        }
    }

    /// Reads on in the log of a node; a file that has been begun anew is read from its beginning.
    ///
    /// - Parameter prefix: What `log_line_prefix` is, where it is not the usual one.
    package mutating func read(_ node: Int, _ path: String, prefix: String?) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return }
        let size = Int(status.st_size)
        let known = places[node]
            .flatMap { $0.inode == status.st_ino && $0.offset <= size && $0.prefix == prefix ? $0 : nil }
        var place = known ?? Self.start(inode: status.st_ino, prefix)
        if known != nil, size == place.offset {
            // Nothing tells the end of an entry but the next one, or that nothing has come since the last look.
            take(place.parser.finish())
            places[node] = place
            return
        }
        if size - place.offset > Self.readBytes {
            place = Self.start(inode: status.st_ino, prefix)
            place.offset = size - Self.readBytes
        }
        let isWhole = place.offset == known?.offset || place.offset == 0
        var bytes = [UInt8](repeating: 0, count: size - place.offset)
        let count = pread(descriptor, &bytes, bytes.count, place.offset)
        guard count > 0 else {
            places[node] = place
            return
        }
        // A line that is still being written is read the next time, as a whole.
        let text = bytes[..<count]
        let end = text.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? (count == Self.readBytes ? count : 0)
        // What stands before the first line break is the end of a line that was not read.
        let begin = isWhole ? 0 : text.firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? end
        var rest = text[begin..<max(begin, end)]
        while let line = rest.firstIndex(of: UInt8(ascii: "\n")) {
            take(place.parser.add(rest[rest.startIndex..<line]))
            rest = rest[(line + 1)...]
        }
        place.offset += end
        places[node] = place
    }

    private static func start(inode: ino_t, _ prefix: String?) -> Place {
        Place(
            inode: inode,
            offset: 0,
            parser: LogParser(prefix: prefix.map { LogLinePrefix($0) } ?? .usual),
            prefix: prefix
        )
    }

    private static func shortened(_ statement: String) -> String {
        statement.utf8.count > keptLetters ? String(statement.prefix(keptLetters)) + " ..." : statement
    }

    private mutating func take(_ entry: LogEntry?) {
        // What pgsteer itself asks is in the log, too, and of no use to whoever looks for slow programs.
        guard let entry, entry.milliseconds != nil, entry.statement != nil,
            !(entry.application?.hasPrefix("pgsteer/") ?? false)
        else { return }
        var masked = entry.masked
        masked.statement = masked.statement.map(Self.shortened)
        entries.append(masked)
        if entries.count > Self.keptStatements { entries.removeFirst(entries.count - Self.keptStatements) }
    }
}
