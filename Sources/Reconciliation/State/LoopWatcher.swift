/// Sees everything that a loop comes to know; called in order, and must return at once.
package protocol LoopWatcher: Sendable {
    func saw(_ state: LoopState)
    func saw(_ look: LoopLook, of instance: String)
}

/// How many notifications were delivered, by the names of their channels.
package struct NotificationCounts: Hashable, Sendable {
    package struct Channel: Hashable, Sendable {
        package var sent = 0
        /// Attempts that failed.
        package var failed = 0
        /// Those that were given up.
        package var dropped = 0
        package var waiting = 0

        package init() {}
    }

    package var channels: [String: Channel] = [:]

    package init() {}
}
