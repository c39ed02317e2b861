import ArgumentParser
import FleetModel
import Providers

struct LogsRotateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Begins the logs of instances anew that are larger than logs.maxSize, and removes old ones.",
        discussion: """
            apply does it, too. No line is lost and no server is restarted. Files that are not written any more are \
            removed after logs.keep.
            """
    )

    @OptionGroup var selection: InstanceSelection

    @Flag(help: "Begin them anew whatever their size is.")
    var force = false

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let terminal = Terminal(global)
        do {
            let session = await FleetSession(global)
            let names = try await selection.chosen(session)
            var count = 0
            for name in names {
                if try await session.local.tendLogs(of: name, isForced: force) == .performed { count += 1 }
            }
            terminal.write("Looked after the logs of \(names.count) instances; \(count) had something to do.\n")
        } catch {
            throw terminal.failure(error)
        }
    }
}
