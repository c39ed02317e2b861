import Backups
import FleetModel
import Providers

/// A base backup as it is listed.
struct BackupListing: Listable {
    static let header = ["instance", "id", "ended", "seconds", "data", "size", "checked"]
    static let wideHeader = header + ["version", "compression", "timeline", "start", "end", "instance id"]

    var instance: String
    var id: String
    /// The id of the instance, which another instance of the same name does not have.
    var instanceID: String
    /// Whether the instance is gone.
    var isInstanceGone: Bool
    var version: Int
    var started: String
    /// The earliest moment that it can be restored to.
    var ended: String
    var seconds: Int
    var dataBytes: Int
    var bytes: Int
    var compression: String
    var timeline: Int
    var startPosition: String
    var endPosition: String
    /// When it was last compared with the server's manifest.
    var checked: String?
    /// What was wrong with it then.
    var problem: String?

    init(_ backup: BackupRecord, of archive: ObservedArchive) {
        instance = archive.instance
        id = backup.id
        instanceID = archive.instanceID
        isInstanceGone = archive.removed != nil
        version = backup.major
        started = Moment.text(backup.started)
        ended = Moment.text(backup.ended)
        seconds = backup.ended - backup.started
        dataBytes = backup.dataBytes
        bytes = backup.bytes
        compression = backup.compression
        timeline = Int(backup.timeline)
        startPosition = backup.start
        endPosition = backup.end
        checked = backup.verification.map { Moment.text($0.time) }
        problem = backup.verification?.problem
    }

    static func all(in archives: [ObservedArchive]) -> [BackupListing] {
        archives.flatMap { archive in archive.backups.map { BackupListing($0, of: archive) } }
    }

    var name: String { "\(instance)/\(id)" }

    var row: [String] {
        [
            isInstanceGone ? "\(instance) (gone)" : instance, id, ended, String(seconds),
            ByteCount(bytes: dataBytes).rounded, ByteCount(bytes: bytes).rounded,
            problem.map { "DAMAGED: \($0)" } ?? checked ?? "no",
        ]
    }

    var wideRow: [String] {
        row + [String(version), compression, String(timeline), startPosition, endPosition, instanceID]
    }
}

extension FleetSession {
    /// Returns what is kept of an instance, or of all; an instance that has nothing yet is no mistake.
    func archives(named name: String?) async throws -> [ObservedArchive] {
        guard let name else { return local.keptArchives }
        let archives = local.archives(of: name)
        if archives.isEmpty, try await provider.observe(name) == nil {
            let known = Set(try await provider.observe().keys).union(local.keptArchives.map(\.instance))
            throw UnknownInstanceError(name: name, known: Array(known))
        }
        return archives
    }

    /// Returns the archive that has a backup, with the backup: by its id, else the newest one.
    func backup(_ id: String?, of name: String) async throws -> (archive: ObservedArchive, backup: BackupRecord) {
        let archives = try await archives(named: name)
        let all = archives.flatMap { archive in archive.backups.map { (archive: archive, backup: $0) } }
        let found = id.map { id in all.first { $0.backup.id == id } } ?? all.max { $0.backup.ended < $1.backup.ended }
        if let found { return found }
        throw UnknownBackupError(instance: name, id: id, known: all.map(\.backup.id))
    }
}

/// A backup that is not there.
struct UnknownBackupError: Error, CustomStringConvertible {
    var instance: String
    var id: String?
    var known: [String]

    var description: String {
        guard let id, !known.isEmpty else {
            return "there is no backup of \(instance)\nhelp: make one: pgsteer backup create \(instance)"
        }
        return
            "\(instance) has no backup \(id)\nhelp: there are \(known.sorted().suffix(5).joined(separator: ", "))"
    }
}
