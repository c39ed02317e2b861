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
    /// Where those that have begun stand, by name.
    package private(set) var migrationLooks: [String: MigrationLook] = [:]
    /// What those wait for that have not begun, by name.
    package private(set) var migrationWaits: [String: String] = [:]
    package private(set) var notifications = NotificationCounts()
    /// Sees every state and every look, also those that follow each other faster than anybody shows them.
    private let watcher: (any LoopWatcher)?
    private var subscribers: [Int: AsyncStream<LoopState>.Continuation] = [:]
    private var nextSubscriber = 0

    /// More than one screen of a page shows.
    private static let keptEvents = 500

    package init(_ state: LoopState, watcher: (any LoopWatcher)? = nil) {
        self.state = state
        self.watcher = watcher
    }

    /// Changes the state.
    package func update(_ change: @Sendable (inout LoopState) -> Void) {
        let before = state
        change(&state)
        guard state != before else { return }
        watcher?.saw(state)
        for subscriber in subscribers.values { subscriber.yield(state) }
    }

    package func declare(_ migrations: [Migration]) { self.migrations = migrations }

    package func note(migrations looks: [String: MigrationLook]) {
        guard looks != migrationLooks else { return }
        migrationLooks = looks
        for subscriber in subscribers.values { subscriber.yield(state) }
    }

    package func note(migrationWaits waits: [String: String]) {
        guard waits != migrationWaits else { return }
        migrationWaits = waits
        for subscriber in subscribers.values { subscriber.yield(state) }
    }

    package func note(_ look: LoopLook, of name: String) {
        looks[name] = look
        watcher?.saw(look, of: name)
    }

    package func note(_ counts: NotificationCounts) { notifications = counts }

    /// Forgets what an instance looked like that is not looked after any more.
    package func forgetLook(of name: String) {
        looks[name] = nil
        counts.instances[name] = nil
    }

    package func count(_ outcome: LoopOutcome, of name: String, seconds: Double) {
        counts.add(outcome, of: name, seconds: seconds)
    }

    /// Adds an event at its time: some are told where nothing can be waited for, and come late.
    package func add(_ event: LoopEvent) {
        let place = events.lastIndex { $0.time <= event.time }.map { $0 + 1 } ?? 0
        events.insert(event, at: place)
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
