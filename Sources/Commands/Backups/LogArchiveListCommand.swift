import ArgumentParser
import Backups
import Diagnostics
import Providers

struct LogArchiveListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the archived files of the write-ahead log, and what is missing between them.",
        discussion: "The exit code is 1 when a file is missing that a restore from the newest backup would need."
    )

    @Argument(help: "The instance.")
    var instance: String

    @Option(help: ArgumentHelp("Only what was archived at this time or later.", valueName: "time"))
    var from: String?

    @Option(help: ArgumentHelp("Only what was archived at this time or before.", valueName: "time"))
    var to: String?

    @OptionGroup var global: GlobalOptions

    @Option(name: .shortAndLong, help: "table, wide, json, yaml or name.")
    var output = ListFormat.table

    func validate() throws { _ = try span }

    private var span: (Int, Int) {
        get throws {
            (
                try from.map { try MomentOption.seconds($0, of: "--from") } ?? .min,
                try to.map { try MomentOption.seconds($0, of: "--to") } ?? .max
            )
        }
    }

    func run() async throws {
        let terminal = Terminal(global)
        do {
            let session = await FleetSession(global)
            let archives = try await session.archives(named: instance)
            let (first, last) = try span
            let items = archives.flatMap { LogFileListing.all(in: $0) }
                .filter { item in item.time.map { (first...last).contains($0) } ?? true }
            try Listing.print(items, as: output, to: terminal)
            let gaps = archives.flatMap(\.gapsAfterLastBackup)
            guard let gap = gaps.first else { return }
            terminal.tell(
                "\(terminal.progressStyle.paint("error", .error)): \(gap) is missing: nothing after it can be restored from the newest backup\nhelp: make another one: pgsteer backup create \(instance)\n"
            )
            throw ExitCode(1)
        } catch let code as ExitCode {
            throw code
        } catch {
            throw terminal.failure(error)
        }
    }
}

/// A file of the log as it is listed.
struct LogFileListing: Listable {
    static let header = ["instance", "file", "timeline", "archived", "bytes"]

    var instance: String
    var file: String
    var timeline: Int
    /// Left out for a file that is missing.
    var archived: String?
    /// On disk, compressed.
    var bytes: Int?
    var isMissing: Bool

    fileprivate var time: Int?

    private enum CodingKeys: String, CodingKey { case instance, file, timeline, archived, bytes, isMissing }

    static func all(in archive: ObservedArchive) -> [LogFileListing] {
        let there = archive.log.files.map { LogFileListing(archive.instance, $0.key, $0.value) }
        let missing = archive.log.gaps.map { LogFileListing(archive.instance, $0, nil) }
        return (there + missing).sorted { $0.file < $1.file }
    }

    private init(_ instance: String, _ segment: LogSegment, _ kept: ArchivedLog.File?) {
        self.instance = instance
        file = segment.description
        timeline = Int(segment.timeline)
        archived = kept.map { Moment.text($0.archived) }
        bytes = kept?.bytes
        isMissing = kept == nil
        time = kept?.archived
    }

    var name: String { file }

    var row: [String] { [instance, file, String(timeline), archived ?? "MISSING", bytes.map(String.init) ?? "-"] }
}
