import Synchronization

/// Why an instance is looked at.
package enum Wake: Hashable, Sendable {
    /// Time has come.
    case interval
    case specs
    /// A process of one of its servers ended.
    case died
    /// Its primary runs and does not answer.
    case hung
    /// Somebody asked for it.
    case wish(isUrgent: Bool)
    /// Something else that it depends on changed.
    case surroundings
    /// The loop ends.
    case stop

    /// That somebody asked for it, in whatever way.
    package static let wishes: Set<Wake> = [.wish(isUrgent: false), .wish(isUrgent: true)]
}

/// Wakes one waiter; what comes while nobody waits is kept, and comes once.
package final class WakeSignal: Sendable {
    private struct State {
        var pending: Set<Wake> = []
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    package init() {}

    package func wake(_ wake: Wake) {
        let waiter = state.withLock { state in
            state.pending.insert(wake)
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    /// Waits until somebody wakes, or the time is over.
    package func wait(for delay: Duration) async -> Set<Wake> {
        async let _: Void = ring(after: delay)
        await untilPending()
        return state.withLock { state in
            defer { state.pending = [] }
            return state.pending
        }
    }

    private func ring(after delay: Duration) async {
        do { try await Task.sleep(for: delay) } catch { return }
        wake(.interval)
    }

    private func untilPending() async {
        await withCheckedContinuation { continuation in
            let isPending = state.withLock { state in
                if !state.pending.isEmpty { return true }
                state.waiter = continuation
                return false
            }
            if isPending { continuation.resume() }
        }
    }
}
