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
        let (record, server, folder) = try serverToBackUp(name)
        let lock = try BackupLock(folder, instance: name, for: "backup")
        defer { withExtendedLifetime(lock) {} }
        return try await makeBackup(of: name, record, server, in: folder, isChecked: isChecked, progress)
    }

    /// Makes the backup that is due; nil when none is, or when somebody else works on the backups of the instance.
    ///
    /// What is due is decided under the lock: of all who come for the same backup, one makes it.
    package func makeDueBackup(
        of name: String,
        progress: @escaping @Sendable (BackupProgress) -> Void
    ) async throws -> BackupRecord? {
        let (record, server, folder) = try serverToBackUp(name)
        guard let lock = try BackupLock(free: folder, for: "backup") else { return nil }
        defer { withExtendedLifetime(lock) {} }
        guard case .backup = backupDuty(of: name, now: Int(Date.now.timeIntervalSince1970)) else { return nil }
        return try await makeBackup(of: name, record, server, in: folder, isChecked: true, progress)
    }

    private func serverToBackUp(_ name: String) throws(ProviderError) -> (LocalRecord, LocalServer, ArchiveFolder) {
        let record = try record(of: name)
        let server = try server(name, record, record.primaryNode)
        guard record.state == .ready, LocalServer.processID(in: server.folder) != nil else {
            throw ProviderError(
                "no backup of \(name) was made: its primary does not run",
                help: "apply starts it, or lets its standby take over"
            )
        }
        if let copy = record.copy {
            throw ProviderError(
                "no backup of \(name) was made: the migration \(copy.migration) fills it from \(copy.source)",
                help: "back up \(copy.source), or wait until the migration has ended"
            )
        }
        return (record, server, try makeArchive(of: name, record))
    }

    /// The caller has the lock.
    private func makeBackup(
        of name: String,
        _ record: LocalRecord,
        _ server: LocalServer,
        in folder: ArchiveFolder,
        isChecked: Bool,
        _ progress: @escaping @Sendable (BackupProgress) -> Void
    ) async throws -> BackupRecord {
        try removeLeftovers(in: folder)
        let process = LocalServer.processID(in: server.folder)
        do {
            try await checkSpace(for: server, name, folder)
            let backup = try await copy(server, name, record, to: folder, progress)
            let checked = isChecked ? try await check(backup, in: folder, binaries: server.binaries) : backup
            if let problem = checked.verification?.problem {
                throw ProviderError("the backup \(backup.id) of \(name) is damaged: \(problem)")
            }
            try noteFailure(nil, in: folder)
            return checked
        } catch {
            try? removeLeftovers(in: folder)
            // Who ended it knows that; it is no failure of the instance's.
            if Task.isCancelled { throw CancellationError() }
            let failure = explained(error, name, hasMoved: LocalServer.processID(in: server.folder) != process)
            try noteFailure(failure, in: folder)
            throw failure
        }
    }

    /// Says why a backup failed, where pg_basebackup knows only that its connection went away.
    private nonisolated func explained(_ error: any Error, _ name: String, hasMoved: Bool) -> any Error {
        hasMoved ? brokenOff(name) : error
    }

    private nonisolated func brokenOff(_ name: String) -> ProviderError {
        ProviderError(
            "the backup of \(name) was broken off: its primary was stopped or restarted, or another node took over",
            help: "nothing is lost; what is due is made again"
        )
    }

    /// Lets the next attempt wait, longer each time.
    private func noteFailure(_ error: (any Error)?, in folder: ArchiveFolder) throws(ProviderError) {
        guard var record = LocalFiles.text(folder.record).flatMap(ArchiveRecord.init) else { return }
        record.failure = error.map { error in
            BackupFailure(
                time: Int(Date.now.timeIntervalSince1970),
                count: (record.failure?.count ?? 0) + 1,
                problem: (error as? ProviderError)?.line ?? "\(error)"
            )
        }
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
        try await baseBackup(server, name, id, into: unfinished, compression.option, folder, progress)
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

    private func baseBackup(
        _ server: LocalServer,
        _ name: String,
        _ id: String,
        into unfinished: String,
        _ compression: String,
        _ folder: ArchiveFolder,
        _ progress: @escaping @Sendable (BackupProgress) -> Void
    ) async throws {
        files.effects.willPerform("pg_basebackup \(unfinished)")
        let result = try await Self.following(server.administration, progress) {
            try await ChildProcess.run(
                "\(server.binaries)/pg_basebackup",
                [
                    "--pgdata=\(unfinished)/data", "--format=tar", "--wal-method=stream", "--checkpoint=fast",
                    "--compress=\(compression)", "--label=pgsteer \(id)", "--no-password",
                    "--host=\(server.sockets)", "--port=\(server.port)", "--username=postgres",
                ],
                as: server.user
            )
        }
        // Whoever stops its primary ends it first, while that still runs.
        if result.isSignalled { throw brokenOff(name) }
        guard result.isSuccess else {
            let isFull = result.errors.contains("No space left on device")
            throw ProviderError(
                "pg_basebackup could not make a backup of \(name)",
                help: isFull
                    ? "the disk of \(folder.backups) is full: free some space there; what was half made is removed"
                    : LocalFiles.spaceWarning(at: folder.path),
                log: (result.output + result.errors).split(separator: "\n").suffix(8).map(String.init)
            )
        }
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
