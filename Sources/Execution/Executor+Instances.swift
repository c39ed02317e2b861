import Backups
import FleetModel
import Observing
import Providers
import Resources
import SpecSchema

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension Executor {
    /// Why an action cannot be performed any more: its resource went away between plan and performance.
    struct GoneError: Error, CustomStringConvertible {
        var resource: ResourceID
        var description: String { "\(resource) is gone since the plan was made; plan again" }
    }

    func instance(_ name: String) throws -> Instance {
        guard let instance = desired.instances[name] else { throw GoneError(resource: .instance(name)) }
        return instance
    }

    func placement(_ name: String) async throws -> InstanceObservation {
        guard let placement = try await provider.observe(name) else { throw GoneError(resource: .instance(name)) }
        return placement
    }

    func provision(_ name: String) async throws -> ProviderOutcome {
        let instance = try instance(name)
        let blueprint = InstanceBlueprint(
            major: instance.version.value,
            charset: instance.charset.value.rawValue,
            parameters: instance.parameterValues,
            record: firstRecord(of: instance),
            origin: instance.origin?.value
        )
        let outcome = try await provider.perform(.provision(blueprint), on: name)
        let values = instance.parameters.map { ParameterChange(name: $0.name, before: nil, after: $0.value) }
        if outcome == .performed, !values.isEmpty { await runner.post(.parametersChanged(instance: name, values)) }
        return outcome
    }

    /// A new instance has no restart behind it that its token could ask for, and knows from the beginning what it is
    /// about to be given.
    private func firstRecord(of instance: Instance) -> OwnershipRecord {
        var record = instance.record(over: OwnershipRecord())
        record.restartToken = instance.restartToken?.value
        record.origin = instance.origin?.value.description
        for object in desired.objects(of: instance.name) where object.removalPolicy == nil {
            Self.addIntended(object, on: nil, to: &record)
        }
        return record
    }

    func secure(_ name: String) async throws -> ProviderOutcome {
        let now = Int(Date.now.timeIntervalSince1970)
        guard let request = try instance(name).tlsRequest(secrets: desired.secrets, now: now) else {
            throw ProviderError("the certificate of \(name) could not be read")
        }
        return try await provider.perform(.secure(request), on: name)
    }

    func start(_ name: String) async throws -> ProviderOutcome {
        await sessions.close(name)
        return try await provider.perform(.start, on: name)
    }

    func destroy(_ name: String) async throws -> ProviderOutcome {
        await sessions.close(name)
        return try await provider.perform(.destroy, on: name)
    }

    /// Lets the standby of an instance, or the replicas of a read-only group, follow.
    func attach(_ id: ResourceID) async throws -> ProviderOutcome {
        guard id.kind == ReadOnlyGroup.kind else { return try await provider.perform(.attach, on: id.instance) }
        guard let group = desired.readOnlyGroups.first(where: { $0.id == id }) else { throw GoneError(resource: id) }
        return try await provider.perform(.attachGroup(group.name, group.policy.value), on: id.instance)
    }

    func detach(_ id: ResourceID) async throws -> ProviderOutcome {
        let isGroup = id.kind == ReadOnlyGroup.kind
        return try await provider.perform(isGroup ? .detachGroup(id.name) : .detach, on: id.instance)
    }

    func recordFacts(_ name: String) async throws -> ProviderOutcome {
        let (instance, placement) = (try instance(name), try await placement(name))
        var record = instance.record(over: placement.record)
        // What does not run is started, which is as good as the restart that is asked for.
        if placement.state != .running, let token = instance.restartToken { record.restartToken = token.value }
        return try await provider.perform(.record(record), on: name)
    }

    /// Writes the parameters, and posts what the server has taken over.
    func configure(_ name: String) async throws -> ProviderOutcome {
        try await followingParameters(of: name) {
            try await provider.perform(.configure(try await parameterValues(of: name)), on: name)
        }
    }

    /// All parameters that are desired, and those among them that differ on the server.
    private func parameterValues(of name: String) async throws -> ParameterValues {
        let instance = try instance(name)
        let observed = await parameters(of: name) ?? [:]
        let differences = ParameterComparison.differences(
            desired: instance.parameters,
            observed: observed,
            applied: try await placement(name).record.parameters
        )
        let changed = differences.map { (String($0.path.dropFirst("parameters.".count)), $0.desired) }
        return ParameterValues(
            desired: instance.parameterValues,
            changed: Dictionary(changed) { first, _ in first }
        )
    }

    /// Restarts the server when one of the desired parameters still waits for it.
    ///
    /// - Parameter operation: Whether the servers are restarted in place, or the standby takes over.
    func restart(_ name: String, by operation: Action.Operation) async throws -> ProviderOutcome {
        let placement = try await placement(name)
        let instance = try instance(name)
        await sessions.close(name)
        if placement.state == .running {
            let observed = try await observer.parameters(of: name)
            let differences = ParameterComparison.differences(
                desired: instance.parameters,
                observed: observed,
                applied: placement.record.parameters
            )
            let isAsked = try await beginAskedRestart(of: instance, placement)
            // The archiver is the provider's own, and starts with the server.
            let waitsForArchiver = observed["archive_mode"]?.isPendingRestart ?? false
            guard isAsked || waitsForArchiver || differences.contains(where: { $0.impact >= .restart }) else {
                return try await endAskedRestart(of: instance)
            }
        }
        let outcome = try await followingParameters(of: name) {
            let limit = checkpointLimit
            return try await provider.perform(
                operation == .switchover ? .switchover(checkpointLimit: limit) : .restart(checkpointLimit: limit),
                on: name
            )
        }
        _ = try await endAskedRestart(of: instance)
        return outcome
    }

    /// Returns whether a token asks for a restart that has not been done, and writes down that it is begun.
    private func beginAskedRestart(of instance: Instance, _ placement: InstanceObservation) async throws -> Bool {
        var record = placement.record
        guard let token = instance.restartToken?.value, token != record.restartToken else { return false }
        let started = try await observer.serverStart(of: instance.name)
        if let begun = record.restartBegun, begun.token == token, begun.serverStarted != started { return false }
        record.restartBegun = BegunRestart(token: token, serverStarted: started)
        _ = try await provider.perform(.record(record), on: instance.name)
        return true
    }

    /// Lets the instance remember that the restart which its token asks for has been done.
    private func endAskedRestart(of instance: Instance) async throws -> ProviderOutcome {
        guard let token = instance.restartToken?.value else { return .alreadyDone }
        var record = try await placement(instance.name).record
        (record.restartToken, record.restartBegun) = (token, nil)
        return try await provider.perform(.record(record), on: instance.name)
    }

    /// Performs a body and posts the parameters that differ afterwards.
    private func followingParameters(
        of name: String,
        _ body: () async throws -> ProviderOutcome
    ) async throws -> ProviderOutcome {
        let before = await parameters(of: name)
        let own = try await ownParameters(of: name)
        let outcome = try await body()
        let after = await parameters(of: name)
        guard let before, let after else { return outcome }
        // A server that exists without pgsteer is restarted by others, and what was written counts from then on.
        let isExternal = try instance(name).connection != nil
        func value(_ parameter: ObservedParameter?) -> String? { isExternal ? parameter?.shownNext : parameter?.shown }
        let changes = Set(before.keys).union(after.keys).sorted()
            .compactMap { parameter -> ParameterChange? in
                let (old, new) = (before[parameter], after[parameter])
                guard value(old) != value(new), (new ?? old)?.context != "internal" else { return nil }
                // Parameters come and go with the libraries that know them.
                if old == nil || new == nil, (old ?? new)?.source == "default" { return nil }
                let isOurs = [old, new].contains { $0?.isSetByPgsteer ?? false || $0?.isSetByProvider ?? false }
                return ParameterChange(
                    name: parameter,
                    before: value(old),
                    after: value(new),
                    isByOthers: !isOurs && !own.contains(parameter.lowercased())
                )
            }
        if !changes.isEmpty { await runner.post(.parametersChanged(instance: name, changes)) }
        return outcome
    }

    /// The names of those that documents set, or did until now, in lower case.
    private func ownParameters(of name: String) async throws -> Set<String> {
        let record = try await placement(name).record
        return Set((try instance(name).parameters.map(\.name) + record.parameters.keys).map { $0.lowercased() })
    }

    /// Nil when the server does not run.
    private func parameters(of name: String) async -> [String: ObservedParameter]? {
        guard (try? await placement(name))?.state == .running else { return nil }
        return try? await observer.parameters(of: name)
    }
}
