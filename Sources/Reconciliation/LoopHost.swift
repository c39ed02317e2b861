package import Execution
package import FleetModel
package import Observing
package import Providers
package import Resources

/// The hands that the loop works with: made for what is desired, and made anew when its settings change.
package struct LoopFleet: Sendable {
    package var provider: FleetProvider
    package var observer: Observer

    package init(provider: FleetProvider, observer: Observer) {
        self.provider = provider
        self.observer = observer
    }
}

/// What the loop needs of the program that it runs in.
package protocol LoopHost: Sendable {
    /// Returns provider and observer for what is desired.
    func fleet(for desired: DesiredFleet) async -> LoopFleet
    /// Performs a plan as one run with a name of its own: progress, history, what instances remember.
    ///
    /// - Parameters:
    ///   - desired: What the plan was made for; may be a part of the revision.
    ///   - locks: The right to change the instances of the plan.
    ///   - tell: Told each action that was performed or has failed.
    func perform(
        _ plan: Plan,
        on observed: ObservedFleet,
        desired: DesiredFleet,
        commit: String?,
        fleet: LoopFleet,
        locks: InstanceLocks,
        tell: @escaping @Sendable (LoopEvent) -> Void
    ) async throws -> Receipt
    /// Performs one action beside the instances' own runs, as a run of its own in the history.
    func perform(
        _ action: Action,
        as verb: String,
        desired: DesiredFleet,
        by body: @escaping @Sendable (Action) async throws -> ProviderOutcome
    ) async -> Receipt
    /// Returns where a migration stands by its files in the home; nil while it has not begun, or they cannot be read.
    func migrationLook(_ name: String) -> MigrationLook?
    /// Returns where migrations are that have begun and that no document declares any more, by name.
    func undeclaredMigrations(besides desired: DesiredFleet) -> [String: String]
    /// Begins a migration, or goes on with it, until nothing is left that it can do by itself; returns its state then, or
    /// nil when it was interrupted, or another process works on it.
    ///
    /// - Parameter tell: Told each thing that happens, in a line.
    func migrate(
        _ migration: Migration,
        desired: DesiredFleet,
        interruption: Interruption,
        tell: @escaping @Sendable (String) -> Void
    ) async throws -> MigrationState?
    /// Asks both ends of a migration that nobody works on how far the target is behind, and whether the source can bear
    /// what it keeps for it; stops the migration at its limit where that may be done.
    ///
    /// - Parameter tell: Told each thing that was not there at the last look.
    func look(
        at migration: Migration,
        desired: DesiredFleet,
        mayStop: Bool,
        tell: @escaping @Sendable (String) -> Void
    ) async -> MigrationLook.Following?
    /// Reads the secrets that specifications refer to, and tells what is wrong with them.
    func loadSecrets(into reading: inout SpecReading, _ desired: inout DesiredFleet)
    /// Called a few times a second as long as the loop does not stand still.
    func beat()
    /// Tells an event.
    func report(_ event: LoopEvent)
}
