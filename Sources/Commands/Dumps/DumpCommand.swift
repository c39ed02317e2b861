import ArgumentParser
import Diagnostics
import FleetModel
import Glibc
import LogicalDumps
import Providers

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

struct DumpCommand: AsyncParsableCommand {
    enum FormatName: String, ExpressibleByArgument, CaseIterable {
        case plain
        case custom
        case directory
    }

    static let configuration = CommandConfiguration(
        commandName: "dump",
        abstract: "Writes a database of an instance to a file that psql or pg_restore can load anywhere.",
        discussion: """
              pgsteer dump orders shop --to shop.dump              custom: compressed, for pgsteer load and pg_restore
              pgsteer dump orders shop -f directory --to shop.d    a file for each table, several at a time
              pgsteer dump orders shop -f plain | gzip > shop.gz   SQL for psql, to stdout

            A dump that is not complete never has the name it was to have.
            """
    )

    @Argument(help: "The instance.")
    var name: String

    @Argument(help: "The database.")
    var database: String

    @Option(help: ArgumentHelp("The file or folder; stdout without it.", valueName: "path"), completion: .file())
    var to: String?

    @Option(name: .shortAndLong, help: "plain, custom or directory; custom by default.")
    var format = FormatName.custom

    @Flag(help: "Replace what is there.")
    var replace = false

    @OptionGroup var choice: DumpChoice
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if format == .directory, to == nil { throw ValidationError("the format directory needs --to FOLDER") }
        if to == nil, format == .custom, isatty(STDOUT_FILENO) == 1 {
            throw ValidationError("a dump of the format custom is not for a terminal; add --to FILE, or -f plain")
        }
        if choice.jobs ?? 1 > 1, format != .directory {
            throw ValidationError("--jobs needs -f directory: the other formats are one stream")
        }
    }

    func run() async throws {
        let terminal = Terminal(global)
        do {
            if let to, !replace, access(to, F_OK) == 0 {
                throw ProviderError(
                    "\(to) is there already; nothing was dumped",
                    help: "choose another name, or add --replace"
                )
            }
            let session = await FleetSession(global)
            let target = try await DumpTarget(session, instance: name, database: database)
            let count = choice.table.isEmpty && choice.schema.isEmpty ? target.tableCount : nil
            let progress = TransferProgress(terminal: terminal, verb: "dumping \(database)", totalObjects: count)
            let path = to.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
            let unfinished = path.map { $0 + ".unfinished" }
            if let unfinished { try? FileManager.default.removeItem(atPath: unfinished) }
            let tables = try await dump(target, to: unfinished, progress, session.run)
            guard let path, let unfinished else { return }
            let bytes = Self.size(of: unfinished)
            try finish(unfinished, as: path)
            terminal.write(
                "Dumped \(database) of \(name) to \(path): \(FigureText.bytes(bytes)), data of \(FigureText.count(tables, "table")), \(target.charset).\n"
            )
        } catch {
            throw terminal.failure(error)
        }
    }

    /// Returns how many tables were dumped with their data.
    private func dump(_ target: DumpTarget, to path: String?, _ progress: TransferProgress, _ run: String) async throws
        -> Int
    {
        let words = target.arguments(choice).dumping(choice.selection, as: format.format, to: path)
        var messages = ToolMessages(tool: "pg_dump")
        var problems: [DumpProblem] = []
        var tables = 0
        func take(_ events: [ToolMessages.Event]) {
            for event in events {
                switch event {
                case .problem(let problem): problems.append(problem)
                case .table(let name):
                    tables += 1
                    progress.begin(table: name)
                }
            }
        }
        let watcher = progress.watch { path.map(Self.size) }
        defer { progress.end(watcher) }
        let isSuccess = try await ToolProcess.run(
            target.tools.program("pg_dump"),
            words,
            environment: ["PGAPPNAME": "pgsteer/\(run)"],
            output: path == nil ? STDOUT_FILENO : nil
        ) { take(messages.add($0)) }
        take(messages.finish())
        guard isSuccess else {
            if let path { try? FileManager.default.removeItem(atPath: path) }
            throw ProviderError(
                "could not dump \(database) of \(name)\(path == nil ? "; what was written to stdout is not complete" : "")",
                log: problems.isEmpty ? messages.lastLines : problems.map(\.message)
            )
        }
        return tables
    }

    /// Gives a complete dump its name, after it is on the disk.
    private func finish(_ unfinished: String, as path: String) throws {
        let files =
            format == .directory
            ? (try FileManager.default.contentsOfDirectory(atPath: unfinished)).map { "\(unfinished)/\($0)" } : []
        for file in files + [unfinished] {
            let descriptor = open(file, O_RDONLY | O_CLOEXEC)
            if descriptor >= 0 {
                fsync(descriptor)
                close(descriptor)
            }
        }
        // A folder cannot be renamed over another one.
        if replace, format == .directory { try? FileManager.default.removeItem(atPath: path) }
        guard rename(unfinished, path) == 0 else {
            throw ProviderError("could not rename \(unfinished) to \(path): \(String(cString: strerror(errno)))")
        }
    }

    /// The bytes of a file, or of all files of a folder.
    static func size(of path: String) -> Int {
        var status = stat()
        guard stat(path, &status) == 0 else { return 0 }
        guard status.st_mode & S_IFMT == S_IFDIR else { return Int(status.st_size) }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.reduce(0) { $0 + size(of: "\(path)/\($1)") }
    }
}

extension DumpChoice {
    var selection: DumpSelection {
        DumpSelection(tables: table, schemas: schema, part: part.flatMap { DumpPart(rawValue: $0.rawValue) })
    }
}

extension DumpCommand.FormatName {
    var format: DumpFormat {
        switch self {
        case .plain: .plain
        case .custom: .custom
        case .directory: .directory
        }
    }
}
