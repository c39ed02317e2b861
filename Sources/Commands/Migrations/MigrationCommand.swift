import ArgumentParser

struct MigrationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migration",
        abstract: "Checks the migrations that are declared.",
        subcommands: [MigrationCheckCommand.self]
    )
}
