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
    /// - Parameter desired: What the plan was made for; may be a part of the revision.
    func perform(
        _ plan: Plan,
        on observed: ObservedFleet,
        desired: DesiredFleet,
        commit: String?,
        fleet: LoopFleet
    ) async throws -> Receipt
    /// Reads the secrets that specifications refer to, and tells what is wrong with them.
    func loadSecrets(into reading: inout SpecReading, _ desired: inout DesiredFleet)
    /// Called a few times a second as long as the loop does not stand still.
    func beat()
    /// Tells an event.
    func report(_ event: LoopEvent)
}
