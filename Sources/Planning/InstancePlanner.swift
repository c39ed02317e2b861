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
        if let migration = observed.placement.filledBy {
            return collector.emit(instance.diagnostic(filledBy: migration))
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
        let planner = objectPlanner
        // A copy has the roles of what it is made from.
        if instance.origin == nil { collector.emit(contentsOf: planner.missingRoles(on: nil)) }
        planner.planCreation(after: [start], &changes, &actions, &collector)
        planGroups(nil, after: [start], &changes, &actions)
    }

    var objectPlanner: ObjectPlanner {
        ObjectPlanner(
            instance: instance.name,
            wantedIterations: instance.wantedIterations,
            objects: objects,
            owners: ObjectContext.owners(among: objects),
            secrets: secrets,
            options: options
        )
    }

    func planGroups(
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
        differences.map { $0.path.replacing("parameters.", with: "", maxReplacements: 1) }.shortened
    }
}
