import FleetModel
import Glibc
import SideEffects

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// One file of a server's log.
package struct LogFile: Codable, Hashable, Sendable {
    package var node: Int
    package var path: String
    package var bytes: Int
    /// When it was written last.
    package var modified: Date
    /// Whether the server still writes it.
    package var isCurrent: Bool

    package var name: String { path.split(separator: "/").last.map(String.init) ?? path }
}

extension LocalProvider {
    /// Returns the files of an instance's logs, for each node the oldest first; the last one is being written.
    ///
    /// - Parameter node: The number of a node; nil for all.
    package nonisolated func logFiles(of name: String, node: Int? = nil) throws(ProviderError) -> [LogFile] {
        let record = try record(of: name)
        if let node, record.node(node) == nil {
            let numbers = record.nodes.map { String($0.number) }.joined(separator: ", ")
            throw ProviderError("\(name) has no node \(node)", help: "its nodes are \(numbers)")
        }
        return record.nodes.map(\.number).filter { node == nil || $0 == node }
            .flatMap { LogRotation.files(in: home.folder(of: name).node($0), node: $0) }
    }

    /// Where the server of a node writes its log now, whether there is a file yet or not.
    package nonisolated func currentLog(of name: String, node: Int) -> String { home.folder(of: name).node(node).log }

    /// Returns the end of an instance's server log; empty when there is none on this host.
    package nonisolated func recentLog(of name: String) -> String {
        let number = (try? record(of: name))?.primary ?? 1
        var rest = 4 << 20
        var parts: [String] = []
        for file in LogRotation.files(in: home.folder(of: name).node(number), node: number).reversed() where rest > 0 {
            parts.append(LocalFiles.end(of: file.path, bytes: rest))
            rest -= file.bytes
        }
        return parts.reversed().joined()
    }

    /// Whether there is anything for `tendLogs` to do; only looks.
    package nonisolated func hasLogsToTend(of name: String) -> Bool {
        guard let record = try? record(of: name), record.state == .ready else { return false }
        let policy = record.ownership.logs ?? LogPolicy()
        return record.nodes.contains { node in
            LogRotation(folder: home.folder(of: name).node(node.number), files: files, user: serverUser)
                .isNeeded(policy)
        }
    }

    /// Gives the logs of an instance that have become too large another name, and removes what has been kept for long
    /// enough; returns whether there was anything to do.
    ///
    /// - Parameter isForced: Whether the logs are begun anew whatever their size is.
    package func tendLogs(of name: String, isForced: Bool = false) async throws(ProviderError) -> ProviderOutcome {
        let record = try record(of: name)
        guard record.state == .ready, let lock = try LogLock(of: name, home: home) else { return .alreadyDone }
        defer { withExtendedLifetime(lock) {} }
        let policy = record.ownership.logs ?? LogPolicy()
        var hasActed = false
        for node in record.nodes {
            let rotation = LogRotation(folder: home.folder(of: name).node(node.number), files: files, user: serverUser)
            if try await rotation.tend(policy, isForced: isForced) { hasActed = true }
        }
        return hasActed ? .performed : .alreadyDone
    }
}

/// Begins the log of one server anew without losing a line, while the server runs.
///
/// The server's own log collector writes `server.log` and keeps it open. So the file gets another name first, and goes on
/// growing under it; then the collector is told to open `server.log` again, as `pg_ctl logrotate` does it. When pgsteer is
/// killed in between, there is no `server.log`, and the next look tells the collector (docs/decisions/0015).
struct LogRotation {
    let folder: NodeFolder
    let files: LocalFiles
    let user: SystemUser?

    /// Returns the files of a node's log, the oldest first.
    static func files(in folder: NodeFolder, node: Int) -> [LogFile] {
        let old = LocalFiles.names(in: folder.logs).filter { $0.hasPrefix(oldPrefix) && $0.hasSuffix(".log") }
        return (old.map { folder.logs + "/" + $0 } + [folder.log])
            .compactMap { path in
                var status = stat()
                guard stat(path, &status) == 0 else { return nil }
                let modified = Date(timeIntervalSince1970: Double(status.st_mtim.tv_sec))
                return LogFile(
                    node: node,
                    path: path,
                    bytes: Int(status.st_size),
                    modified: modified,
                    isCurrent: path == folder.log
                )
            }
    }

    private static let oldPrefix = "server-"

    /// Whether a log has become too large, an old one is kept no longer, or a running server has none.
    func isNeeded(_ policy: LogPolicy) -> Bool {
        let logs = Self.files(in: folder, node: 0)
        guard let current = logs.last(where: \.isCurrent) else { return LocalServer.processID(in: folder) != nil }
        return current.bytes > policy.maxSize.bytes || !expired(logs, policy).isEmpty
    }

    private func expired(_ logs: [LogFile], _ policy: LogPolicy) -> [LogFile] {
        let end = Date.now - Double(policy.keepSeconds)
        return logs.filter { !$0.isCurrent && $0.modified < end }
    }

    /// Returns whether there was anything to do.
    func tend(_ policy: LogPolicy, isForced: Bool) async throws(ProviderError) -> Bool {
        var hasActed = false
        let isRunning = LocalServer.processID(in: folder) != nil
        // A server that was started by an earlier version writes to its first file for ever, until it is restarted.
        if !isRunning || LocalFiles.exists(folder.data + "/current_logfiles") {
            let size = Self.files(in: folder, node: 0).last { $0.isCurrent }?.bytes ?? 0
            if size > (isForced ? 0 : policy.maxSize.bytes) {
                try files.move(folder.log, to: oldPath)
                hasActed = true
            }
            if isRunning, !LocalFiles.exists(folder.log) {
                try await reopen()
                hasActed = true
            }
        }
        return try removeOld(policy) || hasActed
    }

    /// The time stands in the name, so that the names are in the order of the files; two in a second are told apart.
    private var oldPath: String {
        let time = Date.now.formatted(.iso8601).replacing("-", with: "").replacing(":", with: "")
        var path = "\(folder.logs)/\(Self.oldPrefix)\(time).log"
        var number = 2
        while LocalFiles.exists(path) {
            path = "\(folder.logs)/\(Self.oldPrefix)\(time)_\(number).log"
            number += 1
        }
        return path
    }

    /// Tells the collector to open its file again, and returns when it has.
    private func reopen() async throws(ProviderError) {
        guard let processID = LocalServer.processID(in: folder) else { return }
        files.effects.willPerform("let the server in \(folder.data) begin a new log")
        try files.touch(folder.data + "/logrotate", owner: user)
        kill(pid_t(processID), SIGUSR1)
        let deadline = ContinuousClock.now + .seconds(30)
        while !LocalFiles.exists(folder.log) {
            guard ContinuousClock.now < deadline else {
                throw ProviderError(
                    "the server in \(folder.data) has not begun a new log within 30 seconds",
                    help: "it goes on with the old one; nothing is lost, and the next run asks it again"
                )
            }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Not while there is no new file: the collector still writes the last of the old ones then.
    private func removeOld(_ policy: LogPolicy) throws(ProviderError) -> Bool {
        let old = expired(Self.files(in: folder, node: 0), policy)
        guard !old.isEmpty, LocalFiles.exists(folder.log) else { return false }
        for file in old { try files.remove(file.path) }
        return true
    }
}
