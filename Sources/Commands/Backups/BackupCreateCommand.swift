import ArgumentParser
import Backups
import Execution
import FleetModel
import Glibc
import Providers
import Synchronization

struct BackupCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Makes a base backup of instances now: by name, by tags, or all.",
        discussion: """
            Everything else goes on meanwhile. The backup is compared with the server's own manifest before it counts as \
            good. An instance needs no backup key for this; without one its log is not archived, and the backup can be \
            restored to its own end only.
            """
    )

    @OptionGroup var selection: InstanceSelection
    @OptionGroup var global: GlobalOptions

    @Flag(help: "Do not unpack and check it afterwards.")
    var noVerify = false

    @Option(name: .shortAndLong, help: "text or json.")
    var output = ReceiptFormat.text

    func run() async throws {
        let terminal = Terminal(global)
        do {
            let session = await FleetSession(global)
            let names = try await selection.chosen(session)
            let makes = BackupRun(session: session, isChecked: !noVerify)
            try await makes.perform(
                selection.plan(for: names, .backup, impact: .none) { "back up \($0)" },
                parallelism: selection.batch,
                output: output
            )
        } catch let code as ExitCode {
            throw code
        } catch {
            throw terminal.failure(error)
        }
    }
}

/// Makes backups as a run of its own, with progress and history.
struct BackupRun {
    private struct Document: Encodable {
        var formatVersion = "1.0"
        var items: [BackupListing]
    }

    let session: FleetSession
    var isChecked = true
    /// Whether only what is due is made: what somebody else makes meanwhile is not made twice.
    var onlyDue = false

    /// Performs a plan of backups, prints what was made, and ends the command when something was not.
    func perform(_ plan: Plan, parallelism: Int, output: ReceiptFormat) async throws {
        let made = Mutex<[String: BackupRecord]>([:])
        let teller = BackupProgressTeller(terminal: session.terminal)
        let run = PromptedRun(verb: "backup", session: session, parallelism: parallelism)
        let local = session.local
        let (isChecked, onlyDue) = (isChecked, onlyDue)
        let receipt = try await run.perform(plan) { action in
            let name = action.resource.instance
            let tell: @Sendable (BackupProgress) -> Void = { teller.tell($0, of: name) }
            if onlyDue {
                guard let backup = try await local.makeDueBackup(of: name, progress: tell) else { return .alreadyDone }
                made.withLock { $0[name] = backup }
            } else {
                let backup = try await local.makeBackup(of: name, isChecked: isChecked, progress: tell)
                made.withLock { $0[name] = backup }
            }
            _ = try await local.removeExpired(of: name)
            return .performed
        }
        let archives = session.local.keptArchives
        let listings = made.withLock(\.self).sorted { $0.key < $1.key }
            .compactMap { name, backup in
                archives.first { $0.instance == name && $0.removed == nil }.map { BackupListing(backup, of: $0) }
            }
        switch output {
        case .json: try session.terminal.write(json: Document(items: listings))
        case .text:
            for item in listings {
                let checked = item.checked == nil ? "not checked" : "checked"
                session.terminal.write(
                    "Backed up \(item.instance): \(item.id), \(ByteCount(bytes: item.bytes).rounded) for \(ByteCount(bytes: item.dataBytes).rounded) of data, \(checked).\n"
                )
            }
        }
        try receipt.stopOnFailure()
    }
}

/// Tells how far backups are: one live line on a terminal, a plain line now and then elsewhere.
final class BackupProgressTeller: Sendable {
    private let terminal: Terminal
    private let isLive = isatty(STDERR_FILENO) == 1
    private let lastTold = Mutex(ContinuousClock.now)

    init(terminal: Terminal) {
        self.terminal = terminal
    }

    func tell(_ progress: BackupProgress, of name: String) {
        let total = progress.total.map { " of \($0.rounded)" } ?? ""
        let share =
            progress.total.map { total in
                total.bytes > 0 ? ", \(min(100, progress.sent.bytes * 100 / total.bytes)) %" : ""
            } ?? ""
        let line = "\(name): \(progress.sent.rounded)\(total)\(share)"
        if isLive { return terminal.tell("\r\u{1B}[2K\(line)") }
        let isTime = lastTold.withLock { last in
            guard ContinuousClock.now - last > .seconds(10) else { return false }
            last = .now
            return true
        }
        if isTime { terminal.tell(line + "\n") }
    }
}
