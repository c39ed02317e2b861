import ArgumentParser
import Migrating

struct MigrationStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Shows where migrations are, how far they are behind, and what guards them.",
        discussion: """
            Only reads, on both ends too. While a migration is followed, gap and lag are those of this moment, and so are \
            what the source keeps of its log and which of its definitions have changed; with the \
            state "way back open" it is the source that follows.

              pgsteer migration status shop-to-17 specs
              pgsteer migration status --all specs -o json
            """
    )

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text
        case json
    }

    @OptionGroup var migration: MigrationOptions
    @OptionGroup var global: GlobalOptions

    @Option(name: .shortAndLong, help: "text or json.")
    var output = Format.text

    /// The document of `-o json` for several migrations.
    struct Documents: Encodable {
        var formatVersion = "1.0"
        var migrations: [MigrationStatus]
    }

    func run() async throws {
        let terminal = Terminal(global)
        do {
            // Those that have not begun are told when all are meant, and are a mistake when they are named.
            let contexts = try await MigrationContext.all(
                migration,
                global,
                mustHaveBegun: !migration.all,
                endedToo: true
            )
            var statuses: [MigrationStatus] = []
            for context in contexts { statuses.append(try await MigrationStatus(context)) }
            switch output {
            case .json where migration.isSingle: for status in statuses { try terminal.write(json: status) }
            case .json: try terminal.write(json: Documents(migrations: statuses))
            case .text: terminal.write(statuses.map(\.text).joined(separator: "\n"))
            }
        } catch let code as ExitCode {
            throw code
        } catch {
            throw terminal.failure(error)
        }
    }
}
