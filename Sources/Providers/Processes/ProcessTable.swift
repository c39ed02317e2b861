import Glibc

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Looks at the processes of this machine through `/proc`.
package enum ProcessTable {
    /// Whether a process is there and not only waits to be collected.
    ///
    /// Without an init that collects orphans, a dead server stays a zombie and still looks alive to `kill(pid, 0)`.
    package static func isAlive(_ processID: Int) -> Bool {
        guard let state = state(of: processID) else { return false }
        return state != "Z" && state != "X"
    }

    /// The letter that the kernel has for what a process does (man proc_pid_stat); nil when it is gone.
    static func state(of processID: Int) -> Character? {
        guard let status = text("/proc/\(processID)/stat"), let end = status.lastIndex(of: ")") else { return nil }
        return status[end...].dropFirst(2).first
    }

    /// The process that started a process, or took it over; nil when it is gone.
    package static func parent(of processID: Int) -> Int? {
        guard let status = text("/proc/\(processID)/stat"), let end = status.lastIndex(of: ")") else { return nil }
        let columns = status[end...].split(separator: " ")
        return columns.count > 2 ? Int(columns[2]) : nil
    }

    /// The session that a process belongs to, which has the id of the process that began it; nil when it is gone.
    package static func session(of processID: Int) -> Int? {
        guard let status = text("/proc/\(processID)/stat"), let end = status.lastIndex(of: ")") else { return nil }
        let columns = status[end...].split(separator: " ")
        return columns.count > 4 ? Int(columns[4]) : nil
    }

    /// The folder that a process works in; nil when it is gone or somebody else's.
    package static func workingFolder(of processID: Int) -> String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(processID)/cwd")
    }

    /// The words that a process was started with.
    package static func arguments(of processID: Int) -> [String] {
        (text("/proc/\(processID)/cmdline") ?? "").split(separator: "\0").map(String.init)
    }

    /// The processes that have a path among the words they were started with.
    package static func processes(mentioning path: String) -> [Int] {
        processIDs.filter { processID in
            processID != Int(getpid()) && isAlive(processID)
                && arguments(of: processID).contains { $0 == path || $0.hasPrefix(path + "/") }
        }
    }

    /// The processes that work in a folder.
    package static func processes(workingIn folder: String) -> [Int] {
        processIDs.filter { isAlive($0) && workingFolder(of: $0) == folder }
    }

    /// The name and id of the process that listens on a port of this machine; nil when it cannot be told.
    package static func listener(on port: Int) -> String? {
        listenerID(on: port)
            .map { processID in
                let program = text("/proc/\(processID)/comm")?.split(separator: "\n").first ?? "?"
                return "\(program) (process \(processID))"
            }
    }

    /// The id of the process that listens on a port of this machine; nil when it cannot be told.
    package static func listenerID(on port: Int) -> Int? {
        // The kernel hands its table out in pieces; a socket may be missed while others come and go.
        for _ in 0..<5 {
            if let process = socketNumber(listeningOn: port).flatMap(holder) { return process }
        }
        return nil
    }

    private static func socketNumber(listeningOn port: Int) -> Substring? {
        let digits = String(port, radix: 16, uppercase: true)
        let wanted = ":" + String(repeating: "0", count: 4 - digits.count) + digits
        for path in ["/proc/net/tcp", "/proc/net/tcp6"] {
            for line in (text(path) ?? "").split(separator: "\n").dropFirst() {
                let columns = line.split(separator: " ")
                // Local address, state (0A is LISTEN) and inode (Linux kernel documentation, proc_net_tcp).
                if columns.count > 9, columns[1].hasSuffix(wanted), columns[3] == "0A" { return columns[9] }
            }
        }
        return nil
    }

    private static func holder(ofSocket number: Substring) -> Int? {
        for name in processIDs {
            for file in names(in: "/proc/\(name)/fd") {
                let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(name)/fd/\(file)")
                if target == "socket:[\(number)]" { return name }
            }
        }
        return nil
    }

    private static var processIDs: [Int] { names(in: "/proc").compactMap { Int($0) }.sorted() }

    /// The names in a folder whose entries come and go while it is read, which FileManager takes for an error.
    private static func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            )
        }
        return names
    }

    private static func text(_ path: String) -> String? {
        // Files of /proc have no size beforehand and come in pieces of whole lines. Data(contentsOf:) takes the first
        // short piece for the end, so that of many sockets only the first were seen.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        while true {
            var piece = [UInt8](repeating: 0, count: 65_536)
            let count = read(descriptor, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            if count < 0 { return nil }
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += piece[..<count]
        }
    }
}
