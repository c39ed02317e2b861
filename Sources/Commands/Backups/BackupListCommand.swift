import ArgumentParser
import Backups
import Diagnostics
import Providers

struct BackupListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists base backups, also of instances that are gone, and what can be restored."
    )

    @Argument(help: ArgumentHelp("Only of this instance.", valueName: "instance"))
    var instance: String?

    @OptionGroup var global: GlobalOptions

    @Option(name: .shortAndLong, help: "table, wide, json, yaml or name.")
    var output = ListFormat.table

    func run() async throws {
        let terminal = Terminal(global)
        do {
            let session = await FleetSession(global)
            let archives = try await session.archives(named: instance)
            try Listing.print(BackupListing.all(in: archives), as: output, to: terminal)
            for archive in archives where !archive.backups.isEmpty { terminal.tell(archive.reachable.visible + "\n") }
            await BackupStatusListing.tellAlarms(of: instance, session)
        } catch {
            throw terminal.failure(error)
        }
    }
}

struct BackupVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Compares a base backup with the manifest that its server gave it.",
        discussion: "Without an id the newest one. What is found is remembered: a damaged backup is not restored."
    )

    @Argument(help: "The instance.")
    var instance: String

    @Argument(help: "The id of the backup.")
    var id: String?

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let terminal = Terminal(global)
        do {
            let session = await FleetSession(global)
            let (archive, backup) = try await session.backup(id, of: instance)
            let checked = try await session.local.checkBackup(
                backup.id,
                of: instance,
                instanceID: archive.instanceID
            )
            guard let problem = checked.verification?.problem else {
                return terminal.write("The backup \(backup.id) of \(instance) is good.\n")
            }
            terminal.write("The backup \(backup.id) of \(instance) is damaged: \(problem.visible)\n")
            throw ExitCode(1)
        } catch let code as ExitCode {
            throw code
        } catch {
            throw terminal.failure(error)
        }
    }
}

struct BackupDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Removes one base backup, or everything that is kept of an instance that is gone.",
        discussion: """
            The last good backup of an instance is removed with --last only: without it nothing can be restored. What \
            backup.keep no longer asks for is removed by itself whenever a backup is made.
            """
    )

    @Argument(help: "The instance.")
    var instance: String

    @Argument(help: "The id of the backup.")
    var id: String?

    @Flag(help: "Remove it although it is the last one.")
    var last = false

    @Flag(help: "Remove all backups and the log of an instance that is gone.")
    var all = false

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if all == (id != nil) { throw ValidationError("name the id of a backup, or give --all: one of the two") }
    }

    func run() async throws {
        let terminal = Terminal(global)
        do {
            let session = await FleetSession(global)
            if all { return try await removeAll(session) }
            let (archive, backup) = try await session.backup(id, of: instance)
            if !last, archive.goodBackups.map(\.id) == [backup.id] {
                throw BackupRefusal(
                    description:
                        "\(backup.id) is the last good backup of \(instance); nothing was removed\nhelp: make another one first, or add --last"
                )
            }
            try await session.local.removeBackup(backup.id, of: instance, instanceID: archive.instanceID)
            terminal.write("Removed the backup \(backup.id) of \(instance).\n")
        } catch {
            throw terminal.failure(error)
        }
    }

    private func removeAll(_ session: FleetSession) async throws {
        let gone = try await session.archives(named: instance).filter { $0.removed != nil }
        guard !gone.isEmpty else {
            throw BackupRefusal(
                description:
                    "\(instance) is there, or nothing is kept of it; nothing was removed\nhelp: remove single backups: pgsteer backup delete \(instance) ID"
            )
        }
        for archive in gone { try await session.local.removeArchive(of: instance, instanceID: archive.instanceID) }
        session.terminal.write("Removed everything that was kept of \(instance).\n")
    }
}

/// Why something is not done with backups.
struct BackupRefusal: Error, CustomStringConvertible { var description: String }
