import Execution
import FleetModel
import Providers
import Synchronization

/// Gives each instance free as soon as a plan is through with it.
final class LockRelease: ExecutionRecorder {
    private let locks: InstanceLocks
    /// How many actions of each instance have not ended.
    private let open: Mutex<[String: Int]>

    init(_ locks: InstanceLocks, _ plan: Plan) {
        self.locks = locks
        open = Mutex(Dictionary(grouping: plan.actions, by: \.resource.instance).mapValues(\.count))
    }

    func record(_ event: ExecutionEvent) {
        guard case .ended(let entry) = event else { return }
        let name = entry.action.resource.instance
        let rest = open.withLock { open in
            open[name, default: 1] -= 1
            return open[name] ?? 0
        }
        if rest == 0 { locks.release(name) }
    }
}
