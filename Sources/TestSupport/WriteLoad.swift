package import PostgresClient
import SQL
import Synchronization

/// Clients that append numbers through an endpoint, reconnect when they are thrown out, and remember what was acknowledged.
package final class WriteLoad: Sendable {
    package struct Result: Sendable {
        /// Numbers whose commit was acknowledged.
        package var acknowledged: Set<Int>
        /// The longest time between two acknowledged commits of any two clients.
        package var longestPause: Duration
    }

    private struct State {
        var isStopped = false
        var next = 0
        var acknowledged: Set<Int> = []
        var last: ContinuousClock.Instant?
        var longestPause = Duration.zero
    }

    private let target: ConnectionTarget
    private let state = Mutex(State())

    /// - Parameter target: Where and as whom to connect; the database has a table `public.written (id int)`.
    package init(_ target: ConnectionTarget) {
        self.target = target
    }

    /// Runs a body while clients write, and returns what became of their writes.
    ///
    /// - Parameter clients: How many write at the same time.
    package func during(clients: Int = 4, _ body: () async throws -> Void) async throws -> Result {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<clients { group.addTask { await self.write() } }
            await waitForWrites(10 * clients)
            do {
                try await body()
            } catch {
                stop()
                throw error
            }
            // What comes after shows that writing goes on.
            let before = state.withLock(\.acknowledged.count)
            await waitForWrites(before + 10 * clients)
            stop()
            try await group.waitForAll()
        }
        return state.withLock { Result(acknowledged: $0.acknowledged, longestPause: $0.longestPause) }
    }

    private func stop() { state.withLock { $0.isStopped = true } }

    private func waitForWrites(_ count: Int) async {
        let deadline = ContinuousClock.now + .seconds(30)
        while state.withLock(\.acknowledged.count) < count, ContinuousClock.now < deadline {
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    private func write() async {
        while !state.withLock(\.isStopped) {
            guard let connection = try? await PostgresConnection.open(target) else {
                try? await Task.sleep(for: .milliseconds(5))
                continue
            }
            await write(connection)
            await connection.close()
        }
    }

    /// Writes until the session breaks.
    private func write(_ connection: PostgresConnection) async {
        while !state.withLock(\.isStopped) {
            let id = state.withLock { state in
                state.next += 1
                return state.next
            }
            do { try await connection.execute("INSERT INTO public.written VALUES (\(literal: String(id)))") } catch {
                return
            }
            state.withLock { state in
                let now = ContinuousClock.now
                if let last = state.last { state.longestPause = max(state.longestPause, now - last) }
                state.last = now
                state.acknowledged.insert(id)
            }
            try? await Task.sleep(for: .milliseconds(10))
        }
    }
}
