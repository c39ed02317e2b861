import ArgumentParser
import Diagnostics
import FleetModel
import Providers
import Resources
import ServerLogs

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

struct LogsShowCommand: AsyncParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text
        case table
        case json
    }

    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows what servers have logged; what `pgsteer logs NAME` does."
    )

    @Argument(help: "The instance.")
    var name: String

    @Flag(help: "Only what failed: errors, ended sessions, crashes.")
    var errors = false

    @Flag(help: "Only statements that took as long as log_min_duration_statement says.")
    var slow = false

    @Flag(help: "With --slow: statements that differ only in their values as one, with calls and times.")
    var group = false

    @OptionGroup var period: SinceOption

    @Option(help: "Only of this node; all nodes by default.")
    var node: Int?

    @Option(help: ArgumentHelp("How many of the last ones; 200 by default, all with --since.", valueName: "entries"))
    var tail: Int?

    @Flag(name: .shortAndLong, help: "Go on with what is logged from now on, until Ctrl-C.")
    var follow = false

    @Option(name: .shortAndLong, help: "text, table or json; with --follow json is one object a line.")
    var output = Format.text

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if errors, slow { throw ValidationError("--errors and --slow: one of the two") }
        if group, !slow { throw ValidationError("--group needs --slow: it groups slow statements") }
        if group, follow { throw ValidationError("--group looks back and --follow ahead: one of the two") }
        if let tail, tail < 0 { throw ValidationError("--tail is 0 or more entries") }
    }

    func run() async throws {
        let terminal = Terminal(global)
        do {
            let session = await FleetSession(global)
            let placement = try await session.placement(of: name)
            let reading = LogReading(
                files: try session.local.logFiles(of: name, node: node),
                prefix: placement.record.parameters["log_line_prefix"].map { LogLinePrefix($0.written) } ?? .usual,
                filter: filter
            )
            let report = LogReport(instance: name, nodes: reading.nodes, style: terminal.resultStyle)
            if slow { warnWhenNothingIsLogged(placement, terminal) }
            if group {
                var slow = SlowStatements()
                reading.readAll { slow.add($1) }
                return try report.write(slow.groups, as: output, to: terminal)
            }
            // Where the followed files are now comes first, so that nothing falls between looking back and ahead.
            var followers = follow ? reading.followers(session.local, name) : []
            let limit = tail ?? (period.since == nil ? 200 : .max)
            try report.write(reading.last(limit), as: output, isFollowed: follow, to: terminal)
            while follow {
                for index in followers.indices {
                    for entry in followers[index].next() where filter.includes(entry) {
                        try report.write([(followers[index].node, entry)], as: output, isFollowed: true, to: terminal)
                    }
                }
                try await Task.sleep(for: .milliseconds(200))
            }
        } catch {
            throw terminal.failure(error)
        }
    }

    private var filter: LogFilter {
        LogFilter(choice: errors ? .failures : slow ? .slow : .everything, since: period.start)
    }

    /// Nobody should take an empty list for a fast server.
    private func warnWhenNothingIsLogged(_ placement: InstanceObservation, _ terminal: Terminal) {
        guard let limit = placement.record.parameters["log_min_duration_statement"]?.written, limit.hasPrefix("-1")
        else {
            return
        }
        terminal.tell(
            "\(name) does not log slow statements; to change that: parameters: { log_min_duration_statement: 1s }\n"
        )
    }
}

extension FleetSession {
    /// Returns what the provider sees of an instance of this host; throws for a name that there is not.
    func placement(of name: String) async throws -> InstanceObservation {
        guard let placement = try await local.observe(name) else {
            throw UnknownInstanceError(name: name, known: Array(try await local.observe().keys))
        }
        return placement
    }
}
