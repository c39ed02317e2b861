import Migrating
import Reconciliation
import Resources

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Whether a cut-over that waits for a window may happen.
enum CutoverWindows {
    /// Returns what the windows of a migration say at this moment; open when its cut-over waits for none.
    static func now(_ migration: Migration, _ desired: DesiredFleet) -> CutoverTime {
        guard let windows = migration.windows(in: desired.instances) else { return .open }
        let now = Int(Date.now.timeIntervalSince1970)
        switch WindowState.of(windows, at: now) {
        case .open: return .open
        case .closed(let until, let window):
            let time = Date(timeIntervalSince1970: Double(until)).formatted(.iso8601)
            return .waiting("waits for its window \(window), which opens at \(time)")
        case .unknown(let window):
            return .waiting("waits, because this host does not know the time zone of \(window)")
        }
    }
}
