import Diagnostics
import FleetModel
import Resources
import SpecSchema

/// Plans one declared instance and what lives in it.
struct InstancePlanner {
    let instance: Instance
    let observed: ObservedInstance?
    let objects: [any ServerObject]
    let groups: [ReadOnlyGroup]
    let secrets: [SecretReference: Secret]
    let options: PlanOptions
    /// All instances and archives there are.
    let fleet: ObservedFleet

    func plan(_ changes: inout [Change], _ actions: inout ActionList, _ collector: inout DiagnosticCollector) {
        guard let observed else {
            planCreation(because: .absent, &changes, &actions, &collector)
            return
        }
        switch observed.placement.state {
        case .creating: planCreation(because: .unfinished, &changes, &actions, &collector)
        case .destroying: planCreation(because: .unfinished, afterRemoval: true, &changes, &actions, &collector)
        case .blocked: emitBlocked(observed.placement, &collector)
        case .stopped, .running, .unresponsive:
            collector.emit(contentsOf: immutabilities(observed.placement))
            if let alarm = StorageAlarm.diagnostic(of: instance, observed.server) { collector.emit(alarm) }
            checkOrigin(observed.placement, &collector)
            checkBackups(observed, &collector)
            planExisting(observed, &changes, &actions, &collector)
        }
    }

    // MARK: Creation

    /// - Parameter afterRemoval: Whether a removal was begun, which is finished first.
    private func planCreation(
        because reason: Change.Reason,
        afterRemoval: Bool = false,
        _ changes: inout [Change],
        _ actions: inout ActionList,
        _ collector: inout DiagnosticCollector
    ) {
        guard let origin = planOrigin(actions, &collector) else { return }
        let removal = "its removal was begun and is finished first; its data is deleted and made anew"
        let change = Change(
            instance.id,
            .create,
            because: reason,
            source: instance.range,
            differences: creationDifferences + origin.differences,
            impact: afterRemoval ? .rebuild : Impact.none,
            note: afterRemoval ? removal : origin.note
        )
        changes.append(change)
        let provision = actions.add(
            .provision,
            for: change,
            origin.summary,
            impact: change.impact,
            after: origin.prerequisites
        )
        let start = actions.add(.start, for: change, "start \(instance.name)", after: [provision])
        var served = [start]
        if let mode = instance.tls?.value, mode != .off {
            let summary = tlsSummary([Difference("tls", observed: nil, desired: mode.rawValue)])
            served = [actions.add(.secure, for: change, summary, after: [start])]
        }
        actions.add(.expose, for: change, openingSummary, after: served)
        if instance.availability.value.mode == .dual {
            actions.add(.attach, for: change, StandbyNeed.build.summary(of: instance.name), after: [start])
        }
        let planner = ObjectPlanner(instance: instance.name, objects: objects, secrets: secrets, options: options)
        planner.planCreation(after: [start], &changes, &actions, &collector)
        planGroups(nil, after: [start], &changes, &actions)
    }

    private func planGroups(
        _ placement: InstanceObservation?,
        after: [String],
        _ changes: inout [Change],
        _ actions: inout ActionList
    ) {
        ReadOnlyGroupPlanner(instance: instance.name, groups: groups, placement: placement, options: options)
            .plan(after: after, &changes, &actions)
    }

    private var creationDifferences: [Difference] {
        var result = [
            Difference(
                "version",
                observed: nil,
                desired: String(instance.version.value),
                source: instance.version.range
            ),
            Difference(
                "charset",
                observed: nil,
                desired: instance.charset.value.rawValue,
                source: instance.charset.range
            ),
            Difference("endpoint", observed: nil, desired: "(known after create)", source: instance.range),
        ]
        result += accessDifferences(from: nil)
        result += publicDifferences(nil, isKnown: false)
        if let tls = instance.tls {
            result.append(Difference("tls", observed: nil, desired: tls.value.rawValue, source: tls.range))
        }
        if instance.availability.value.mode == .dual { result.append(StandbyNeed.build.difference(at: instance)) }
        return result
            + instance.parameters.map {
                Difference("parameters.\($0.name)", observed: nil, desired: $0.value, source: $0.range)
            }
    }

    // MARK: Comparison

