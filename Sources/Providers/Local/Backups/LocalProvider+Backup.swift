package import Backups
package import FleetModel
import Glibc
import PostgresClient
import SQL
import SideEffects

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// How far a backup is.
package struct BackupProgress: Hashable, Sendable {
    /// Of the data, before it is compressed.
    package var sent: ByteCount
    /// Nil until the server has counted it.
    package var total: ByteCount?
}

/// Makes and checks base backups with PostgreSQL's own programs.
extension LocalProvider {
    /// Makes a backup as the loop and `backup create` do.
    func backUp(_ name: String) async throws -> ProviderOutcome {
        _ = try await makeBackup(of: name) { _ in }
        return .performed
    }

    /// Makes a base backup of a running instance, and returns what it says of itself.
    ///
    /// It is made in a folder of another name, which gets its own when it is complete.
    ///
    /// - Parameters:
    ///   - isChecked: Whether it is unpacked and compared with the server's manifest afterwards.
    ///   - progress: Told about every second how far it is.
    package func makeBackup(
        of name: String,
        isChecked: Bool = true,
        progress: @escaping @Sendable (BackupProgress) -> Void
    ) async throws -> BackupRecord {
        let record = try record(of: name)
        let server = try server(name, record, record.primaryNode)
        guard record.state == .ready, LocalServer.processID(in: server.folder) != nil else {
            throw ProviderError(
                "no backup of \(name) was made: its primary does not run",
                help: "apply starts it, or lets its standby take over"
            )
        }
        let folder = try makeArchive(of: name, record)
        let lock = try BackupLock(folder, instance: name)
        defer { withExtendedLifetime(lock) {} }
        try removeLeftovers(in: folder)
        do {
            try await checkSpace(for: server, name, folder)
            let backup = try await copy(server, name, record, to: folder, progress)
            try noteFailure(nil, in: folder)
            return isChecked ? try await check(backup, in: folder, binaries: server.binaries) : backup
        } catch {
            try noteFailure(Int(Date.now.timeIntervalSince1970), in: folder)
            throw error
        }
    }

    /// Lets the next attempt wait for a while.
    private func noteFailure(_ time: Int?, in folder: ArchiveFolder) throws(ProviderError) {
        guard var record = LocalFiles.text(folder.record).flatMap(ArchiveRecord.init) else { return }
        record.failed = time
        try files.write(record.text, to: folder.record, mode: 0o644)
    }

    /// Removes what was begun and did not end, and ends what still works on it.
    func removeLeftovers(in folder: ArchiveFolder) throws(ProviderError) {
        let prefixes = [ArchiveFolder.unfinishedPrefix, ArchiveFolder.checkedPrefix, ArchiveFolder.removedPrefix]
        for entry in LocalFiles.names(in: folder.backups) where prefixes.contains(where: { entry.hasPrefix($0) }) {
            let path = folder.backup(entry)
            for processID in ProcessTable.processes(mentioning: path)
                + ProcessTable.processes(mentioning: "--pgdata=\(path)/data")
            {
                kill(pid_t(processID), SIGKILL)
            }
            try files.remove(path)
        }
    }

    // MARK: Making

    /// Refuses when the disk is too small; what earlier backups came down to is taken as a measure.
    private func checkSpace(for server: LocalServer, _ name: String, _ folder: ArchiveFolder) async throws {
        let rows = try await PostgresConnection.with(server.administration) { connection in
            try await connection.query(
                "SELECT sum(pg_catalog.pg_database_size(oid))::bigint AS bytes FROM pg_catalog.pg_database"
            )
        }
        let data = rows.first?.integer("bytes") ?? 0
        let last = archive(of: name)?.backups.last { $0.dataBytes > 0 }
        let ratio = last.map { min(1, 1.2 * Double($0.bytes) / Double($0.dataBytes)) } ?? 1
        try refuseWithoutSpace(Int(Double(data) * ratio), at: folder.path, for: "a backup of \(name)")
    }

    /// Refuses what would fill a disk.
    func refuseWithoutSpace(_ bytes: Int, at path: String, for purpose: String) throws(ProviderError) {
        guard let free = LocalFiles.freeBytes(at: path), free < bytes else { return }
        throw ProviderError(
            "\(purpose) needs about \(bytes >> 20) MiB, and \(free >> 20) MiB are free on the disk of \(path)",
            help: "free some space there; nothing was changed"
        )
    }

