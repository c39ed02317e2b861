package import Backups
import FleetModel
import Glibc
import PostgresClient
import SQL
import SideEffects

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The archives of a home: what is kept, and how servers come to keep it.
extension LocalProvider {
    nonisolated func archiveFolder(of name: String, _ record: LocalRecord) -> ArchiveFolder {
        home.archive(of: name, id: record.id)
    }

    nonisolated func archiveCommands(of name: String, _ record: LocalRecord) -> ArchiveCommands {
        ArchiveScript.commands(archiveFolder(of: name, record))
    }

    /// Makes the folders of an instance's archive, and what its servers call.
    @discardableResult
    func makeArchive(of name: String, _ record: LocalRecord) throws(ProviderError) -> ArchiveFolder {
        let folder = archiveFolder(of: name, record)
        try files.makeFolder(folder.path, mode: 0o755)
        for path in [folder.log, folder.backups] { try files.makeFolder(path, mode: 0o700, owner: serverUser) }
        if !LocalFiles.exists(folder.record) {
            try files.write(ArchiveRecord(instance: name, id: record.id).text, to: folder.record, mode: 0o644)
        }
        try files.write(ArchiveScript.text(log: folder.log), to: folder.script, mode: 0o755)
        return folder
    }

    /// Lets the servers archive their log, or no longer, as the record says.
    func archive(_ name: String) async throws -> ProviderOutcome {
        var record = try record(of: name)
        if record.ownership.backup != nil {
            try makeArchive(of: name, record)
            record.hasArchiver = true
        }
        var hasChanged = try write(record, of: name)
        for node in record.nodes {
            let server = try server(name, record, node)
            guard server.folder.takesConfiguration else { continue }
            let text = configuration(of: name, record, node).nodeFile
            let isWritten = try files.write(
                text,
                to: server.folder.nodeConfiguration,
                mode: 0o600,
                owner: serverUser
            )
            hasChanged = hasChanged || isWritten
            guard LocalServer.processID(in: server.folder) != nil else { continue }
            try await PostgresConnection.with(server.administration) { connection in
                if !server.isStandby { try await self.resetOverridden(connection) }
                files.effects.willPerform("reload the configuration")
                try await connection.reload()
            }
        }
        return hasChanged ? .performed : .alreadyDone
    }

    // MARK: What is there

    /// Returns what is kept of all instances, also of those that are gone.
    package nonisolated func archives() async throws -> [ObservedArchive] { keptArchives }

    /// What is kept of all instances, also of those that are gone.
    package nonisolated var keptArchives: [ObservedArchive] {
        LocalFiles.names(in: home.backups).flatMap { archives(of: $0) }
    }

    /// Returns what is kept of the instances that have or had a name.
    package nonisolated func archives(of name: String) -> [ObservedArchive] {
        LocalFiles.names(in: home.archives(of: name)).filter { $0.hasPrefix("pg-") }
            .map { archive(in: home.archive(of: name, id: $0), instance: name, id: $0) }
    }

    /// Returns the archive of an instance that is there; nil when it has none.
    package nonisolated func archive(of name: String) -> ObservedArchive? {
        guard let record = try? record(of: name), LocalFiles.exists(archiveFolder(of: name, record).path) else {
            return nil
        }
        return archive(in: archiveFolder(of: name, record), instance: name, id: record.id)
    }

    /// - Parameter readsLog: Whether the files of the log are looked at, of which there may be ten thousands.
    nonisolated func archive(in folder: ArchiveFolder, instance: String, id: String, readsLog: Bool = true)
        -> ObservedArchive
    {
        let record = LocalFiles.text(folder.record).flatMap(ArchiveRecord.init)
        let owner = (try? self.record(of: instance)).flatMap { $0.id == id ? $0 : nil }
        let backups = LocalFiles.names(in: folder.backups).filter { !$0.hasPrefix(".") }
            .compactMap { LocalFiles.text(folder.backup($0) + "/backup.json").flatMap(BackupRecord.init) }
        var archive = ObservedArchive(
            instance: instance,
            instanceID: id,
            isRunning: owner.map {
                $0.ownership.backup != nil
                    && LocalServer.processID(in: home.folder(of: instance).node($0.primary)) != nil
            } ?? false,
            removed: owner == nil ? record?.removed ?? 0 : nil,
            backups: backups,
            log: readsLog ? Self.log(in: folder.log) : ArchivedLog()
        )
        archive.failure = record?.failure
        archive.drill = record?.drill
        archive.policy = owner?.ownership.backup
        return archive
    }

