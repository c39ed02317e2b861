package import Resources

/// Holds the loop's state, and tells everybody who asked when it changes.
package actor LoopStatus {
    package private(set) var state: LoopState
    /// The last events, oldest first.
    package private(set) var events: [LoopEvent] = []
    /// What the last looks saw, by the instances' names.
    package private(set) var looks: [String: LoopLook] = [:]
    package private(set) var counts = LoopCounts()
    /// Those that the specifications in force declare, by name.
    package private(set) var migrations: [Migration] = []
    private var subscribers: [Int: AsyncStream<LoopState>.Continuation] = [:]
    private var nextSubscriber = 0

    /// More than one screen of a page shows.
    private static let keptEvents = 500

    package init(_ state: LoopState) {
        self.state = state
    }

    /// Changes the state.
    package func update(_ change: @Sendable (inout LoopState) -> Void) {
        let before = state
        change(&state)
        guard state != before else { return }
        for subscriber in subscribers.values { subscriber.yield(state) }
    }

    package func declare(_ migrations: [Migration]) { self.migrations = migrations }

    package func note(_ look: LoopLook, of name: String) { looks[name] = look }

    /// Forgets what an instance looked like that is not looked after any more.
    package func forgetLook(of name: String) {
        looks[name] = nil
        counts.instances[name] = nil
    }

    package func count(_ outcome: LoopOutcome, of name: String, seconds: Double) {
        counts.add(outcome, of: name, seconds: seconds)
    }

    package func add(_ event: LoopEvent) {
        events.append(event)
        if events.count > Self.keptEvents { events.removeFirst(events.count - Self.keptEvents) }
    }

    /// The state now, and each time that it has changed; a slow reader gets the newest only.
    package func changes() -> AsyncStream<LoopState> {
        let (stream, continuation) = AsyncStream.makeStream(of: LoopState.self, bufferingPolicy: .bufferingNewest(1))
        let number = nextSubscriber
        nextSubscriber += 1
        subscribers[number] = continuation
        continuation.onTermination = { [weak self] _ in Task { await self?.forget(number) } }
        continuation.yield(state)
        return stream
    }

    private func forget(_ number: Int) { subscribers[number] = nil }
}
