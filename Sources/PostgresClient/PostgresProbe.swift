import CLibPQ
import Dispatch
import Glibc

/// Asks whether a server takes a session and answers a statement, within a time of less than a second.
///
/// libpq's own limit for connecting is 2 seconds at least, and a server that is stopped in the middle of everything keeps
/// its sockets open for ever: only an answer shows that it serves.
package enum PostgresProbe {
    private static let queue = DispatchQueue(label: "pgsteer.probe", attributes: .concurrent)

    /// Whether the server answers within the time; false for one that refuses, too.
    package static func isAnswering(_ target: ConnectionTarget, within limit: Duration) async -> Bool {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: ask(target, deadline: .now + limit)) }
        }
    }

    private static func ask(_ target: ConnectionTarget, deadline: ContinuousClock.Instant) -> Bool {
        let pairs = target.keywords
        let started = withCStrings(pairs.map(\.0)) { keywords in
            withCStrings(pairs.map(\.1)) { values in PQconnectStartParams(keywords, values, 0) }
        }
        guard let handle = started else { return false }
        defer { PQfinish(handle) }
        var state = PGRES_POLLING_WRITING
        while state != PGRES_POLLING_OK {
            guard state != PGRES_POLLING_FAILED, PQstatus(handle) != CONNECTION_BAD,
                wait(for: state == PGRES_POLLING_READING ? POLLIN : POLLOUT, handle, deadline)
            else { return false }
            state = PQconnectPoll(handle)
        }
        guard PQsendQuery(handle, "SELECT 1") == 1 else { return false }
        while PQisBusy(handle) == 1 {
            guard wait(for: POLLIN, handle, deadline), PQconsumeInput(handle) == 1 else { return false }
        }
        guard let result = PQgetResult(handle) else { return false }
        defer { PQclear(result) }
        return PQresultStatus(result) == PGRES_TUPLES_OK
    }

    private static func wait(for event: Int32, _ handle: OpaquePointer, _ deadline: ContinuousClock.Instant) -> Bool {
        let rest = (deadline - .now).components
        let milliseconds = rest.seconds * 1000 + rest.attoseconds / 1_000_000_000_000_000
        guard milliseconds > 0 else { return false }
        var descriptor = pollfd(fd: PQsocket(handle), events: Int16(event), revents: 0)
        return poll(&descriptor, 1, Int32(clamping: milliseconds)) > 0
    }
}
