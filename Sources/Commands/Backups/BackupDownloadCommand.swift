import ArgumentParser
import Backups
import FleetModel
import Providers

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

struct BackupDownloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "download",
        abstract: "Writes a base backup as one tar.",
        discussion: """
            The tar holds what pg_basebackup wrote (base.tar and pg_wal.tar, compressed, and the manifest) and what the backup \
            says of itself. It grows as FILE.part; a command that was interrupted goes on where it ended.
            """
    )

    @Argument(help: "The instance.")
    var instance: String

    @Argument(help: "The id of the backup; the newest one by default.")
    var id: String?

    @Option(
        help: ArgumentHelp("The file to write; INSTANCE-ID.tar by default.", valueName: "file"),
        completion: .file()
    )
    var out: String?

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let terminal = Terminal(global)
        do {
            let session = await FleetSession(global)
            let (archive, backup) = try await session.backup(id, of: instance)
            let path = AbsolutePath.of(out ?? "\(instance)-\(backup.id).tar")
            if FileManager.default.fileExists(atPath: path) {
                throw BackupRefusal(description: "\(path) is there already; nothing was written")
            }
            try await session.local.download(
                backup.id,
                of: instance,
                instanceID: archive.instanceID,
                to: path
            )
            terminal.write("Wrote the backup \(backup.id) of \(instance) to \(path).\n")
        } catch {
            throw terminal.failure(error)
        }
    }
}

struct LogArchiveDownloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "download",
        abstract: "Writes archived files of the write-ahead log into a folder, as the server wrote them.",
        discussion: "By time or by name; without either, all. Files that are there already are not written again."
    )

    @Argument(help: "The instance.")
    var instance: String

    @Option(help: ArgumentHelp("What was archived at this time or later.", valueName: "time"))
    var from: String?

    @Option(help: ArgumentHelp("What was archived at this time or before.", valueName: "time"))
    var to: String?

    @Option(help: ArgumentHelp("The first file.", valueName: "name"))
    var first: String?

    @Option(help: ArgumentHelp("The last file.", valueName: "name"))
    var last: String?

    @Option(help: ArgumentHelp("The folder to write to.", valueName: "folder"), completion: .directory)
    var directory: String

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        _ = try times
        _ = try names
    }

    private var times: ClosedRange<Int> {
        get throws {
            let first = try from.map { try MomentOption.seconds($0, of: "--from") } ?? .min
            let last = try to.map { try MomentOption.seconds($0, of: "--to") } ?? .max
            guard first <= last else { throw ValidationError("--from is not after --to") }
            return first...last
        }
    }

    private var names: (LogSegment?, LogSegment?) {
        get throws {
            func segment(_ text: String?, _ option: String) throws -> LogSegment? {
                guard let text else { return nil }
                guard let segment = LogSegment(text) else {
                    throw ValidationError(
                        "\(option) is a file of the log, such as 000000010000000000000004, not \(text)"
                    )
                }
                return segment
            }
            return (try segment(first, "--first"), try segment(last, "--last"))
        }
    }

    func run() async throws {
        let terminal = Terminal(global)
        do {
            let session = await FleetSession(global)
            let (times, names) = (try times, try names)
            var (written, found) = (0, 0)
            for archive in try await session.archives(named: instance) {
                let segments = archive.log.files.filter { segment, file in
                    times.contains(file.archived) && names.0.map { $0.number <= segment.number } ?? true
                        && names.1.map { segment.number <= $0.number } ?? true
                }
                found += segments.count
                written += try await session.local.download(
                    segments.keys.sorted(),
                    of: archive,
                    to: AbsolutePath.of(directory)
                )
            }
            terminal.write("Wrote \(written) of \(found) files to \(directory); the others were there already.\n")
        } catch {
            throw terminal.failure(error)
        }
    }
}

/// Paths as the caller means them.
private enum AbsolutePath {
    static func of(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }
}
