import Backups
import FleetModel
import PostgresClient
import SQL
import SideEffects

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Makes the data of new instances from backups and from instances that run.
extension LocalProvider {
    /// Copies a running instance.
    ///
    /// - Parameter prepare: Writes the new instance's own files over those of the other one.
    func clone(_ source: String, as server: LocalServer, prepare: (_ folder: String) throws(ProviderError) -> Void)
        async throws
    {
        let primary = try primary(of: source)
        guard LocalServer.processID(in: primary.folder) != nil else {
            throw ProviderError(
                "\(source) cannot be cloned: it does not run",
                help: "start it with apply, or restore it from its backups: restore: { from: \(source) }"
            )
        }
        try await server.makeData(
            by: "pg_basebackup",
            [
                "--host=\(primary.sockets)", "--port=\(primary.port)", "--username=postgres", "--no-password",
                "--wal-method=stream", "--checkpoint=fast",
            ],
            prepare: prepare
        )
    }

    /// Unpacks a backup and replays the log up to a moment, on a server that nobody can reach.
    ///
    /// All of it happens in a folder of another name; the data gets its own when it has been promoted and stopped.
    func restore(
        _ target: RestoreTarget,
        of source: String,
        as server: LocalServer,
        prepare: (_ folder: String) throws(ProviderError) -> Void
    ) async throws {
        var plan = try restorePlan(target, of: source)
        if plan.needsEnd {
            try await archiveEnd(of: source)
            plan = try restorePlan(target, of: source)
        }
        try refuseWithoutSpace(plan.backup.dataBytes, at: server.folder.path, for: "restoring \(plan.backup.id)")
        let unfinished = try server.unfinishedData()
        let replaying = server.replacing(folder: unfinished)
        try await replay(plan, as: replaying, prepare: prepare)
        _ = try await replaying.stop()
        try files.remove(unfinished.restoreConfiguration)
        try server.adopt(unfinished.data)
    }

    /// Unpacks a backup as the data of a server, and returns when the server has replayed the log and taken over.
    ///
    /// - Parameter settings: What wins over all other parameters of the server.
    func replay(
        _ plan: RestorePlan,
        as server: LocalServer,
        settings: [(String, String)] = [],
        prepare: (_ folder: String) throws(ProviderError) -> Void
    ) async throws {
        let folder = home.archive(of: plan.instance, id: plan.instanceID)
        do {
            try await unpack(folder.backup(plan.backup.id) + "/data", to: server.folder.data)
        } catch let error as UnpackError {
            throw ProviderError(
                "the backup \(plan.backup.id) of \(plan.instance) is damaged: \(error)",
                help: "see: pgsteer backup verify \(plan.instance)"
            )
        }
        try prepare(server.folder.data)
        let text = Self.restoreConfiguration(plan, log: folder.log, settings)
        try files.write(text, to: server.folder.restoreConfiguration, mode: 0o600, owner: serverUser)
        try files.write("", to: server.folder.data + "/recovery.signal", mode: 0o600, owner: serverUser)
        try await replay(server, plan)
    }

    func restorePlan(_ target: RestoreTarget, of source: String) throws(ProviderError) -> RestorePlan {
        do throws(RestoreRefusal) {
            return try RestorePlan.decide(
                target,
                of: source,
                in: archives(of: source),
                now: Int(Date.now.timeIntervalSince1970)
            )
        } catch {
            throw ProviderError(error.message, help: error.help)
        }
    }

    /// What a server reads that replays up to a moment (PostgreSQL manual, section 20.5.6).
    private static func restoreConfiguration(_ plan: RestorePlan, log: String, _ others: [(String, String)]) -> String {
        var settings = [
            ("restore_command", ArchiveScript.restoreCommand(log: log)),
            (
                "recovery_target_timeline",
                plan.timeline == plan.backup.timeline ? "current" : String(plan.timeline)
            ),
            ("recovery_target_action", "promote"),
            // Nobody can connect before it is over, so none of the parameters must be as large as the other instance's.
            ("hot_standby", "off"), ("archive_mode", "off"), ("listen_addresses", ""),
        ]
        switch plan.target {
        case .latest: break
        case .time(let time):
            // The server reads this before it knows the abbreviations of time zones, Z among them.
            settings.append(("recovery_target_time", Moment.text(time).replacing("Z", with: "+00")))
        case .transaction(let number): settings.append(("recovery_target_xid", String(number)))
        case .point(let name): settings.append(("recovery_target_name", name))
        case .backup: settings.append(("recovery_target", "immediate"))
        }
        let lines = (settings + others).map { "\($0.0) = \(ServerConfiguration.quoted($0.1))" }
        return "# Written by pgsteer for the time of a restore.\n" + lines.joined(separator: "\n") + "\n"
    }

    /// Starts a server that replays, and returns when it has taken over from the log.
    private func replay(_ server: LocalServer, _ plan: RestorePlan) async throws {
        let offset = server.logSize
        do {
            _ = try await server.start()
            while true {
                let isReplaying = try? await PostgresConnection.with(server.administration) { connection in
                    try await connection.query("SELECT pg_catalog.pg_is_in_recovery() AS yes").first?.isTrue("yes")
                }
                if isReplaying == false { return }
                guard LocalServer.processID(in: server.folder) != nil else {
                    throw ProviderError("it ended", log: server.logLines(since: offset))
                }
                try await Task.sleep(for: .milliseconds(20))
            }
        } catch let error as ProviderError {
            throw failure(of: plan, server.logText(since: offset), error)
        }
    }

    private func failure(of plan: RestorePlan, _ log: String, _ error: ProviderError) -> ProviderError {
        guard log.contains("recovery ended before configured recovery target was reached") else {
            return ProviderError(
                "the backup \(plan.backup.id) of \(plan.instance) could not be replayed up to \(plan.target)",
                help: error.help,
                log: error.log
            )
        }
        let last = log.split(separator: "\n").last { $0.contains("last completed transaction was at log time") }
        let time = last?.split(separator: "log time ").last.map(String.init)
        return ProviderError(
            "the log of \(plan.instance) ends before \(plan.target)"
                + (time.map { "; its last transaction was at \($0)" } ?? ""),
            help: "restore up to a moment that it has, or to the end: at: latest"
        )
    }
}

extension LocalServer {
    /// The same server with its data in another folder.
    func replacing(folder: NodeFolder) -> LocalServer {
        LocalServer(folder: folder, port: port, sockets: sockets, binaries: binaries, user: user, files: files)
    }
}