    private func planExisting(
        _ observed: ObservedInstance,
        _ changes: inout [Change],
        _ actions: inout ActionList,
        _ collector: inout DiagnosticCollector
    ) {
        let placement = observed.placement
        let parameters = observed.server.map { parameterDifferences($0, record: placement.record, &collector) }
        let isStopped = placement.state != .running
        // A server that is started has been restarted.
        let token = instance.restartTokenDifference(from: placement.record, impact: isStopped ? .none : .restart)
        let facts = instance.recordDifferences(from: placement.record) + (isStopped ? [token].compactMap(\.self) : [])
        let prompted = isStopped ? [] : [token].compactMap(\.self)
        let endpoint = endpointDifferences(placement)
        let encryption = tlsDifferences(placement.tls, &collector)
        let need =
            instance.connection == nil
            ? StandbyNeed.of(instance.availability.value, placement, observed.server) : nil
        let own = [recoveryDifference(placement), need?.difference(at: instance)].compactMap(\.self)
        let archive = archiveDifference(observed)
        let differences =
            facts + prompted + own + endpoint + encryption + [archive].compactMap(\.self) + (parameters ?? [])
        let restarting = (prompted + (parameters ?? []) + [archive].compactMap(\.self)).filter { $0.impact >= .restart }
        let restart = restartWay(for: restarting, placement)
        let change = Change(
            instance.id,
            .update,
            because: isStopped ? .stopped : .differs,
            source: instance.range,
            differences: differences,
            impact: max(differences.map(\.impact).max() ?? .none, restart?.impact ?? .none),
            note: isStopped ? stopNote(placement) : sessionNote(endpoint)
        )
        if isStopped || !differences.isEmpty { changes.append(change) }
        var ready: [String] = []
        if !facts.isEmpty {
            ready = [actions.add(.record, for: change, "record \(list(facts)) of \(instance.name)")]
        }
        let writesFirst = isStopped && !(placement.recovery?.isTakeover ?? false)
        if writesFirst { ready = [planWriting(for: change, after: ready, &actions)] }
        if let recovery = planRecovery(placement, for: change, after: ready, &actions) { ready = [recovery] }
        if isStopped, !writesFirst { ready = [planWriting(for: change, after: ready, &actions)] }
        // A restart of all servers is one of the standby, too.
        if let need, !need.isRestart || restart == nil {
            let summary = need.summary(of: instance.name)
            ready = [actions.add(need.operation, for: change, summary, after: ready)]
        }
        // What a stopped server archives cannot be compared yet, but what it is to do has changed.
        if archive != nil || observed.server == nil && facts.contains(where: { $0.path == "backup" }) {
            let summary = archiveSummary(instance.backup != nil)
            ready = [actions.add(.archive, for: change, summary, impact: .reload, after: ready)]
        }
        if let parameters, !parameters.isEmpty {
            ready = [planParameters(parameters, for: change, after: ready, &actions)]
        }
        if let restart { ready = [planRestart(restart, for: restarting, of: change, after: ready, &actions)] }
        if !encryption.isEmpty {
            let source = encryption.lazy.compactMap(\.source).first
            let summary = tlsSummary(encryption)
            ready = [actions.add(.secure, for: change, summary, impact: .reload, after: ready, source: source)]
        }
        if !endpoint.isEmpty {
            let source = endpoint.lazy.compactMap(\.source).first
            actions.add(.expose, for: change, endpointSummary(endpoint), after: ready, source: source)
        }
        let planner = ObjectPlanner(instance: instance.name, objects: objects, secrets: secrets, options: options)
        if let server = observed.server {
            planner.plan(server, record: placement.record, after: ready, &changes, &actions, &collector)
            if options.showUnmanaged { changes += unmanagedParameters(server, record: placement.record) }
        } else {
            planner.planComparison(after: ready, &changes, &actions, &collector)
        }
        planGroups(placement, after: ready, &changes, &actions)
    }

    private func parameterDifferences(
        _ server: ObservedServer,
        record: OwnershipRecord,
        _ collector: inout DiagnosticCollector
    ) -> [Difference] {
        let differences = ParameterComparison.differences(
            desired: instance.parameters,
            observed: server.parameters,
            applied: record.parameters
        )
        guard instance.connection != nil else { return differences }
        // A server that exists without pgsteer is restarted by those who run it; until then nothing is left to do.
        let waiting = differences.filter { difference in
            let name = String(difference.path.dropFirst("parameters.".count))
            // What waits is our own value only when it was the last that we wrote.
            return difference.isPendingRestart ?? false && record.parameters[name]?.written == difference.desired
        }
        for difference in waiting {
            let place = instance.parameters.first { "parameters.\($0.name)" == difference.path }?.range
            collector.emit(
                Diagnostic(
                    .waitingRestart,
                    "\(difference.path) of \(instance.name) is written and waits for a restart of the server.",
                    at: place ?? instance.range,
                    severity: .warning,
                    help: "restart the server; pgsteer does not start or stop servers that it did not make"
                )
            )
        }
        return differences.filter { !waiting.contains($0) }
    }

    /// What the server is to have cannot be compared yet, so all of it is written.
    private func planWriting(for change: Change, after: [String], _ actions: inout ActionList) -> String {
        actions.add(.configure, for: change, "write the parameters of \(instance.name)", after: after)
    }

    private func stopNote(_ placement: InstanceObservation) -> String {
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

    // MARK: What cannot be planned

    private func emitBlocked(_ placement: InstanceObservation, _ collector: inout DiagnosticCollector) {
        collector.emit(
            Diagnostic(
                .blockedInstance,
                "Instance \(instance.name) cannot be used: \(placement.problem ?? "it is blocked")",
                at: instance.range
            )
        )
    }

    private func immutabilities(_ placement: InstanceObservation) -> [Diagnostic] {
        var result: [Diagnostic] = []
        if placement.major != 0, placement.major != instance.version.value {
            result.append(
                Diagnostic(
                    .immutable,
                    "Instance \(instance.name) has PostgreSQL \(placement.major); a major version cannot be changed in place.",
                    at: instance.version.range,
                    help: "write version: \(placement.major), or declare a second instance and move the data to it"
                )
            )
        }
        if !placement.charset.isEmpty, placement.charset != instance.charset.value.rawValue {
            result.append(
                Diagnostic(
                    .immutable,
                    "Instance \(instance.name) has the charset \(placement.charset); it is fixed at creation.",
                    at: instance.charset.range,
                    help: "write charset: \(placement.charset), or declare a second instance"
                )
            )
        }
        return result
    }

    func list(_ differences: [Difference]) -> String {
        let names = differences.map { $0.path.replacing("parameters.", with: "", maxReplacements: 1) }
        return names.count > 4
            ? "\(names.prefix(3).joined(separator: ", ")) and \(names.count - 3) more" : names.joined(separator: ", ")
    }
}