    private func copy(
        _ server: LocalServer,
        _ name: String,
        _ record: LocalRecord,
        to folder: ArchiveFolder,
        _ progress: @escaping @Sendable (BackupProgress) -> Void
    ) async throws -> BackupRecord {
        let started = Int(Date.now.timeIntervalSince1970)
        let id = freeID(started, in: folder)
        let unfinished = folder.backup(ArchiveFolder.unfinishedPrefix + id)
        try files.makeFolder(unfinished, mode: 0o700, owner: serverUser)
        let compression = await compression(of: server.binaries)
        files.effects.willPerform("pg_basebackup \(unfinished)")
        let result = try await Self.following(server.administration, progress) {
            try await ChildProcess.run(
                "\(server.binaries)/pg_basebackup",
                [
                    "--pgdata=\(unfinished)/data", "--format=tar", "--wal-method=stream", "--checkpoint=fast",
                    "--compress=\(compression.option)", "--label=pgsteer \(id)", "--no-password",
                    "--host=\(server.sockets)", "--port=\(server.port)", "--username=postgres",
                ],
                as: server.user
            )
        }
        guard result.isSuccess else {
            try? removeLeftovers(in: folder)
            throw ProviderError(
                "pg_basebackup could not make a backup of \(name)",
                help: LocalFiles.spaceWarning(at: folder.path),
                log: (result.output + result.errors).split(separator: "\n").suffix(8).map(String.init)
            )
        }
        let snapshot = try await PostgresConnection.with(server.administration) { connection in
            try await connection.query("SELECT pg_catalog.pg_current_snapshot()::text AS snapshot").first?["snapshot"]
        }
        if compression.name == "zstd" { try await compressLog(in: unfinished + "/data") }
        let manifest = try BackupManifest(path: unfinished + "/data/backup_manifest")
        let backup = BackupRecord(
            id: id,
            major: record.major,
            charset: record.charset,
            started: started,
            ended: Int(Date.now.timeIntervalSince1970.rounded(.up)),
            timeline: manifest.timeline,
            start: manifest.start,
            end: manifest.end,
            snapshot: snapshot ?? "",
            dataBytes: manifest.dataBytes,
            bytes: LocalFiles.size(of: unfinished + "/data"),
            compression: compression.name
        )
        try files.write(JSONFile.text(backup), to: unfinished + "/backup.json", mode: 0o600)
        try files.move(unfinished, to: folder.backup(id))
        return backup
    }

    /// pg_basebackup compresses the log that belongs to a backup with gzip only.
    private func compressLog(in data: String) async throws(ProviderError) {
        files.effects.willPerform("compress \(data)/pg_wal.tar")
        let result = try await ChildProcess.run(
            "/usr/bin/zstd",
            ["--rm", "--quiet", data + "/pg_wal.tar"],
            as: serverUser
        )
        guard result.isSuccess else {
            throw ProviderError("zstd could not compress \(data)/pg_wal.tar", log: [result.errors])
        }
    }

    private func freeID(_ time: Int, in folder: ArchiveFolder) -> String {
        var time = time
        while true {
            let id = Moment.text(time).replacing("-", with: "").replacing(":", with: "")
            if !LocalFiles.exists(folder.backup(id)) { return id }
            time += 1
        }
    }

    /// The best compression that the server's programs have and this host can unpack.
    private func compression(of binaries: String) async -> (option: String, name: String) {
        let configured = try? await ChildProcess.run("\(binaries)/pg_config", ["--configure"])
        let hasZstandard = configured?.output.contains("--with-zstd") ?? false
        return hasZstandard && access("/usr/bin/zstd", X_OK) == 0 ? ("client-zstd", "zstd") : ("client-gzip:1", "gzip")
    }

    /// Runs a body and tells meanwhile how far the server's backup is (PostgreSQL manual, section 28.4.6).
    private static func following(
        _ target: ConnectionTarget,
        _ progress: @escaping @Sendable (BackupProgress) -> Void,
        _ body: @escaping @Sendable () async throws -> ChildResult
    ) async throws -> ChildResult {
        let teller = Task {
            while !Task.isCancelled {
                try await Task.sleep(for: .seconds(1))
                let rows = try? await PostgresConnection.with(target) { connection in
                    try await connection.query(
                        "SELECT backup_streamed, backup_total FROM pg_catalog.pg_stat_progress_basebackup"
                    )
                }
                guard let row = rows?.first, let sent = row.integer("backup_streamed") else { continue }
                progress(
                    BackupProgress(
                        sent: ByteCount(bytes: sent),
                        total: row.integer("backup_total").map(ByteCount.init(bytes:))
                    )
                )
            }
        }
        defer { teller.cancel() }
        return try await body()
    }
}
