import ArgumentParser
import Diagnostics
import FleetModel
import Migrating
import MigrationChecks
import PostgresClient
import Providers
import Resources
import SpecSchema

struct MigrationCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Tells what stands in the way of a migration, and how to put it right; only ever reads.",
        discussion: """
            What failed must be put right before the migration can start. An alarm is for you to weigh: put it right, or \
            accept it with a reason in skipChecks. Exit codes: 0 nothing failed, 1 something did.

              pgsteer migration check shop-to-17 specs
              pgsteer migration check shop-to-17 specs --skip-check "unlogged-tables=a cache"
              pgsteer migration check shop-to-17 specs -o markdown > checks.md
            """
    )

    @Argument(help: "The migration.")
    var name: String

    @OptionGroup var specs: SpecOptions
    @OptionGroup var global: GlobalOptions

    @OptionGroup var accepting: SkippedCheckOptions

    @Flag(help: "Tell what passed, too.")
    var all = false

    @Option(name: .shortAndLong, help: "text, json or markdown.")
    var output = CheckFormat.text

    func run() async throws {
        let terminal = Terminal(global)
        var session = try SpecSession(specs)
        session.loadConnections()
        try session.stopOnErrors(terminal)
        terminal.tell(session.collector.sorted)
        guard var migration = session.fleet.migrations[name] else {
            throw terminal.failure(UnknownMigration(name: name, known: session.fleet.migrations.keys.sorted()))
        }
        migration.skippedChecks = accepting.checks + migration.skippedChecks
        let fleet = await FleetSession(global, desired: session.fleet)
        let source = await fleet.approach(to: migration.source.value, session.fleet)
        var endpoint: EndpointFacts?
        // What cannot be looked at is told by the checks of the ends.
        if case .connection(let database) = source {
            endpoint = try? await fleet.endpointMover(of: migration)?.facts(database)
        }
        let run = CheckRun(
            migration,
            source: source,
            target: await fleet.approach(to: migration.target.value, session.fleet),
            endpoint: endpoint,
            obstacles: await fleet.physicalObstacles(of: migration, session.fleet)
        )
        let report = await run.report()
        try CheckReportText(report: report, isComplete: all, style: terminal.resultStyle).write(output, to: terminal)
        if report.verdict == .failed { throw ExitCode(1) }
    }
}

/// What the result of checks is printed as.
enum CheckFormat: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
    case markdown
}

/// A migration that no document declares.
struct UnknownMigration: Error, CustomStringConvertible {
    var name: String
    var known: [String]

    var description: String {
        let help =
            NearestName.question(name, among: known)
            ?? (known.isEmpty
                ? "declare one; see pgsteer explain Migration" : "there are \(known.joined(separator: ", "))")
        return "the specifications declare no migration \(name)\nhelp: \(help)"
    }
}

extension FleetSession {
    /// How to get to an end of a migration.
    func approach(to end: MigrationEnd, _ desired: DesiredFleet) async -> CheckRun.Approach {
        let password = end.password.flatMap { desired.secrets[$0]?.revealed }
        switch end {
        case .uri(let uri, _): return .connection(ConnectionTarget(.uri(uri), password: password))
        case .service(let name, _): return .connection(ConnectionTarget(.service(name), password: password))
        case .instance(let name, let database): return await approach(to: name, database: database)
        case .wholeInstance(let name): return await approach(to: name, database: "postgres")
        }
    }

    private func approach(to instance: String, database: String) async -> CheckRun.Approach {
        do {
            let target = try await provider.administration(of: instance, node: nil)
            return .connection(target.database(database))
        } catch {
            return .none("Instance/\(instance) does not serve; make it with: pgsteer apply (\(error))")
        }
    }
}
