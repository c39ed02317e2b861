package import FleetModel
package import Observing
package import Providers
package import Resources
package import SideEffects

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Performs a plan with the provider and with SQL; every action takes a second look right before it acts.
package struct Executor: Sendable {
    let provider: any InstanceProvider
    let observer: Observer
    let desired: DesiredFleet
    let effects: SideEffectCounter
    let runner: ActionRunner
    let migrations: any MigrationWorker
    /// The right to change the instances of the plan.
    let locks: InstanceLocks
    let sessions: ServerSessions
    let records: AppliedRecords
    /// How long a checkpoint may take before a restart is refused.
    let checkpointLimit: Duration
    /// Accounts that the plan removes, by instance.
    private var leaving: [String: Set<Name>] = [:]

    package init(
        provider: any InstanceProvider,
        observer: Observer,
        desired: DesiredFleet,
        effects: SideEffectCounter,
        runner: ActionRunner,
        migrations: any MigrationWorker,
        locks: InstanceLocks,
        checkpointLimit: Duration = .seconds(120)
    ) {
        self.provider = provider
        self.observer = observer
        self.desired = desired
        self.effects = effects
        self.runner = runner
        self.migrations = migrations
        self.locks = locks
        sessions = ServerSessions(observer: observer, effects: effects)
        records = AppliedRecords(provider: provider)
        self.checkpointLimit = checkpointLimit
    }

    /// What an object is compared with right now.
    func context(of id: ResourceID, record: [String: AppliedObject]) -> ObjectContext {
        var context = ObjectContext(
            applied: record[id.description],
            record: record,
            secrets: desired.secrets,
            now: Int(Date.now.timeIntervalSince1970),
            wantedIterations: desired.instances[id.instance]?.wantedIterations
        )
        context.leaving = leaving[id.instance] ?? []
        return context
    }

    /// Performs all actions that can be performed, and returns what became of each.
    package func perform(_ plan: Plan, run: String) async -> Receipt {
        var executor = self
        let removed = plan.actions.filter { $0.operation == .remove && $0.resource.kind == Account.kind }
            .map(\.resource)
        executor.leaving = Dictionary(grouping: removed, by: \.instance).mapValues { Set($0.map { Name($0.name) }) }
        let receipt = await runner.run(plan, run: run) { [executor] action in try await executor.outcome(of: action) }
        await sessions.closeAll()
        return receipt
    }

    private func migrate(_ name: String) async throws -> ProviderOutcome {
        guard let migration = desired.migrations[name] else {
            throw GoneError(resource: ResourceID(Migration.kind, name))
        }
        return try await migrations.work(on: migration)
    }

    /// The one place where an action's operation meets the hand that does it.
    private func outcome(of action: Action) async throws -> ProviderOutcome {
        let name = action.resource.instance
        switch action.operation {
        case .provision: return try await provision(name)
        case .configure: return try await configure(name)
        case .start: return try await start(name)
        case .failover: return try await start(name)
        case .restart, .switchover: return try await restart(name, by: action.operation)
        case .attach: return try await attach(action.resource)
        case .detach: return try await detach(action.resource)
        case .expose: return try await provider.perform(.expose(try instance(name).exposure), on: name)
        case .secure: return try await secure(name)
        case .archive: return try await provider.perform(.archive, on: name)
        case .backup: return try await provider.perform(.backup, on: name)
        case .record: return try await recordFacts(name)
        case .statement: return try await bringAbout(action.resource)
        case .remove: return try await remove(action.resource)
        case .migrate: return try await migrate(name)
        case .destroy: return try await destroy(name)
        }
    }
}
