package import Diagnostics
package import FleetModel
package import Resources

/// Compares what is desired with what is observed, and says what is to be done.
///
/// Pure: the same input gives the same plan, to the letter.
package struct Planner {
    let desired: DesiredFleet
    let observed: ObservedFleet
    let capabilities: ProviderCapabilities
    let options: PlanOptions

    package init(
        desired: DesiredFleet,
        observed: ObservedFleet,
        capabilities: ProviderCapabilities,
        options: PlanOptions = PlanOptions()
    ) {
        self.desired = desired
        self.observed = observed
        self.capabilities = capabilities
        self.options = options
    }

    /// Returns the plan; what cannot be planned goes to the collector, and nothing should be done then.
    package func plan(collector: inout DiagnosticCollector) -> PlannedFleet {
        var changes: [Change] = []
        var actions = ActionList()
        // Copies come after what they are copies of.
        let order = desired.instances.values.sorted { ($0.isClone ? 1 : 0, $0.name) < ($1.isClone ? 1 : 0, $1.name) }
        for instance in order {
            let refusals = InstanceRefusals(
                instance: instance,
                capabilities: instance.connection == nil ? capabilities : .external
            )
            collector.emit(contentsOf: refusals.diagnostics)
            let planner = InstancePlanner(
                instance: instance,
                observed: observed.instances[instance.name],
                objects: desired.objects(
                    of: instance.name,
                    applied: observed.instances[instance.name]?.placement.record ?? OwnershipRecord()
                ),
                groups: desired.readOnlyGroups(of: instance.name),
                secrets: desired.secrets,
                options: options,
                fleet: observed
            )
            planner.plan(&changes, &actions, &collector)
        }
        planMigrations(&changes, &actions)
        warnOfOtherMigrations(&collector)
        warnOfUndeclaredMigrations(&collector)
        planUndeclaredInstances(&changes, &actions)
        checkDeletions(changes, &collector)
        checkRestarts(actions.actions, &collector)
        let digests = ObservationDigests(desired: desired, observed: observed)
        let plan = Plan(
            changes: changes,
            actions: actions.actions,
            digest: digests.total(with: changes, actions: actions.actions),
            disruptions: disruptions(by: actions.actions, changes)
        )
        return PlannedFleet(plan: plan, digests: digests.byResource)
    }

    /// Returns who is connected to the instances that are restarted or deleted, and what else a restart does to them.
    private func disruptions(by actions: [Action], _ changes: [Change]) -> [Plan.Disruption] {
        let names = Set(
            actions.filter { $0.impact >= .restart && $0.resource.kind == Instance.kind }.map(\.resource.instance)
        )
        .sorted()
        return names.compactMap { name in
            guard let server = observed.instances[name]?.server else { return nil }
            let isRestarted = actions.contains {
                $0.resource == .instance(name) && [.restart, .switchover].contains($0.operation)
            }
            return Plan.Disruption(
                of: name,
                server.sessions,
                server.preparedTransactions,
                pending: isRestarted ? othersPending(on: name, server, changes) : []
            )
        }
    }

    /// Returns what waits for a restart of an instance and is no difference from its document.
    private func othersPending(on name: String, _ server: ObservedServer, _ changes: [Change]) -> [ObservedParameter] {
        let planned = Set(changes.filter { $0.resource == .instance(name) }.flatMap(\.differences).map(\.path))
        let archives = desired.instances[name]?.backup != nil
        return server.parameters.values
            .filter { parameter in
                parameter.isPendingRestart && !planned.contains("parameters.\(parameter.name)")
                    // Whether the log is archived is said by another key.
                    && !(archives && parameter.name == "archive_mode")
            }
            .sorted { $0.name < $1.name }
    }

    private func planUndeclaredInstances(_ changes: inout [Change], _ actions: inout ActionList) {
        let undeclared = observed.instances.keys.filter { desired.instances[$0] == nil }.sorted()
        for name in undeclared {
            guard let placement = observed.instances[name]?.placement else { continue }
            let obstacle = Removal.obstacle(to: placement, prune: options.prune)
            if let obstacle {
                changes.append(Change(.instance(name), .retain, because: .undeclared, note: obstacle))
                continue
            }
            // The address goes with the instance, whoever answers there.
            let note = placement.endpoint.flatMap { endpoint in
                endpoint.leadsTo.map { "its endpoint \(endpoint.shown), which leads to \($0), is closed with it" }
            }
            let change = Change(.instance(name), .delete, because: .undeclared, impact: .rebuild, note: note)
            changes.append(change)
            actions.add(.destroy, for: change, "stop \(name) and delete its data", impact: .rebuild)
        }
    }

    private func checkDeletions(_ changes: [Change], _ collector: inout DiagnosticCollector) {
        let deletions = changes.filter { $0.operation == .delete }
        guard deletions.count > desired.fleet.deletionLimit else { return }
        let names = deletions.map(\.resource.description).prefix(5).joined(separator: ", ")
        collector.emit(
            Diagnostic(
                .deletionLimit,
                "The plan deletes \(deletions.count) resources (\(names)); at most \(desired.fleet.deletionLimit) are allowed.",
                at: nil,
                help: "raise safety.maxDeletes in the Fleet document if all of them are to go"
            )
        )
    }
}

extension Planner {
    private func checkRestarts(_ actions: [Action], _ collector: inout DiagnosticCollector) {
        let restarts = actions.filter { $0.operation == .restart || $0.operation == .switchover }
        let instances = Set(restarts.map(\.resource.instance)).sorted()
        guard let limit = desired.fleet.restartLimit, instances.count > limit else { return }
        let names = instances.prefix(5).joined(separator: ", ")
        collector.emit(
            Diagnostic(
                .restartLimit,
                "The plan restarts \(instances.count) instances (\(names)); at most \(limit) are allowed.",
                at: restarts.isEmpty ? nil : desired.instances[instances[0]]?.range,
                help: "raise safety.maxRestarts in the Fleet document, or let the loop do it bit by bit"
            )
        )
    }
}

extension ProviderCapabilities {
    /// What can be done with a server that exists without pgsteer: anything inside it, nothing with it.
    static let external = ProviderCapabilities(provider: "external", majors: ParameterCatalogue.majors, features: [])
}

/// A plan with what it was made from, so that a later plan can be told to be the same.
package struct PlannedFleet: Sendable {
    package var plan: Plan
    /// A digest of what was observed of each resource that the plan looked at.
    package var digests: [String: String]
}

/// Whether something that no document declares any more may be removed.
enum Removal {
    /// Returns why an instance is retained, or nil when it may go.
    static func obstacle(to placement: InstanceObservation, prune: Bool) -> String? {
        // What the instance itself remembers counts: the document that could say otherwise is gone.
        if placement.state == .destroying { return nil }
        let lasting = lastingObstacle(to: placement)
        if prune { return lasting }
        return "not declared any more; " + (lasting.map { "it stays: \($0)" } ?? "--prune would plan its removal")
    }

    private static func lastingObstacle(to placement: InstanceObservation) -> String? {
        if let obstacle = placement.removalObstacle { return "it cannot be removed: \(obstacle)" }
        if placement.state == .blocked { return "it cannot be removed: \(placement.problem ?? "it is blocked")" }
        if placement.record.deletionProtection {
            return "its deletion protection is on; declare it with protection.deletion: false and apply, first"
        }
        if placement.record.deletionPolicy != .delete {
            return "its deletionPolicy is retain; declare it with deletionPolicy: delete and apply, first"
        }
        return nil
    }
}
