import ArgumentParser
import Diagnostics
import FleetModel
import Providers

/// Which instances a command works on, and how many at a time.
struct InstanceSelection: ParsableArguments {
    @Argument(help: "The instances.", completion: .instance)
    var names: [String] = []

    @Option(help: ArgumentHelp("Instances with this tag; several must all match.", valueName: "tag=value"))
    var selector: [String] = []

    @Flag(help: "All instances of the home.")
    var all = false

    @Option(help: "How many at a time.")
    var batch = 1

    func validate() throws {
        let ways = [!names.isEmpty, !selector.isEmpty, all].count { $0 }
        if ways != 1 { throw ValidationError("name instances, or give --selector, or --all: one of the three") }
        if let bad = selector.first(where: { !$0.contains("=") }) {
            throw ValidationError("--selector is tag=value, not \(bad)")
        }
        if batch < 1 { throw ValidationError("--batch is 1 or more") }
    }

    /// Returns the names of the instances that are meant.
    func chosen(_ session: FleetSession) async throws -> [String] {
        let observed = try await session.provider.observe()
        if all {
            if observed.isEmpty { session.terminal.tell("there is no instance in \(session.home.path)\n") }
            return observed.keys.sorted()
        }
        if names.isEmpty {
            let pairs = selector.map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
            let found = observed.values.filter { placement in
                pairs.allSatisfy { placement.record.tags[$0[0]] == ($0.count > 1 ? $0[1] : "") }
            }
            if found.isEmpty {
                session.terminal.tell("no instance has \(selector.joined(separator: ", ")); nothing is done\n")
            }
            return found.map(\.name).sorted()
        }
        for name in names where observed[name] == nil {
            throw UnknownInstanceError(name: name, known: Array(observed.keys))
        }
        return names
    }

    /// Returns a plan of one action for each instance; each batch waits for all of the batch before it, so that a failure
    /// stops what comes later.
    func plan(
        for names: [String],
        _ operation: Action.Operation,
        impact: Impact,
        summary: (_ name: String) -> String
    ) -> Plan {
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
                    operation: operation,
                    summary: summary(name),
                    reason: .differs,
                    impact: impact,
                    prerequisites: previous
                )
            )
            current.append(id)
        }
        return Plan(changes: [], actions: actions, digest: "")
    }
}
