import ArgumentParser
import Backups
import Diagnostics
import FleetModel

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

struct BackupRestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Prints the document of a new instance that is restored from backups.",
        discussion: """
            Nothing is changed: put the document into your specifications and apply it.

              pgsteer backup restore orders --at 2026-11-22T03:00:00Z --as orders-old > specs/orders-old.yaml
            """
    )

    @Argument(help: "The instance whose backups are used.")
    var instance: String

    @Option(name: .customLong("as"), help: ArgumentHelp("The new instance.", valueName: "name"))
    var newName: String?

    @OptionGroup var moment: RestoreMoment
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let terminal = Terminal(global)
        do {
            let session = await FleetSession(global)
            let archives = try await session.archives(named: instance)
            let target = try moment.target
            let plan: RestorePlan
            do throws(RestoreRefusal) {
                plan = try RestorePlan.decide(
                    target,
                    of: instance,
                    in: archives,
                    now: Int(Date.now.timeIntervalSince1970)
                )
            } catch {
                throw BackupRefusal(description: error.message + (error.help.map { "\nhelp: \($0)" } ?? ""))
            }
            terminal.write(document(plan))
            terminal.tell(
                "from the backup \(plan.backup.id), with \(plan.pieces.count) files of the log; nothing was changed\n"
            )
        } catch let error as ValidationError {
            throw error
        } catch {
            throw terminal.failure(error)
        }
    }

    private func document(_ plan: RestorePlan) -> String {
        let moment =
            switch plan.target {
            case .latest: "at: latest"
            case .time(let time): "at: \"\(Moment.text(time))\""
            case .transaction(let number): "xid: \(number)"
            case .point(let name): "name: \"\(name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
            case .backup(let id): "backup: \(id)"
            }
        return """
            apiVersion: pgsteer/v1
            kind: Instance
            metadata: { name: \(newName ?? "\(instance)-restored") }
            spec:
              version: \(plan.backup.major)
              charset: \(plan.backup.charset)
              restore: { from: \(instance), \(moment) }

            """
    }
}

/// The moment that is to be restored, as options.
struct RestoreMoment: ParsableArguments {
    @Option(help: ArgumentHelp("The moment, with its zone, or latest.", valueName: "time"))
    var at: String?

    @Option(help: ArgumentHelp("The last transaction that is to be there.", valueName: "number"))
    var xid: UInt64?

    @Option(name: .customLong("name"), help: ArgumentHelp("A restore point.", valueName: "name"))
    var point: String?

    @Option(help: ArgumentHelp("The end of this backup.", valueName: "id"))
    var backup: String?

    func validate() throws {
        if [at != nil, xid != nil, point != nil, backup != nil].count(where: { $0 }) > 1 {
            throw ValidationError("give one of --at, --xid, --name and --backup")
        }
        _ = try target
    }

    var target: RestoreTarget {
        get throws {
            if let xid { return .transaction(xid) }
            if let point { return .point(point) }
            if let backup { return .backup(backup) }
            guard let at, at != "latest" else { return .latest }
            return .time(try MomentOption.seconds(at, of: "--at"))
        }
    }
}

/// Moments as options have them.
enum MomentOption {
    static func seconds(_ text: String, of option: String) throws -> Int {
        guard let seconds = Moment.seconds(text) else {
            throw ValidationError("\(option) is a time with its zone, such as 2026-11-22T03:00:00Z, not \(text)")
        }
        return seconds
    }
}
