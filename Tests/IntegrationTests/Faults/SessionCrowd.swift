import PostgresClient
import SQL
import Synchronization
import TestSupport

/// Many sessions that ask again and again, and connect again when they are thrown out.
final class SessionCrowd: Sendable {
    private struct State {
        var isStopped = false
        /// The server that each of them spoke with last, by its port.
        var servers: [Int: String] = [:]
    }

    private let state = Mutex(State())
    private let target: ConnectionTarget
    private let count: Int

    init(_ count: Int, _ target: ConnectionTarget) {
        self.count = count
        self.target = target
    }

    /// How many are kept by one task, one after the other: so many logging in at once would keep each other from it.
    private static let perTask = 25

    /// Runs them until `stop`.
    func run() async {
        await withDiscardingTaskGroup { group in
            for first in stride(from: 0, to: count, by: Self.perTask) {
                group.addTask { await self.keep(first..<min(first + Self.perTask, self.count)) }
            }
        }
    }

    func stop() { state.withLock { $0.isStopped = true } }

    /// Of how many the last answer came from a server.
    func count(askedOf server: String) -> Int { state.withLock { $0.servers.values.count { $0 == server } } }

    private var isStopped: Bool { state.withLock(\.isStopped) }

    private func keep(_ numbers: Range<Int>) async {
        var connections: [Int: PostgresConnection] = [:]
        while !isStopped {
            for number in numbers where !isStopped {
                do {
                    let connection: PostgresConnection
                    if let kept = connections[number] {
                        connection = kept
                    } else {
                        connection = try await PostgresConnection.open(target)
                    }
                    connections[number] = connection
                    let rows = try await connection.query("SELECT current_setting('port') AS port")
                    state.withLock { $0.servers[number] = rows.first?["port"] }
                } catch {
                    state.withLock { $0.servers[number] = nil }
                    await connections[number]?.close()
                    connections[number] = nil
                }
            }
            try? await Task.sleep(for: .milliseconds(100))
        }
        for connection in connections.values { await connection.close() }
    }
}
