import Synchronization

/// A wish to stop: running actions finish, no other is started.
package final class Interruption: Sendable {
    private let wished = Mutex(false)

    package init() {}

    package var isWished: Bool { wished.withLock(\.self) }

    package func wish() { wished.withLock { $0 = true } }
}
