import Testing

@testable import Providers

/// What of a server's log says why it does not start.
@Suite struct ServerLogTests {
    @Test func `clients that come too early do not hide why a server does not start`() {
        let cause = "2026-11-30 13:29:57 UTC [5736] FATAL:  could not write to file: No space left on device"
        let early = "2026-11-30 13:29:57 UTC [5746] app@shop/[unknown] FATAL:  the database system is in recovery mode"
        let detail = "2026-11-30 13:29:57 UTC [5745] DETAIL:  Consistent recovery state has not been yet reached."
        let end = "2026-11-30 13:29:58 UTC [5732] LOG:  database system is shut down"
        let log = [cause] + Array(repeating: early, count: 20) + [detail, end]
        #expect(LocalServer.telling(log.joined(separator: "\n")) == [cause, end])
    }
}
