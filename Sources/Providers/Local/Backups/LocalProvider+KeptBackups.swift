package import Backups
import FleetModel
import SideEffects

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Checks and removes base backups.
extension LocalProvider {
    // MARK: Checking

    /// Compares a backup with the manifest that the server gave it, and writes down what came out.
    ///
    /// The backup is unpacked beside itself; only from PostgreSQL 18 on the server's program reads it as it is.
    package func checkBackup(_ id: String, of name: String, instanceID: String) async throws -> BackupRecord {
        let folder = home.archive(of: name, id: instanceID)
        guard let backup = LocalFiles.text(folder.backup(id) + "/backup.json").flatMap(BackupRecord.init) else {
            throw ProviderError("\(name) has no backup \(id)", help: "see: pgsteer backup list \(name)")
        }
        guard let binaries = binaries.folders[backup.major] else { throw missing(major: backup.major) }
        let lock = try BackupLock(folder, instance: name, for: "check")
        defer { withExtendedLifetime(lock) {} }
        try removeLeftovers(in: folder)
        return try await check(backup, in: folder, binaries: binaries)
    }

    func check(_ backup: BackupRecord, in folder: ArchiveFolder, binaries: String) async throws -> BackupRecord {
        var backup = backup
        let data = folder.backup(backup.id) + "/data"
        let problem: String?
        if backup.major >= 18 {
            problem = try await self.problem(
                by: ["--format=tar", "--no-parse-wal", "--quiet", data],
                binaries: binaries
            )
        } else {
            try refuseWithoutSpace(backup.dataBytes, at: folder.path, for: "checking the backup \(backup.id)")
            let scratch = folder.backup(ArchiveFolder.checkedPrefix + backup.id)
            do {
                try await unpack(data, to: scratch)
                problem = try await self.problem(by: ["--quiet", scratch], binaries: binaries)
            } catch let error as UnpackError {
                problem = error.description
            } catch {
                try? files.remove(scratch)
                throw error
            }
            try files.remove(scratch)
        }
        backup.verification = BackupRecord.Verification(time: Int(Date.now.timeIntervalSince1970), problem: problem)
        try files.write(JSONFile.text(backup), to: folder.backup(backup.id) + "/backup.json", mode: 0o600)
        return backup
    }

    /// Nil when the server's own program finds none.
    private func problem(by arguments: [String], binaries: String) async throws(ProviderError) -> String? {
        let result = try await ChildProcess.run("\(binaries)/pg_verifybackup", arguments, as: serverUser)
        if result.isSuccess { return nil }
        try refuseVerdict(of: "pg_verifybackup", result)
        let lines = (result.errors + result.output).split(separator: "\n").prefix(3)
        return lines.isEmpty ? "pg_verifybackup ended with \(result.status)" : lines.joined(separator: "; ")
    }

    /// Takes the end of a program for no verdict about a backup where something else ended it: a signal, or a full disk.
    private func refuseVerdict(of program: String, _ result: ChildResult) throws(ProviderError) {
        if result.isSignalled {
            throw ProviderError("\(program) was ended before it had checked everything (\(result.status))")
        }
        if result.errors.contains("No space left on device") {
            throw ProviderError(
                "the backup could not be checked: the disk is full",
                help: "free some space on the disk of the backups, and check it again: pgsteer backup verify"
            )
        }
    }

    /// Why a backup cannot be unpacked.
    struct UnpackError: Error, CustomStringConvertible { var description: String }

    /// Unpacks a backup into a folder that is made for it.
    func unpack(_ data: String, to folder: String) async throws {
        try files.makeFolder(folder, mode: 0o700, owner: serverUser)
        let names = LocalFiles.names(in: data)
        // A tablespace would have to get a place of its own.
        if let other = names.first(where: { $0.first?.isNumber ?? false }) {
            throw ProviderError("the backup has a tablespace (\(other)), which cannot be unpacked yet")
        }
        for (archive, place) in [("base.tar", folder), ("pg_wal.tar", folder + "/pg_wal")] {
            guard let name = names.first(where: { $0 == archive || $0.hasPrefix(archive + ".") }) else {
                throw UnpackError(description: "\(archive) is missing")
            }
            files.effects.willPerform("unpack \(data)/\(name)")
            let result = try await ChildProcess.run(
                "/bin/tar",
                ["--extract", "--file=\(data)/\(name)", "--directory=\(place)", "--no-same-owner"],
                as: serverUser
            )
            guard result.isSuccess else {
                try refuseVerdict(of: "tar", result)
                let lines = result.errors.split(separator: "\n").prefix(2).joined(separator: "; ")
                throw UnpackError(description: "\(name) cannot be unpacked: \(lines)")
            }
        }
        let manifest = LocalFiles.text(data + "/backup_manifest") ?? ""
        try files.write(manifest, to: folder + "/backup_manifest", mode: 0o600, owner: serverUser)
    }

    // MARK: Removing

    /// Removes one backup.
    package func removeBackup(_ id: String, of name: String, instanceID: String) throws {
        let folder = home.archive(of: name, id: instanceID)
        let lock = try BackupLock(folder, instance: name, for: "removal")
        defer { withExtendedLifetime(lock) {} }
        try remove(id, in: folder)
    }

    /// Removes everything that is kept of an instance that is gone.
    package func removeArchive(of name: String, instanceID: String) throws {
        let folder = home.archive(of: name, id: instanceID)
        let lock = try BackupLock(folder, instance: name, for: "removal")
        defer { withExtendedLifetime(lock) {} }
        try removeArchive(folder, of: name)
    }

    private func remove(_ id: String, in folder: ArchiveFolder) throws(ProviderError) {
        let removed = folder.backup(ArchiveFolder.removedPrefix + id)
        try files.remove(removed)
        try files.move(folder.backup(id), to: removed)
        try files.remove(removed)
    }

    /// Removes what no moment of the time for which backups are kept needs any more; returns what went.
    package func removeExpired(of name: String) throws -> ExpiredParts {
        let record = try record(of: name)
        let folder = archiveFolder(of: name, record)
        guard let archive = archive(of: name) else { return ExpiredParts(backups: [], segments: []) }
        let lock = try BackupLock(folder, instance: name, for: "removal")
        defer { withExtendedLifetime(lock) {} }
        let parts = ExpiredParts.decide(
            archive,
            keep: record.ownership.backup?.keep.flatMap(Retention.init),
            now: Int(Date.now.timeIntervalSince1970)
        )
        for backup in parts.backups { try remove(backup.id, in: folder) }
        for segment in parts.segments { try files.remove("\(folder.log)/\(segment).gz") }
        return parts
    }
}
