import Backups
import Reconciliation
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite struct BackupConditionTests {
    private let first = Date(timeIntervalSince1970: 1000)
    private let later = Date(timeIntervalSince1970: 2000)

    private func alarm(_ kind: BackupAlarm.Kind) -> BackupAlarm {
        BackupAlarm(kind: kind, message: "\(kind) is so.", help: "look")
    }

    @Test func `every alarm has a reason of its own`() {
        for kind in BackupAlarm.Kind.allCases {
            #expect(Condition.backedUp([alarm(kind)], before: [], now: first).reason.rawValue == kind.rawValue)
        }
    }

    @Test func `a condition keeps the time since when it is so, whatever its message`() {
        let good = Condition.backedUp([], before: [], now: first)
        #expect(good.isTrue && good.reason == .succeeded)
        let failed = Condition.backedUp([alarm(.failed)], before: [good], now: later)
        #expect(!failed.isTrue && failed.since == later)
        let more = Condition.backedUp([alarm(.failed), alarm(.drill)], before: [failed], now: .now)
        #expect(more.since == later && more.message == "failed is so. drill is so.")
    }
}
