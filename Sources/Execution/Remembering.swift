import Diagnostics
package import FleetModel
import Observing
import Providers
package import Resources

extension Executor {
    /// Lets every declared instance remember what has been applied to it.
    ///
    /// It comes after the actions, also when there were none: a run that was killed between an action and this is
    /// made good by the next one. Only what is as desired is remembered, so that a failed action is not.
    package func rememberApplied(after receipt: Receipt) async throws {
        let configured = receipt.configuredInstances
        for name in desired.instances.keys.sorted() {
            try await rememberApplied(to: name, isConfigured: configured.contains(name))
        }
    }

    private func rememberApplied(to name: String, isConfigured: Bool) async throws {
        guard let record = try await changedRecord(of: name, isConfigured: isConfigured) else { return }
        if locks.holds(name) {
            _ = try await provider.perform(.record(record), on: name)
            return
        }
        // The plan did not touch it. Who changes it at this moment lets it remember, and so does the next run.
        _ = try await locks.withInstance(name) {
            guard let record = try await changedRecord(of: name, isConfigured: isConfigured) else { return }
            _ = try await provider.perform(.record(record), on: name)
        }
    }

    /// Returns what an instance is to remember; nil when it does so already, or cannot be looked at.
    private func changedRecord(of name: String, isConfigured: Bool) async throws -> OwnershipRecord? {
        guard let placement = try await provider.observe(name), placement.state == .running,
            let server = await observer.instance(placement, desired: desired).server
        else { return nil }
        let record = record(of: name, over: placement.record, server: server, isConfigured: isConfigured)
        return record == placement.record ? nil : record
    }

    /// Lets instances remember what is about to be given, before any of it is: a run that is killed in between, and whose
    /// specification changes before the next one, must not leave privileges, memberships or settings that are nobody's.
    ///
    /// An instance that this run makes begins with that knowledge (``firstRecord(of:)``); what is given in a database that
    /// this run makes is remembered when there is something to give it on (``rememberIntended(_:on:)``).
    ///
    /// - Parameter observed: What the plan was made from.
    package func rememberIntended(of plan: Plan, on observed: ObservedFleet) async throws {
        let resources = Dictionary(
            grouping: plan.actions.filter { $0.operation == .statement }.map(\.resource),
            by: \.instance
        )
        for (name, ids) in resources.sorted(by: { $0.key < $1.key }) {
            guard let instance = observed.instances[name] else { continue }
            var record = instance.placement.record
            for object in ids.compactMap(desired.object) { Self.addIntended(object, on: instance.server, to: &record) }
            if record != instance.placement.record { _ = try await provider.perform(.record(record), on: name) }
        }
    }

    /// Adds what is about to be given to an object, or to one that is not there yet.
    static func addIntended(_ object: some ServerObject, on server: ObservedServer?, to record: inout OwnershipRecord) {
        record.intend(object.intended(on: server?.observed(object)), for: object.id, object.deletionPolicy)
    }

    /// Lets the instance remember what is about to be given to one object, where that was not known before the run.
    func rememberIntended<Object: ServerObject>(_ object: Object, on observed: Object.Observed) async throws {
        try await records.remember(object.intended(on: observed), for: object.id, object.deletionPolicy)
    }

    private func record(of name: String, over old: OwnershipRecord, server: ObservedServer, isConfigured: Bool)
        -> OwnershipRecord
    {
        var record = old
        let assignments = desired.instances[name]?.parameters ?? []
        let open = Set(
            ParameterComparison.differences(desired: assignments, observed: server.parameters, applied: old.parameters)
                .map(\.path)
        )
        for assignment in assignments
        where !open.contains("parameters.\(assignment.name)") || isConfigured && isTakenOver(assignment, server)
            || isConfigured && isWaiting(assignment, server, of: name)
        {
            let became = server.parameters[assignment.name]?.setting ?? assignment.value
            record.parameters[assignment.name] = AppliedParameter(
                written: assignment.value,
                became: became,
                origin: "\(assignment.origin), \(assignment.range.location)"
            )
        }
        let wanted = Set(assignments.map(\.name))
        for parameter in old.parameters.keys
        where !wanted.contains(parameter) && !open.contains("parameters.\(parameter)") {
            record.parameters[parameter] = nil
        }
        for object in desired.objects(of: name, applied: old) {
            if let applied = applied(object, on: server, before: old) {
                record.objects[object.id.description] = applied
            }
        }
        forgetRemoved(from: &record, server: server)
        let absent = desired.objects(of: name)
            .filter { $0.removalPolicy != nil && server.objects[$0.id.kind]?[$0.id] == nil }
        // Of what comes back before it is removed again, it is still known that it was gone.
        let returned = Set(old.absent ?? [])
            .intersection(
                desired.objects(of: name).filter { $0.removalPolicy != nil }.map(\.id.description)
            )
        let names = Set(absent.map(\.id.description)).union(returned)
        record.absent = names.isEmpty ? nil : names.sorted()
        return record
    }

    /// What the server spells in its own way, or rounds, differs until it has been seen once after it was written.
    private func isTakenOver(_ assignment: ParameterAssignment, _ server: ObservedServer) -> Bool {
        guard let observed = server.parameters[assignment.name] else { return false }
        return observed.isOverridden
            || (observed.isSetByPgsteer || observed.isSetBySystem) && !observed.isPendingRestart
    }

    /// A server that exists without pgsteer is restarted by others; until then what was written waits.
    private func isWaiting(_ assignment: ParameterAssignment, _ server: ObservedServer, of name: String) -> Bool {
        guard desired.instances[name]?.connection != nil else { return false }
        return server.parameters[assignment.name]?.isPendingRestart ?? false
    }

    /// Returns what is to be remembered of an object; nil while it is not as desired.
    private func applied(
        _ object: some ServerObject,
        on server: ObservedServer,
        before: OwnershipRecord
    ) -> AppliedObject? {
        guard object.removalPolicy == nil, let observed = server.observed(object) else { return nil }
        let context = context(of: object.id, record: before.objects)
        guard object.differences(from: observed, context: context).isEmpty else { return nil }
        var applied = object.applied(on: observed)
        applied.declarations = object.declarationDigests
        return applied
    }

    private func forgetRemoved(from record: inout OwnershipRecord, server: ObservedServer) {
        for text in record.objects.keys {
            guard let id = ResourceID(text), desired.declares(id) == false else { continue }
            if server.objects[id.kind]?[id] == nil { record.objects[text] = nil }
            // An object of which nothing was applied any more is not remembered.
            if desired.object(id) != nil, record.objects[text]?.lists.values.allSatisfy(\.isEmpty) ?? false {
                record.objects[text] = nil
            }
        }
    }
}

extension Receipt {
    /// The instances whose files hold all desired parameters since this run.
    fileprivate var configuredInstances: Set<String> {
        let own = entries.filter { $0.action.resource.kind == Instance.kind }
        let unfinished = Set(
            own.filter { $0.status == .failed || $0.status == .skipped }.map(\.action.resource.instance)
        )
        let written = own.filter { $0.action.operation == .configure || $0.action.operation == .provision }
        return Set(written.map(\.action.resource.instance)).subtracting(unfinished)
    }
}
