package import PostgresClient
import SQL
import Synchronization

/// Clients that append numbers through an endpoint, reconnect when they are thrown out, and remember what was acknowledged.
package final class WriteLoad: Sendable {
    private struct State {
        var isStopped = false
        var next = 0
        var acknowledged: Set<Int> = []
        var target: ConnectionTarget
    }

    private let state: Mutex<State>

    /// - Parameter target: Where and as whom to connect; the database has a table `public.written (id int)`.
    package init(_ target: ConnectionTarget) {
        state = Mutex(State(target: target))
    }

    /// Lets clients that connect from now on go somewhere else.
    package func move(to target: ConnectionTarget) { state.withLock { $0.target = target } }

    /// Runs a body while clients write, and returns the numbers whose commit was acknowledged.
    ///
    /// - Parameter clients: How many write at the same time.
    package func during(clients: Int = 4, _ body: () async throws -> Void) async throws -> Set<Int> {
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
        return state.withLock(\.acknowledged)
    }

    private func stop() { state.withLock { $0.isStopped = true } }

    private func waitForWrites(_ count: Int) async {
        // Only what never writes again gets there: on a busy machine a commit may take seconds.
        let deadline = ContinuousClock.now + .seconds(600)
        while state.withLock(\.acknowledged.count) < count, ContinuousClock.now < deadline {
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    private func write() async {
        while !state.withLock(\.isStopped) {
            guard let connection = try? await PostgresConnection.open(state.withLock(\.target)) else {
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
            state.withLock { _ = $0.acknowledged.insert(id) }
            try? await Task.sleep(for: .milliseconds(10))
        }
    }
}
