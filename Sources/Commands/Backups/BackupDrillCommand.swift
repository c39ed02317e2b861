import ArgumentParser
import Backups
import Diagnostics
import FleetModel
import Providers
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

struct BackupDrillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drill",
        abstract: "Tries a restore: makes a scratch server from the backups, checks every row of it, and removes it.",
        discussion: """
            It says how long a restore takes and how old the newest commit is that would come back. Rows and indexes are \
            checked with amcheck where the server has it; else everything is read. backup.drill lets run-due do it by \
            schedule. The exit code is 1 when the restore would not have worked.
            """
    )

    @OptionGroup var selection: InstanceSelection
    @OptionGroup var global: GlobalOptions

    @Option(name: .shortAndLong, help: "text or json.")
    var output = ReceiptFormat.text

    func run() async throws {
        let terminal = Terminal(global)
        do {
            let session = await FleetSession(global)
            try await DrillRun.perform(try await selection.chosen(session), session, output: output)
        } catch let code as ExitCode {
            throw code
        } catch {
            throw terminal.failure(error)
        }
    }
}

/// A restore that was tried, as it is listed.
struct DrillListing: Encodable {
    var instance: String
    var time: String
    var backup: String
    /// How many files of the log were replayed.
    var files: Int
    var restoreSeconds: Double?
    var checkSeconds: Double?
    var databases: Int?
    /// How old the newest commit was that came back.
    var lostSeconds: Int?
    var problem: String?

    init(_ result: DrillResult, of instance: String) {
        self.instance = instance
        time = Moment.text(result.time)
        backup = result.backup
        files = result.files
        restoreSeconds = result.restoreSeconds.map { ($0 * 10).rounded() / 10 }
        checkSeconds = result.checkSeconds.map { ($0 * 10).rounded() / 10 }
        databases = result.databases
        lostSeconds = result.lostSeconds
        problem = result.problem
    }

    var sentence: String {
        if let problem { return "The restore of \(instance) from \(backup) FAILED: \(problem.visibleLines)" }
        let lost = lostSeconds.map { "; the newest commit that came back was \($0) s old" } ?? ""
        return
            "The restore of \(instance) from \(backup) and \(files) files of the log took \(restoreSeconds ?? 0) s, checking \(databases ?? 0) databases \(checkSeconds ?? 0) s\(lost)."
    }
}

/// Tries restores as a run of its own, with progress and history.
enum DrillRun {
    private struct Document: Encodable {
        var formatVersion = "1.0"
        var items: [DrillListing]
    }

    static func perform(_ names: [String], _ session: FleetSession, output: ReceiptFormat) async throws {
        if names.isEmpty { return }
        let actions = names.enumerated()
            .map { index, name in
                Action(
                    id: "a\(index + 1)",
                    resource: .instance(name),
                    operation: .backup,
                    summary: "try a restore of \(name)",
                    reason: .differs
                )
            }
        let results = Mutex<[DrillListing]>([])
        let local = session.local
        let run = PromptedRun(verb: "drill", session: session)
        let receipt = try await run.perform(Plan(changes: [], actions: actions, digest: "")) { action in
            let name = action.resource.instance
            let result = DrillListing(try await local.drill(name), of: name)
            results.withLock { $0.append(result) }
            if let problem = result.problem { throw BackupRefusal(description: problem) }
            return .performed
        }
        let items = results.withLock(\.self)
        switch output {
        case .json: try session.terminal.write(json: Document(items: items))
        case .text: for item in items { session.terminal.write(item.sentence + "\n") }
        }
        try receipt.stopOnFailure()
    }
}
