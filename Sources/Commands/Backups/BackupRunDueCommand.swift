import ArgumentParser
import Backups
import FleetModel
import Providers

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

struct BackupRunDueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run-due",
        abstract: "Makes the backups whose time has come, and removes those that are kept no longer; for a timer.",
        discussion: """
            Instances remember their schedules, so no specifications are read. A backup that failed is tried again after 15 \
            seconds, and later each time, up to an hour. A timer may run it every minute. Where the loop (pgsteer run) \
            keeps the home, it makes what is due, and no timer is needed; both together make nothing twice.
            """
    )

    @OptionGroup var global: GlobalOptions

    @Option(name: .shortAndLong, help: "text or json.")
    var output = ReceiptFormat.text

    func run() async throws {
        let terminal = Terminal(global)
        do {
            let session = await FleetSession(global)
            let due = DueBackups(session.local, now: Int(Date.now.timeIntervalSince1970))
            if !due.backups.isEmpty {
                let run = BackupRun(session: session, onlyDue: true)
                try await run.perform(due.plan, parallelism: 1, output: output)
            }
            try await DrillRun.perform(due.drills, session, output: output)
        } catch let code as ExitCode {
            throw code
        } catch {
            throw terminal.failure(error)
        }
    }
}

/// What is to be done now for the backups of a home's instances.
struct DueBackups {
    var backups: [(name: String, need: BackupNeed)] = []
    var drills: [String] = []

    init(_ local: LocalProvider, now: Int) {
        for name in local.backupPolicies.keys.sorted() {
            switch local.backupDuty(of: name, now: now) {
            case .backup(let need): backups.append((name, need))
            case .drill: drills.append(name)
            case nil: continue
            }
        }
    }

    /// One action for each backup.
    var plan: Plan {
        let actions = backups.enumerated()
            .map { index, item in
                Action(
                    id: "a\(index + 1)",
                    resource: .instance(item.name),
                    operation: .backup,
                    summary: "back up \(item.name), \(item.need)",
                    reason: .differs
                )
            }
        return Plan(changes: [], actions: actions, digest: "")
    }
}
