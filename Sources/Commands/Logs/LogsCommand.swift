import ArgumentParser

struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Shows, follows, fetches and begins anew the logs of an instance's servers.",
        discussion: """
              pgsteer logs orders                        what was logged last
              pgsteer logs orders --errors --since 1h    what failed
              pgsteer logs orders --slow --group         slow statements, put together by their text
              pgsteer logs orders --follow               what is logged from now on
              pgsteer logs download orders --to logs/    whole files

            Passwords are never shown, in files neither.
            """,
        subcommands: [LogsShowCommand.self, LogsDownloadCommand.self, LogsRotateCommand.self],
        defaultSubcommand: LogsShowCommand.self
    )
}
