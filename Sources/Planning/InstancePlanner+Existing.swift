import Diagnostics
import FleetModel
import Resources
import SpecSchema

/// In what an instance that is there differs from its document, by what is done about it.
private struct InstanceDifferences {
    /// In what the instance remembers of itself.
    var facts: [Difference]
    /// A restart that the document asks for.
    var prompted: [Difference]
    /// A file of the primary's configuration that is gone.
    var missing: Difference?
    var recovery: Difference?
    var standby: Difference?
    var endpoint: [Difference]
    var encryption: [Difference]
    var archive: Difference?
    /// Nil while the server cannot be asked.
    var parameters: [Difference]?

    var all: [Difference] {
        facts + prompted + [missing, recovery, standby].compactMap(\.self) + endpoint + encryption
            + [archive].compactMap(\.self) + (parameters ?? [])
    }

    /// Those that come into force with a restart.
    var restarting: [Difference] {
        (prompted + (parameters ?? []) + [archive].compactMap(\.self)).filter { $0.impact >= .restart }
    }
}

/// An instance that is there: compared, and brought to where it should be.
extension InstancePlanner {
    func planExisting(
        _ observed: ObservedInstance,
        _ changes: inout [Change],
        _ actions: inout ActionList,
        _ collector: inout DiagnosticCollector
    ) {
        let placement = observed.placement
        let isStopped = placement.state != .running
        let need =
            instance.connection == nil
            ? StandbyNeed.of(instance.availability.value, placement, observed.server) : nil
        let found = differences(from: observed, need, &collector)
        let restart = restartWay(for: found.restarting, placement)
        let change = Change(
            instance.id,
            .update,
            because: isStopped ? .stopped : .differs,
            source: instance.range,
            differences: found.all,
            impact: max(found.all.map(\.impact).max() ?? .none, restart?.impact ?? .none),
            note: isStopped ? stopNote(placement) : sessionNote(found.endpoint)
        )
        if isStopped || !found.all.isEmpty { changes.append(change) }
        var ready = planServing(placement, found, for: change, &actions)
        // A restart of all servers is one of the standby, too.
        if let need, !need.isRestart || restart == nil {
            let summary = need.summary(of: instance.name)
            ready = [actions.add(need.operation, for: change, summary, after: ready)]
        }
        ready = planSettings(observed, found, restart, for: change, after: ready, &actions)
        let planner = objectPlanner
        if let server = observed.server {
            planner.plan(server, record: placement.record, after: ready, &changes, &actions, &collector)
            if options.showUnmanaged { changes += unmanagedParameters(server, record: placement.record) }
        } else {
            planner.planComparison(after: ready, &changes, &actions, &collector)
        }
        planGroups(placement, after: ready, &changes, &actions)
    }

    private func differences(
        from observed: ObservedInstance,
        _ need: StandbyNeed?,
        _ collector: inout DiagnosticCollector
    ) -> InstanceDifferences {
        let placement = observed.placement
        let parameters = observed.server.map { parameterDifferences($0, record: placement.record, &collector) }
        // A server that is started has been restarted.
        let isStopped = placement.state != .running
        let token = instance.restartTokenDifference(from: placement.record, impact: isStopped ? .none : .restart)
        let tokens = [token].compactMap(\.self)
        return InstanceDifferences(
            facts: instance.recordDifferences(from: placement.record) + (isStopped ? tokens : []),
            prompted: isStopped ? [] : tokens,
            missing: missingDifference(placement),
            recovery: recoveryDifference(placement) ?? deafnessDifference(placement),
            standby: need?.difference(at: instance),
            endpoint: endpointDifferences(placement),
            encryption: tlsDifferences(placement.tls, &collector),
            archive: archiveDifference(observed),
            parameters: parameters
        )
    }

    /// Plans what lets the instance serve, and returns what everything else comes after.
    private func planServing(
        _ placement: InstanceObservation,
        _ found: InstanceDifferences,
        for change: Change,
        _ actions: inout ActionList
    ) -> [String] {
        var ready: [String] = []
        if !found.facts.isEmpty {
            ready = [actions.add(.record, for: change, "record \(list(found.facts)) of \(instance.name)")]
        }
        let isStopped = placement.state != .running
        let writesFirst = (isStopped || found.missing != nil) && !(placement.recovery?.isTakeover ?? false)
        if writesFirst { ready = [planWriting(for: change, after: ready, &actions)] }
        if let recovery = planRecovery(placement, for: change, after: ready, &actions) { ready = [recovery] }
        if isStopped, !writesFirst { ready = [planWriting(for: change, after: ready, &actions)] }
        return ready
    }

