import ArgumentParser
import Diagnostics
import FleetModel
import Planning
import Providers
import Resources

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

struct DriftCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drift",
        abstract: "Tells what somebody else changed on the servers; only ever reads.",
        discussion: """
            What the specification asks for since the last apply is no drift and is told apart. Exit codes: 0 no drift, \
            2 drift, 1 failed.
            """
    )

    @OptionGroup var specs: SpecOptions
    @OptionGroup var global: GlobalOptions

    @Option(name: .shortAndLong, help: "text, json, markdown, github or sarif.")
    var output = DriftFormat.text

    func run() async throws {
        let terminal = Terminal(global)
        var session = try SpecSession(specs)
        session.loadSecrets()
        try session.stopOnErrors(terminal)
        let fleet = await FleetSession(global, desired: session.fleet)
        var drift: Drift
        do {
            let observed = try await fleet.observe(session.fleet)
            let planned = fleet.plan(session.fleet, observed, options: PlanOptions(), collector: &session.collector)
            try session.stopOnErrors(terminal)
            drift = Drift(
                planned.plan,
                desired: session.fleet,
                observed: observed,
                now: Int(Date.now.timeIntervalSince1970),
                collector: &session.collector
            )
        } catch let code as ExitCode {
            throw code
        } catch {
            throw terminal.failure(error)
        }
        addOrigins(&drift, fleet)
        terminal.tell(session.collector.sorted)
        try DriftReport(drift: drift, style: terminal.resultStyle).write(output, to: terminal)
        if !drift.isEmpty { throw ExitCode(2) }
    }

    private func addOrigins(_ drift: inout Drift, _ fleet: FleetSession) {
        var logs: [String: DriftOrigin.Log] = [:]
        for index in drift.items.indices {
            let name = drift.items[index].resource.instance
            let log = logs[name] ?? DriftOrigin.Log(fleet.local.recentLog(of: name))
            logs[name] = log
            drift.items[index].origin = DriftOrigin.of(drift.items[index], in: log)
        }
    }
}
