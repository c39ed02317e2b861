import ArgumentParser
import Diagnostics
import Execution
import FleetModel
import History
import Providers

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

struct RestartCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart",
        abstract: "Restarts instances: by name, by tags, or all; in batches.",
        discussion: """
            Sessions are closed; address and data stay. An instance whose checkpoint does not finish within the limit is \
            not stopped at all and serves as before. The first failure stops what has not begun.
            """
    )

    @Argument(help: "The instances.")
    var names: [String] = []

    @Option(help: ArgumentHelp("Instances with this tag; several must all match.", valueName: "tag=value"))
    var selector: [String] = []

    @Flag(help: "All instances of the home.")
    var all = false

    @Option(help: "How many at a time.")
    var batch = 1

    @Option(help: ArgumentHelp("How long a checkpoint may take.", valueName: "seconds"))
    var checkpointLimit = 120

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        let ways = [!names.isEmpty, !selector.isEmpty, all].count { $0 }
        if ways != 1 { throw ValidationError("name instances, or give --selector, or --all: one of the three") }
        if let bad = selector.first(where: { !$0.contains("=") }) {
            throw ValidationError("--selector is tag=value, not \(bad)")
        }
        if batch < 1 { throw ValidationError("--batch is 1 or more") }
        if checkpointLimit < 1 { throw ValidationError("--checkpoint-limit is 1 or more seconds") }
    }

    func run() async throws {
        let terminal = Terminal(global)
        do {
            let session = await FleetSession(global)
            let lock = try await HomeLock(home: session.home, purpose: "restart")
            defer { withExtendedLifetime(lock) {} }
            let plan = plan(for: try await chosen(session))
            try await perform(plan, session)
        } catch let code as ExitCode {
            throw code
        } catch {
            throw terminal.failure(error)
        }
    }

    private func chosen(_ session: FleetSession) async throws -> [String] {
        let observed = try await session.provider.observe()
        if all { return observed.keys.sorted() }
        if names.isEmpty {
            let pairs = selector.map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
            let found = observed.values.filter { placement in
                pairs.allSatisfy { placement.record.tags[$0[0]] == ($0.count > 1 ? $0[1] : "") }
            }
            if found.isEmpty { session.terminal.tell("no instance has \(selector.joined(separator: ", "))\n") }
            return found.map(\.name).sorted()
        }
        for name in names where observed[name] == nil {
            throw UnknownInstanceError(name: name, known: Array(observed.keys))
        }
        return names
    }

    /// Each batch waits for all of the batch before it, so that a failure stops what comes later.
    private func plan(for names: [String]) -> Plan {
        var actions: [Action] = []
        var previous: [String] = []
        var current: [String] = []
        for (index, name) in names.enumerated() {
            if index.isMultiple(of: batch), index > 0 { (previous, current) = (current, []) }
            let id = "a\(index + 1)"
            actions.append(
                Action(
                    id: id,
                    resource: .instance(name),
                    operation: .restart,
                    summary: "restart \(name)",
                    reason: .differs,
                    impact: .restart,
                    prerequisites: previous
                )
            )
            current.append(id)
        }
        return Plan(changes: [], actions: actions, digest: "")
    }

    private func perform(_ plan: Plan, _ session: FleetSession) async throws {
        let history = session.history()
        do { try history?.begin(session.entry("restart", specCommit: nil)) } catch { session.warnOfHistory(error) }
        let interruption = Interruption()
        let interrupts = Interrupts(interruption, terminal: session.terminal)
        defer { withExtendedLifetime(interrupts) {} }
        let runner = ActionRunner(
            recorders: session.recorders(total: plan.actions.count, history: history),
            parallelism: batch,
            interruption: interruption
        )
        let limit = Duration.seconds(checkpointLimit)
        let receipt = await runner.run(plan, run: session.run) { action in
            try await session.provider.perform(.restart(checkpointLimit: limit), on: action.resource.instance)
        }
        do { try history?.end(run: session.run, at: .now, outcome: receipt.isSuccess ? "done" : "failed") } catch {
            session.warnOfHistory(error)
        }
        session.terminal.write("Restarted \(receipt.count(.performed)) of \(plan.actions.count) instances.\n")
        if receipt.isInterrupted { throw ExitCode(130) }
        if !receipt.isSuccess { throw ExitCode(1) }
    }
}
