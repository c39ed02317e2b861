package import ArgumentParser
import Diagnostics

/// The command tree.
package struct RootCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "pgsteer",
        abstract: "Keeps PostgreSQL instances equal to specifications in git.",
        discussion: """
            Write what you want as YAML, look at the plan, apply it:

              pgsteer init > specs/first.yaml
              pgsteer plan specs
              pgsteer apply specs

            Exit codes: 0 done, 1 failed, 2 differences found (plan --detailed-exitcode, drift, fmt --check), 64 bad usage, 130 interrupted.
            """,
        version: "0.1.0",
        groupedSubcommands: [
            CommandGroup(
                name: "Specifications",
                subcommands: [
                    ValidateCommand.self, PlanCommand.self, ApplyCommand.self, DriftCommand.self,
                    FmtCommand.self, RenderCommand.self,
                    ImportCommand.self,
                ]
            ),
            CommandGroup(
                name: "Instances",
                subcommands: [
                    GetCommand.self, DescribeCommand.self, ParametersCommand.self, ConnectCommand.self,
                    RestartCommand.self, SwitchoverCommand.self, DestroyCommand.self, HistoryCommand.self,
                    LogsCommand.self, MetricsCommand.self, DumpCommand.self, LoadCommand.self,
                ]
            ),
            CommandGroup(name: "Backups", subcommands: [BackupCommand.self, LogArchiveCommand.self]),
            CommandGroup(name: "Migrations", subcommands: [MigrationCommand.self]),
            CommandGroup(
                name: "Loop",
                subcommands: [
                    RunCommand.self, ReconcileCommand.self, AcceptCommand.self, PauseCommand.self, ResumeCommand.self,
                ]
            ),
            CommandGroup(
                name: "Help",
                subcommands: [
                    InitCommand.self, ExplainCommand.self, SchemaCommand.self, DoctorCommand.self,
                    CompletionsCommand.self, ManualCommand.self,
                ]
            ),
        ]
    )

    package init() {}

    /// Runs the command that the arguments name.
    package static func start() async {
        if let first = CommandLine.arguments.dropFirst().first, let problem = unknownCommand(first) {
            exit(withError: ValidationError(problem))
        }
        await main()
    }

    /// What is wrong with a first argument that is no command; nil when nothing is.
    static func unknownCommand(_ word: String) -> String? {
        let names = configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
        guard !word.hasPrefix("-"), !names.contains(word) else { return nil }
        let help = NearestName.question(word, among: names) ?? "pgsteer --help lists them"
        return "there is no command \"\(word)\"; \(help)"
    }
}
