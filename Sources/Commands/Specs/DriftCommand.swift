import ArgumentParser
import Diagnostics
import FleetModel
import History
import Observing
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
        abstract: "Tells what somebody else changed on the servers, and who; only ever reads.",
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
        var isIncomplete = false
        do {
            let observed = try await fleet.observe(session.fleet)
            var planning = DiagnosticCollector()
            let planned = fleet.plan(session.fleet, observed, options: PlanOptions(), collector: &planning)
            // What stands in the way of putting something right does not keep it from being told.
            for var diagnostic in planning.diagnostics where diagnostic.code != .missingRights {
                let isError = diagnostic.severity == .error
                if isError, diagnostic.code == .unusualDatabase { isIncomplete = true }
                if Self.obstacles.contains(diagnostic.code.id) { diagnostic.severity = .warning }
                session.collector.emit(diagnostic)
            }
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
        await addOrigins(&drift, session.fleet, fleet)
        terminal.tell(session.collector.sorted)
        try DriftReport(drift: drift, style: terminal.resultStyle).write(output, to: terminal)
        if !drift.isEmpty { throw ExitCode(2) }
        if isIncomplete {
            terminal.tell("a database could not be looked into, so this is not all there may be\n")
            throw ExitCode(1)
        }
    }

    private static let obstacles: Set = [
        DiagnosticCode.heldObject.id, DiagnosticCode.dependentGrant.id, DiagnosticCode.unusualDatabase.id,
    ]

    /// Asks each server that has drifted who did it, after everything else, since it may take a while.
    private func addOrigins(_ drift: inout Drift, _ desired: DesiredFleet, _ fleet: FleetSession) async {
        for name in Set(drift.items.map(\.resource.instance)).sorted() {
            let isLocal = desired.instances[name]?.connection == nil
            let databases = desired.databases(of: name, applied: OwnershipRecord()).sorted().map(\.text)
            let evidence = await fleet.observer.evidence(
                of: name,
                databases: databases,
                log: isLocal ? fleet.local.recentLog(of: name) : nil
            )
            drift.addOrigins(of: name, from: evidence, runs: lastRuns(of: name, fleet))
        }
    }

    /// What the history tells, where there is one; looking does not make one.
    private func lastRuns(of instance: String, _ fleet: FleetSession) -> [ResourceID: Drift.LastRun] {
        var runs: [ResourceID: Drift.LastRun] = [:]
        for row in (try? HistoryStore.lastActions(of: instance, at: fleet.home.history)) ?? [] {
            guard let id = ResourceID(row.resource) else { continue }
            let time = row.ended.formatted(.iso8601.dateTimeSeparator(.space))
            let commit = row.specCommit.map { ", commit \($0.prefix(10))" } ?? ""
            runs[id] = Drift.LastRun(
                text: "run \(row.run) (\(row.verb)) of \(row.user) at \(time.replacing("Z", with: " UTC"))\(commit)",
                epoch: row.ended.timeIntervalSince1970
            )
        }
        return runs
    }
}
