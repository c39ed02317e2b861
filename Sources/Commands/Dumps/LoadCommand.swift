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

struct LoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Loads a dump into a database of an instance: of pgsteer dump, pg_dump, or any SQL for psql.",
        discussion: """
              pgsteer load orders shop shop.dump
              pgsteer load orders shop shop.dump --single-transaction    all or nothing
              zcat shop.sql.gz | pgsteer load orders shop -

            What is made belongs to the owner of the database. Exit code 1, with a list, when not everything was loaded; \
            owners, privileges and remarks that could not be set are told apart and are no failure.
            """
    )

    @Argument(help: "The instance.")
    var name: String

    @Argument(help: "The database; it must be there.")
    var database: String

    @Argument(help: ArgumentHelp("A file, a folder, or - for stdin.", valueName: "path"), completion: .file())
    var path: String

    @Flag(help: "All or nothing: the first mistake undoes everything.")
    var singleTransaction = false

    @Flag(help: "Load it although the database's charset may lack some characters.")
    var convert = false

    @OptionGroup var choice: DumpChoice
    @OptionGroup var global: GlobalOptions

    @Option(name: .shortAndLong, help: "text or json.")
    var output = ReceiptFormat.text

    func validate() throws {
        if singleTransaction, choice.jobs ?? 1 > 1 {
            throw ValidationError("--single-transaction is one session, --jobs are several: one of the two")
        }
    }

    private struct Document: Encodable {
        var formatVersion = "1.0"
        var instance: String
        var database: String
        var isComplete: Bool
        var tables: Int
        var failures: [DumpProblem]
        var harmless: [DumpProblem]
    }

    private struct Outcome {
        var report = LoadReport()
        var tables = 0
        var isSuccess = false
        var lastLines: [String] = []

        /// Whether everything that holds data or structure is there.
        var isComplete: Bool { report.failures.isEmpty && (isSuccess || !report.harmless.isEmpty) }
    }

    func run() async throws {
        let terminal = Terminal(global)
        do {
            let session = await FleetSession(global)
            let target = try await DumpTarget(session, instance: name, database: database)
            let source = try LoadSource(path)
            try check(source, target, terminal)
            let progress = TransferProgress(
                terminal: terminal,
                verb: "loading \(database)",
                totalBytes: source.format == .plain ? source.totalBytes : nil
            )
            source.begin()
            try finish(try await load(source, target, progress, run: session.run), terminal)
        } catch let code as ExitCode {
            throw code
        } catch {
            throw terminal.failure(error)
        }
    }

    /// What would fail in the middle is refused at the beginning.
    private func check(_ source: LoadSource, _ target: DumpTarget, _ terminal: Terminal) throws {
        if source.format == .plain, !choice.selection.isEverything {
            throw ProviderError(
                "a script for psql is loaded as a whole; --table, --schema and --part choose from an archive only",
                help: "dump it with -f custom or -f directory"
            )
        }
        guard let charset = source.charset else { return }
        switch DumpCharset.verdict(of: charset, into: target.charset) {
        case .same: return
        case .converts: terminal.tell("the dump is in \(charset), \(database) in \(target.charset): it is converted\n")
        case .mayFail where convert: return
        case .mayFail:
            throw ProviderError(
                "the dump is in \(charset) and the database \(database) in \(target.charset), which may lack characters; nothing was loaded",
                help: "load it into a database with the charset \(charset), or add --convert to try"
            )
        }
    }

    private func load(_ source: LoadSource, _ target: DumpTarget, _ progress: TransferProgress, run: String)
        async throws -> Outcome
    {
        let arguments = target.arguments(choice)
        // The administrator needs no change of role to itself.
        let role = choice.withPermissions || target.owner == "postgres" ? nil : target.owner
        let isScript = source.format == .plain
        let list = singleTransaction && !isScript ? try await listWithoutRemarks(source, target) : nil
        defer { if let list { unlink(list) } }
        let words =
            isScript
            ? arguments.runningScript(role: role, inOneTransaction: singleTransaction)
            : arguments.restoring(
                choice.selection,
                from: source.path,
                role: role,
                list: list,
                inOneTransaction: singleTransaction
            )
        let tool = isScript ? "psql" : "pg_restore"
        var messages = ToolMessages(tool: tool)
        var outcome = Outcome()
        func take(_ events: [ToolMessages.Event]) {
            for event in events {
                switch event {
                case .problem(let problem): outcome.report.add(problem)
                case .table(let name):
                    outcome.tables += 1
                    progress.begin(table: name)
                }
            }
        }
        let watcher = progress.watch { source.position }
        defer { progress.end(watcher) }
        outcome.isSuccess = try await ToolProcess.run(
            target.tools.program(tool),
            words,
            // A script may call programs of the host: then as the user who runs the servers, who may do so by SQL as well.
            as: isScript ? SystemUser.caller.isRoot ? SystemUser.named("postgres") : nil : nil,
            environment: [
                "PGAPPNAME": "pgsteer/\(run)", "PGOPTIONS": "-c client_min_messages=warning -c statement_timeout=0",
            ],
            input: source.descriptor
        ) { take(messages.add($0)) }
        take(messages.finish())
        outcome.lastLines = messages.lastLines
        return outcome
    }

    /// Writes the list of an archive's parts without remarks on extensions, which belong to the extension's owner: in one
    /// transaction they would undo everything. Nil for stdin, which can be read only once.
    private func listWithoutRemarks(_ source: LoadSource, _ target: DumpTarget) async throws -> String? {
        guard let path = source.path else { return nil }
        let listed = try await ChildProcess.run(target.tools.program("pg_restore"), ["--list", path])
        guard listed.isSuccess else { throw ProviderError("could not read \(path)", log: [listed.errors]) }
        let kept = listed.output.split(separator: "\n").filter { !$0.contains(" COMMENT - EXTENSION ") }
        let file = "/tmp/pgsteer-list-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        try kept.joined(separator: "\n").write(toFile: file, atomically: false, encoding: .utf8)
        return file
    }

    private func finish(_ outcome: Outcome, _ terminal: Terminal) throws {
        let report = outcome.report
        if !outcome.isSuccess, report.failures.isEmpty, report.harmless.isEmpty || singleTransaction {
            let problems = report.harmless.map { $0.statement.map { "\($0)" } ?? $0.message }
            throw ProviderError(
                "could not load \(path) into \(database) of \(name); nothing is known to be loaded",
                help: singleTransaction ? "all was undone" : nil,
                log: problems.isEmpty ? outcome.lastLines : problems
            )
        }
        if output == .json {
            try terminal.write(
                json: Document(
                    instance: name,
                    database: database,
                    isComplete: outcome.isComplete,
                    tables: outcome.tables,
                    failures: report.failures,
                    harmless: report.harmless
                )
            )
        } else {
            tell(report, terminal)
            if outcome.isComplete {
                let tables = outcome.tables == 0 ? "" : ", data of \(FigureText.count(outcome.tables, "table"))"
                terminal.write("Loaded \(path == "-" ? "stdin" : path) into \(database) of \(name)\(tables).\n")
            } else if singleTransaction {
                terminal.write("Nothing was loaded into \(database) of \(name): all was undone.\n")
            } else {
                terminal.write("Not everything was loaded into \(database) of \(name); see above.\n")
            }
        }
        if !outcome.isComplete { throw ExitCode(1) }
    }

    private func tell(_ report: LoadReport, _ terminal: Terminal) {
        let style = terminal.progressStyle
        for problem in report.failures {
            let what = problem.object.map { "\($0.visible): " } ?? ""
            terminal.tell("\(style.paint("not loaded", .error)): \(what)\(problem.message.visibleLines)\n")
            if let statement = problem.statement { terminal.tell("  in: \(statement.visible)\n") }
        }
        if report.followers > 0 {
            terminal.tell(
                "  \(report.followers) errors more only follow from those: data that was taken for statements\n"
            )
        }
        if !report.harmless.isEmpty {
            let count = report.harmless.count
            terminal.tell(
                "\(style.paint("left out", .warning)): \(count) owners, privileges or remarks that could not be set; the data is all there\n"
            )
            for problem in report.harmless.prefix(5) {
                terminal.tell("  \((problem.statement ?? problem.message).visible): \(problem.message.visible)\n")
            }
            if count > 5 { terminal.tell("  and \(count - 5) more\n") }
        }
    }
}
