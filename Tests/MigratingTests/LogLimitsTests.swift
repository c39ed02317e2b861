import FleetModel
import Migrating
import Resources
import Testing

/// How much of its log a source may keep for a migration.
@Suite struct LogLimitsTests {
    private static func limits(_ size: ByteCount? = .mebibytes(1000), databaseBytes: Int = 0) -> LogLimits {
        var policy = SourceGuard()
        policy.retainedWAL = size
        return LogLimits(policy, databaseBytes: databaseBytes)
    }

    private enum Kind { case fine, alarm, limit, lost }

    private static func kind(_ log: RetainedLog, _ limits: LogLimits = limits()) -> Kind {
        switch limits.verdict(log) {
        case .fine: .fine
        case .alarm: .alarm
        case .limit: .limit
        case .lost: .lost
        }
    }

    @Test func `an alarm comes at half of the limit`() {
        #expect(Self.kind(RetainedLog(bytes: (500 << 20) - 1)) == .fine)
        #expect(Self.kind(RetainedLog(bytes: 500 << 20)) == .alarm)
        #expect(Self.kind(RetainedLog(bytes: (1000 << 20) - 1)) == .alarm)
        #expect(Self.kind(RetainedLog(bytes: 1000 << 20)) == .limit)
    }

    @Test func `without a word in the document the limit grows with the database`() {
        #expect(Self.limits(nil).bytes == 10 << 30)
        #expect(Self.limits(nil, databaseBytes: 200 << 30).bytes == 20 << 30)
        #expect(Self.limits(.mebibytes(64), databaseBytes: 200 << 30).bytes == 64 << 20)
    }

    @Test func `a slot that the source gave up is lost, and one that it soon will is an alarm`() {
        #expect(Self.kind(RetainedLog(bytes: 0, status: "lost")) == .lost)
        #expect(Self.kind(RetainedLog(bytes: 1, status: "reserved", reason: "idle_timeout")) == .lost)
        #expect(Self.kind(RetainedLog(bytes: 1, status: "unreserved")) == .alarm)
        #expect(Self.kind(RetainedLog(bytes: 300, safeBytes: 98, status: "extended")) == .alarm)
        #expect(Self.kind(RetainedLog(bytes: 300, safeBytes: 100, status: "extended")) == .fine)
    }

    @Test func `with a way back it is the target that keeps its log`() {
        let limits = LogLimits(SourceGuard(), databaseBytes: 0, of: .target)
        let kept = limits.verdict(RetainedLog(bytes: 20 << 30)).text
        #expect(kept?.hasPrefix("the target keeps 20.0 GiB of its write-ahead log for the way back") == true)
        let lost = limits.verdict(RetainedLog(bytes: 0, status: "lost")).text
        #expect(lost == "the target has given up the replication slot: what the source still needs is gone")
    }

    @Test func `a disk that runs full is told, unless others fill it`() {
        func log(_ bytes: Int, free: Int) -> RetainedLog {
            RetainedLog(bytes: bytes, freeBytes: free, diskBytes: 100_000)
        }
        #expect(Self.kind(log(5000, free: 10_000)) == .fine)
        #expect(Self.kind(log(5000, free: 9999)) == .alarm)
        #expect(Self.kind(log(5000, free: 4999)) == .limit)
        #expect(Self.kind(log(400, free: 4999)) == .fine)
    }

    @Test func `a target that takes in what is kept is told apart from one that stands still`() {
        let before = RetainedLog(bytes: 9, confirmed: "0/10")
        #expect(RetainedLog(bytes: 9, confirmed: "0/20").isShrinking(since: before))
        #expect(!RetainedLog(bytes: 9, confirmed: "0/10").isShrinking(since: before))
        #expect(!RetainedLog(bytes: 9, confirmed: "0/20", isActive: false).isShrinking(since: before))
        #expect(before.isShrinking(since: nil))
    }

    @Test func `a chain of new names is renamed from its end, a circle is not`() {
        let chain = SchemaRenaming(["a": "b", "b": "c", "x": "y"])
        #expect(chain.steps.map(\.old) == ["b", "a", "x"])
        #expect(chain.target("a") == "b" && chain.target("z") == "z")
        #expect(SchemaRenaming(["a": "b", "b": "a"]).steps.isEmpty)
    }
}
