package import Backups
import FleetModel
import PostgresClient
import SQL
import SideEffects

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Tries whether an instance could be restored from what is kept of it.
extension LocalProvider {
    /// Restores the newest backup and everything archived into a scratch server, checks every row and index of it, and
    /// removes it again.
    ///
    /// The result is written into the archive, also when it is bad.
    package func drill(_ name: String) async throws -> DrillResult {
        guard let archive = archive(of: name) ?? archives(of: name).last else {
            throw ProviderError("nothing is kept of \(name)", help: "make a backup: pgsteer backup create \(name)")
        }
        let folder = home.archive(of: name, id: archive.instanceID)
        let lock = try BackupLock(folder, instance: name, for: "restore drill")
        defer { withExtendedLifetime(lock) {} }
        return try await drill(name, in: folder)
    }

    /// Tries the restore that is due; nil when none is, or when somebody else works on the backups of the instance.
    package func drillIfDue(_ name: String) async throws -> DrillResult? {
        let folder = archiveFolder(of: name, try record(of: name))
        guard let lock = try BackupLock(free: folder, for: "restore drill") else { return nil }
        defer { withExtendedLifetime(lock) {} }
        guard backupDuty(of: name, now: Int(Date.now.timeIntervalSince1970)) == .drill else { return nil }
        return try await drill(name, in: folder)
    }

    /// The caller has the lock.
    private func drill(_ name: String, in folder: ArchiveFolder) async throws -> DrillResult {
        let started = ContinuousClock.now
        let time = Int(Date.now.timeIntervalSince1970)
        let plan = try restorePlan(.latest, of: name)
        guard let binaries = binaries.folders[plan.backup.major] else { throw missing(major: plan.backup.major) }
        let scratch = InstanceFolder(path: "\(home.drills)/\(name)")
        let server = LocalServer(
            folder: NodeFolder(path: scratch.path, dataName: NodeFolder.unfinishedPrefix + "drill"),
            port: Self.drillPort,
            sockets: scratch.sockets,
            binaries: binaries,
            user: serverUser,
            files: files
        )
        try removeDrill(server, scratch)
        var result = DrillResult(time: time, backup: plan.backup.id, files: plan.pieces.count)
        do {
            try refuseWithoutSpace(plan.backup.dataBytes, at: folder.path, for: "a restore drill of \(name)")
            for path in [scratch.path, scratch.sockets, server.folder.logs] {
                try files.makeFolder(path, mode: 0o755, owner: serverUser)
            }
            try await replay(plan, as: server, settings: Self.drillSettings(scratch)) { data throws(ProviderError) in
                try self.removeForeignFiles(in: data)
            }
            result.restoreSeconds = started.seconds
            try await look(server, name, &result)
            result.problem = try await problem(in: server)
            result.checkSeconds = started.seconds - (result.restoreSeconds ?? 0)
        } catch {
            // A drill that somebody ended says nothing about the backups.
            if Task.isCancelled || !(error is ProviderError) {
                try? removeDrill(server, scratch)
                throw error
            }
            result.problem = "\(error)"
        }
        try removeDrill(server, scratch)
        if Task.isCancelled { throw CancellationError() }
        try remember(result, in: folder)
        return result
    }

    /// It is reached by its socket alone, in a folder of its own.
    private static let drillPort = 5432

    /// What the scratch server must not have of the instance that it is a copy of.
    private static func drillSettings(_ scratch: InstanceFolder) -> [(String, String)] {
        [
            ("port", String(drillPort)), ("unix_socket_directories", scratch.sockets), ("cluster_name", "drill"),
            ("synchronous_standby_names", ""), ("shared_buffers", "64MB"), ("huge_pages", "off"),
            ("shared_preload_libraries", ""),
        ]
    }

    private func removeDrill(_ server: LocalServer, _ scratch: InstanceFolder) throws(ProviderError) {
        try server.removeUnfinished()
        try files.remove(scratch.path)
        // Only the last one leaves it empty.
        files.removeIfEmpty(home.drills)
    }

    /// Sees how far the log led, and what the instance has by now that it did not lead to.
    private func look(_ server: LocalServer, _ name: String, _ result: inout DrillResult) async throws {
        let rows = try await PostgresConnection.with(server.administration) { connection in
            try await connection.query(
                """
                SELECT extract(epoch FROM pg_catalog.pg_last_xact_replay_timestamp())::bigint AS time,
                    (SELECT count(*) FROM pg_catalog.pg_database WHERE datallowconn) AS databases
                """
            )
        }
        result.databases = rows.first?.integer("databases")
        result.reached = rows.first?.integer("time")
    }

    /// Reads everything: with amcheck rows and indexes, else what a dump reads; nil when nothing is wrong.
    private func problem(in server: LocalServer) async throws -> String? {
        let hasCheck = try await PostgresConnection.with(server.administration) { connection in
            try await connection.query("SELECT FROM pg_catalog.pg_available_extensions WHERE name = 'amcheck'")
                .isEmpty == false
        }
        let place = ["--host=\(server.sockets)", "--port=\(server.port)", "--username=postgres", "--no-password"]
        let result: ChildResult
        if hasCheck {
            files.effects.willPerform("check the restored data in \(server.folder.data)")
            result = try await ChildProcess.run(
                "\(server.binaries)/pg_amcheck",
                place + ["--all", "--install-missing", "--jobs=2"],
                as: serverUser
            )
        } else {
            files.effects.willPerform("read the restored data in \(server.folder.data)")
            result = try await ChildProcess.run(
                "\(server.binaries)/pg_dumpall",
                place + ["--no-role-passwords", "--file=/dev/null"],
                as: serverUser
            )
        }
        if result.isSuccess { return nil }
        return (result.errors + result.output).split(separator: "\n").prefix(3).joined(separator: "; ")
    }

    private func remember(_ result: DrillResult, in folder: ArchiveFolder) throws(ProviderError) {
        guard var record = LocalFiles.text(folder.record).flatMap(ArchiveRecord.init) else { return }
        record.drill = result
        try files.write(record.text, to: folder.record, mode: 0o644)
    }
}

extension ContinuousClock.Instant {
    /// How long ago it was, in seconds.
    fileprivate var seconds: Double { duration(to: .now).seconds }
}
