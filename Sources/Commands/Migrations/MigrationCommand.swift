import ArgumentParser
import Migrating
import Resources

struct MigrationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migration",
        abstract: "Checks, starts, watches, pauses, completes, takes back and ends the migrations that are declared.",
        discussion: """
            A migration is a document of kind Migration. Start it, or let apply start it; with full+incremental the target \
            follows the source until the writes go over:

              pgsteer migration check shop-to-17 specs
              pgsteer migration start shop-to-17 specs
              pgsteer migration status shop-to-17 specs
              pgsteer migration complete shop-to-17 specs

            Several side by side: pgsteer migration start shop-to-17,crm-to-17 specs, or --all specs.
            """,
        subcommands: [
            MigrationCheckCommand.self, MigrationStartCommand.self, MigrationStatusCommand.self,
            MigrationWatchCommand.self, MigrationPauseCommand.self, MigrationResumeCommand.self,
            MigrationCompleteCommand.self, MigrationRollbackCommand.self, MigrationFinishCommand.self,
            MigrationCancelCommand.self, MigrationDeleteCommand.self,
        ]
    )
}

struct MigrationStartCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Begins a migration, or goes on with it, until there is nothing left to do by itself.",
        discussion: """
            Structure and full migrations end with the command. With full+incremental the command ends when the target \
            has caught up, and the target goes on following by itself; cutover.when: automatic cuts over at once, and with \
            window the command stays until a window opens, and cuts over then. \
            Ctrl-C, a crash or a lost connection loses nothing: start it again.
            """
    )

    @OptionGroup var migration: MigrationOptions
    @OptionGroup var global: GlobalOptions

    @OptionGroup var accepting: SkippedCheckOptions

    func run() async throws {
        try await migration.work("migration start", global, skipping: accepting.checks) { try await $0.run() }
    }
}

struct MigrationResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Goes on with a migration that was paused, failed or was interrupted."
    )

    @OptionGroup var migration: MigrationOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        try await migration.work("migration resume", global, mustHaveBegun: true) { try await $0.run() }
    }
}

struct MigrationCompleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "complete",
        abstract: "Lets the writes go over to the target.",
        discussion: """
            Refused, with nothing changed, unless the target has every change and is equal to the source. The sessions of \
            the source are closed and no write is possible until the last change has arrived and the sequences are set; \
            how long that took is told. When it would take longer than cutover.maxWritePause, it is taken back. With \
            cutover.rollback: keep the source follows the target afterwards, until migration rollback or finish.
            """
    )

    @OptionGroup var migration: MigrationOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        try await migration.work("migration complete", global, mustHaveBegun: true) { run in
            try await run.complete()
            return await run.task
        }
    }
}

struct MigrationRollbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Takes the writes back to the source, after a cut-over with rollback: keep.",
        discussion: """
            Refused, with nothing changed, unless the source has every change of the target and is equal to it. The sessions \
            of the target are closed, and no write is possible until the last change has arrived and the sequences are set; \
            when it would take longer than cutover.maxWritePause, it is undone. The target keeps its rows, and is left as \
            cutover.sourceAfter says. What the migration made on both ends is removed.
            """
    )

    @OptionGroup var migration: MigrationOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        try await migration.work("migration rollback", global, mustHaveBegun: true) { run in
            try await run.rollBack()
            return await run.task
        }
    }
}

struct MigrationFinishCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "finish",
        abstract: "Gives up the way back: the writes stay at the target, and what the migration made is removed.",
        discussion: "For a migration with rollback: keep, after its cut-over. There is no way back afterwards."
    )

    @OptionGroup var migration: MigrationOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        try await migration.work("migration finish", global, mustHaveBegun: true) { run in
            try await run.finish()
            return await run.task
        }
    }
}

struct MigrationCancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Ends a migration and removes what it made on both ends; what was copied stays in the target."
    )

    @OptionGroup var migration: MigrationOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        try await migration.work("migration cancel", global, mustHaveBegun: true, asking: .cancel) { run in
            try await run.cancel()
            return await run.task
        }
    }
}

struct MigrationDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Forgets a migration; one that has not ended is cancelled first."
    )

    @OptionGroup var migration: MigrationOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let terminal = Terminal(global)
        do {
            let contexts = try await MigrationContext.all(migration, global, mustHaveBegun: true, endedToo: true)
            for context in contexts {
                if try context.folder.task()?.state.isFinal == false { try context.folder.ask(.cancel) }
                let lock = try await context.folder.lock("migration delete", patience: .seconds(600))
                defer { withExtendedLifetime(lock) {} }
                let run = try context.run()
                try await run.delete()
                terminal.write("Deleted \(context.name).\n")
            }
        } catch let code as ExitCode {
            throw code
        } catch {
            throw terminal.failure(error)
        }
    }
}

struct MigrationPauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Stops a migration; resume goes on with it.",
        discussion: """
            A copy stops within seconds, what has been copied stays copied. A target that follows stops following; until \
            it goes on, the source keeps the write-ahead log that it will need, which fills its disk.
            """
    )

    @OptionGroup var migration: MigrationOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        try await migration.work("migration pause", global, mustHaveBegun: true, asking: .pause) { run in
            try await run.pause()
            return await run.task
        }
    }
}
