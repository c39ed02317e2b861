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
            Instances remember their schedules, so no specifications are read. After a failure nothing is tried for ten \
            minutes. A timer may run it every minute.
            """
    )

    @OptionGroup var global: GlobalOptions

    @Option(name: .shortAndLong, help: "text or json.")
    var output = ReceiptFormat.text

    func run() async throws {
        let terminal = Terminal(global)
        do {
            let session = await FleetSession(global)
            let now = Int(Date.now.timeIntervalSince1970)
            let needs = try await DueBackups.all(in: session, now: now)
            if !needs.isEmpty {
                try await BackupRun(session: session).perform(DueBackups.plan(needs), parallelism: 1, output: output)
            }
            try await DrillRun.perform(DueDrills.names(in: session, now: now), session, output: output)
        } catch let code as ExitCode {
            throw code
        } catch {
            throw terminal.failure(error)
        }
    }
}

/// Which instances are to be backed up now.
enum DueBackups {
    /// Returns the needs of the instances that run, by name.
    static func all(in session: FleetSession, now: Int) async throws -> [(name: String, need: BackupNeed)] {
        let archives = Dictionary(session.local.keptArchives.filter { $0.removed == nil }.map { ($0.instance, $0) }) {
            first,
            _ in first
        }
        return try await session.local.observe().values.sorted { $0.name < $1.name }
            .compactMap { placement in
                guard placement.state == .running, let policy = placement.record.backup else { return nil }
                let archive = archives[placement.name]
                return
                    BackupNeed.decide(
                        schedule: policy.schedule.flatMap(CronSchedule.init),
                        starts: archive?.goodBackups.map(\.started) ?? [],
                        failed: archive?.failed,
                        now: now
                    )
                    .map { (placement.name, $0) }
            }
    }

    /// Returns a plan with one action for each need.
    static func plan(_ needs: [(name: String, need: BackupNeed)]) -> Plan {
        let actions = needs.enumerated()
            .map { index, item in
                let why =
                    switch item.need {
                    case .first: "its first one"
                    case .scheduled(let time): "due at \(Moment.text(time))"
                    }
                return Action(
                    id: "a\(index + 1)",
                    resource: .instance(item.name),
                    operation: .backup,
                    summary: "back up \(item.name), \(why)",
                    reason: .differs
                )
            }
        return Plan(changes: [], actions: actions, digest: "")
    }
}