    private static func log(in folder: String) -> ArchivedLog {
        var log = ArchivedLog()
        for name in LocalFiles.names(in: folder) {
            if name.hasSuffix(".history"), let timeline = UInt32(name.dropLast(".history".count), radix: 16) {
                log.origins[timeline] = LocalFiles.text("\(folder)/\(name)").flatMap(ArchivedLog.Origin.init(history:))
            }
            guard name.hasSuffix(".gz"), let segment = LogSegment(String(name.dropLast(3))) else { continue }
            var status = stat()
            guard stat("\(folder)/\(name)", &status) == 0 else { continue }
            log.files[segment] = ArchivedLog.File(
                bytes: Int(status.st_size),
                archived: Int(status.st_mtim.tv_sec)
            )
        }
        return log
    }

    // MARK: The end of the log

    /// Lets a running instance archive what it has written up to now, and returns when it has.
    func archiveEnd(of name: String) async throws {
        let record = try record(of: name)
        let folder = archiveFolder(of: name, record)
        let segment = try await PostgresConnection.with(administration(of: name, node: nil)) { connection in
            files.effects.willPerform("end the file of the log that \(name) writes now")
            // The commit is what a moment before it can be told from.
            try await connection.execute("SELECT pg_catalog.pg_current_xact_id()")
            return try await connection
                .query(
                    "SELECT pg_catalog.pg_walfile_name(pg_catalog.pg_switch_wal()) AS name"
                )
                .first?["name"]
        }
        guard let segment else { return }
        let deadline = ContinuousClock.now + .seconds(120)
        while !LocalFiles.exists("\(folder.log)/\(segment).gz") {
            guard ContinuousClock.now < deadline else {
                throw ProviderError(
                    "\(name) has not archived \(segment) within 120 seconds",
                    help: "see what its server says: pgsteer describe \(name)"
                )
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Archives what a dead primary had finished and could not archive any more: its successor takes it for archived.
    func archiveLeft(in server: LocalServer, of name: String, _ record: LocalRecord) async throws {
        let log = server.folder.data + "/pg_wal"
        guard record.ownership.backup != nil, LocalServer.processID(in: server.folder) == nil else { return }
        let folder = archiveFolder(of: name, record)
        for file in LocalFiles.names(in: log + "/archive_status") where file.hasSuffix(".ready") {
            let segment = String(file.dropLast(".ready".count))
            files.effects.willPerform("archive \(segment)")
            // One that cannot be archived is a gap, which is told.
            _ = try await ChildProcess.run(
                "/bin/sh",
                [folder.script, "\(log)/\(segment)", segment],
                as: serverUser
            )
        }
    }

    /// Keeps what an instance that goes has left behind, where there is a backup among it; else removes it.
    func closeArchive(of name: String, _ record: LocalRecord) throws(ProviderError) {
        let folder = archiveFolder(of: name, record)
        guard LocalFiles.exists(folder.path) else { return }
        let archive = archive(in: folder, instance: name, id: record.id)
        if archive.backups.isEmpty { return try removeArchive(folder, of: name) }
        var closed =
            LocalFiles.text(folder.record).flatMap(ArchiveRecord.init) ?? ArchiveRecord(instance: name, id: record.id)
        guard closed.removed == nil else { return }
        closed.removed = Int(Date.now.timeIntervalSince1970)
        try files.write(closed.text, to: folder.record, mode: 0o644)
    }

    /// Removes an archive with everything in it, and the folders that are empty then.
    func removeArchive(_ folder: ArchiveFolder, of name: String) throws(ProviderError) {
        try files.remove(folder.path)
        for path in [home.archives(of: name), home.backups] { files.removeIfEmpty(path) }
    }
}
