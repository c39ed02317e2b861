import ArgumentParser
import Execution

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

struct MigrationWatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Guards migrations that follow: the source's disk, its definitions, what the target cannot apply.",
        discussion: """
            A target follows by itself, also while no pgsteer runs; somebody has to look whether the source can bear it. \
            This tells alarms, changed definitions and problems as they come, and pauses a migration (or gives up its \
            slot, with guard.atLimit: release) when the source keeps more than guard.retainedWAL and nothing gets smaller. \
            It ends with Ctrl-C, or when nothing is left to be watched. Exit codes: 0 all is well, 1 something is not.

              pgsteer migration watch --all specs
              pgsteer migration watch shop-to-17 specs --once      # one look, for cron
            """
    )

    @OptionGroup var migration: MigrationOptions
    @OptionGroup var global: GlobalOptions

    @Flag(help: "Look once.")
    var once = false

    @Option(help: ArgumentHelp("Seconds between two looks.", valueName: "seconds"))
    var interval = 10

    func validate() throws {
        guard (1...3600).contains(interval) else { throw ValidationError("--interval is 1 to 3600 seconds") }
    }

    func run() async throws {
        let terminal = Terminal(global)
        do {
            let contexts = try await MigrationContext.all(migration, global, mustHaveBegun: true, mayBeNone: true)
            let interruption = Interruption()
            let interrupts = Interrupts(interruption, terminal: terminal)
            defer { withExtendedLifetime(interrupts) {} }
            var watches = contexts.map { (context: $0, watch: MigrationWatch()) }
            var isWell = true
            repeat {
                for index in watches.indices {
                    let context = watches[index].context
                    let run = try context.run()
                    let look = try await watches[index].watch.look(run, stoppingIn: context.folder, context.tell)
                    isWell = isWell && look.isWell
                }
                watches.removeAll(where: \.watch.isOver)
                if once || watches.isEmpty { break }
                let next = ContinuousClock.now + .seconds(interval)
                while ContinuousClock.now < next, !interruption.isWished {
                    try await Task.sleep(for: .milliseconds(100))
                }
            } while !interruption.isWished
            if !isWell { throw ExitCode(1) }
        } catch let code as ExitCode {
            throw code
        } catch {
            throw terminal.failure(error)
        }
    }
}