    /// Plans how the servers are set, and returns what comes before all that lives in them.
    private func planSettings(
        _ observed: ObservedInstance,
        _ found: InstanceDifferences,
        _ restart: RestartWay?,
        for change: Change,
        after prerequisites: [String],
        _ actions: inout ActionList
    ) -> [String] {
        var ready = prerequisites
        // What a stopped server archives cannot be compared yet, but what it is to do has changed.
        if found.archive != nil || observed.server == nil && found.facts.contains(where: { $0.path == "backup" }) {
            let summary = archiveSummary(instance.backup != nil)
            ready = [actions.add(.archive, for: change, summary, impact: .reload, after: ready)]
        }
        if let parameters = found.parameters, !parameters.isEmpty {
            ready = [planParameters(parameters, for: change, after: ready, &actions)]
        }
        if let restart { ready = [planRestart(restart, for: found.restarting, of: change, after: ready, &actions)] }
        if !found.encryption.isEmpty {
            let source = found.encryption.lazy.compactMap(\.source).first
            let summary = tlsSummary(found.encryption)
            ready = [actions.add(.secure, for: change, summary, impact: .reload, after: ready, source: source)]
        }
        if !found.endpoint.isEmpty {
            let source = found.endpoint.lazy.compactMap(\.source).first
            actions.add(.expose, for: change, endpointSummary(found.endpoint), after: ready, source: source)
        }
        return ready
    }

    private func parameterDifferences(
        _ server: ObservedServer,
        record: OwnershipRecord,
        _ collector: inout DiagnosticCollector
    ) -> [Difference] {
        var differences = ParameterComparison.differences(
            desired: instance.parameters,
            observed: server.parameters,
            applied: record.parameters
        )
        guard instance.connection != nil else { return differences }
        // What another pgsteer, which made the server, has written there is not ours to put back.
        differences.removeAll { difference in
            let name = String(difference.path.dropFirst("parameters.".count))
            let files = [server.parameters[name]?.file, server.parameters[name]?.waitingFile].compactMap(\.self)
            return difference.desired == nil && !files.contains(where: ManagedFile.isSystems)
        }
        // A server that exists without pgsteer is restarted by those who run it; until then nothing is left to do.
        let waiting = differences.filter { difference in
            let name = String(difference.path.dropFirst("parameters.".count))
            // What waits is our own value only when it was the last that we wrote.
            return difference.isPendingRestart ?? false
                && (difference.desired == nil || record.parameters[name]?.written == difference.desired)
        }
        for difference in waiting {
            let place = instance.parameters.first { "parameters.\($0.name)" == difference.path }?.range
            collector.emit(
                Diagnostic(
                    .waitingRestart,
                    "\(difference.path) of \(instance.name) is \(difference.desired == nil ? "put back" : "written") and waits for a restart of the server.",
                    at: place ?? instance.range,
                    severity: .warning,
                    help: "restart the server; pgsteer does not start or stop servers that it did not make"
                )
            )
        }
        let rest = differences.filter { !waiting.contains($0) }
        if let missing = server.missingRights { collector.emit(contentsOf: missing.refusals(of: rest, on: instance)) }
        return rest
    }

    /// What the server is to have cannot be compared yet, so all of it is written.
    private func planWriting(for change: Change, after: [String], _ actions: inout ActionList) -> String {
        actions.add(.configure, for: change, "write the parameters of \(instance.name)", after: after)
    }

    private func deafnessDifference(_ placement: InstanceObservation) -> Difference? {
        guard let socket = placement.missingSocket, placement.recovery == .start else { return nil }
        return Difference(
            "socket",
            observed: "\(socket) is gone",
            desired: "there",
            impact: .restart,
            source: instance.range
        )
    }

    private func missingDifference(_ placement: InstanceObservation) -> Difference? {
        placement.missingFile.map { file in
            let what = placement.primary.map { "\(file) of node \($0.number) is gone" } ?? "\(file) is gone"
            return Difference(
                "configuration",
                observed: what,
                desired: "as written",
                impact: .reload,
                source: instance.range
            )
        }
    }

    private func stopNote(_ placement: InstanceObservation) -> String {
        if let socket = placement.missingSocket {
            return
                "its server cannot be asked: \(socket) is gone; parameters and objects are compared when it was restarted"
        }
        let does = placement.state == .unresponsive ? "does not answer" : "does not run"
        return "its server \(does); parameters and objects are compared when it does"
    }

    private func planParameters(
        _ differences: [Difference],
        for change: Change,
        after prerequisites: [String],
        _ actions: inout ActionList
    ) -> String {
        actions.add(
            .configure,
            for: change,
            "set \(list(differences)) of \(instance.name)",
            impact: .reload,
            after: prerequisites,
            source: differences.lazy.compactMap(\.source).first
        )
    }

    private func planRestart(
        _ way: RestartWay,
        for reasons: [Difference],
        of change: Change,
        after prerequisites: [String],
        _ actions: inout ActionList
    ) -> String {
        actions.add(
            way.operation,
            for: change,
            way.summary(of: instance.name, for: list(reasons)),
            impact: way.impact,
            after: prerequisites,
            source: reasons.lazy.compactMap(\.source).first
        )
    }

    private func unmanagedParameters(_ server: ObservedServer, record: OwnershipRecord) -> [Change] {
        let managed = Set(instance.parameters.map(\.name)).union(record.parameters.keys)
        let found = server.parameters.values.filter {
            $0.isSetOnPurpose && !$0.isSetByPgsteer && !managed.contains($0.name)
                && ReservedParameters.reason(for: $0.name) == nil
        }
        guard !found.isEmpty else { return [] }
        let differences = found.sorted { $0.name < $1.name }
            .map {
                Difference(
                    "parameters.\($0.name)",
                    observed: $0.definition?.shown($0.setting) ?? $0.setting,
                    desired: nil
                )
            }
        return [Change(instance.id, .none, because: .unmanaged, differences: differences)]
    }
}
