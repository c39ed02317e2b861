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
        migration.closedWindow(desired.instances, at: Int(Date.now.timeIntervalSince1970)).map(CutoverTime.waiting)
            ?? .open
    }
}
