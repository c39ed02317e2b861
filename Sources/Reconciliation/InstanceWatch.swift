import FleetModel
import Providers
import Synchronization

/// Notices at once when a process that an instance lives by ends.
final class InstanceWatch: Sendable {
    /// What may hang: a primary whose standby could take over.
    struct Primary: Sendable {
        var instance: String
        var processID: Int
    }

    private struct Watched {
        var watches: [ProcessWatch] = []
        var primary: Primary?
    }

    private let watched = Mutex<[String: Watched]>([:])
    private let gateway = Mutex<ProcessWatch?>(nil)

    /// Watches the processes that an instance has now, instead of those that it had.
    func follow(_ placement: InstanceObservation, _ signal: WakeSignal) {
        let ids = placement.nodes.compactMap(\.processID)
        watched.withLock { watched in
            let before = watched[placement.name]?.watches ?? []
            var now = Watched()
            for id in ids {
                if let watch = before.first(where: { $0.processID == id }) {
                    now.watches.append(watch)
                } else if let watch = ProcessWatch(id, onExit: { signal.wake(.died) }) {
                    now.watches.append(watch)
                } else {
                    signal.wake(.died)
                }
            }
            if let primary = placement.primary?.processID, placement.standby?.processID != nil {
                now.primary = Primary(instance: placement.name, processID: primary)
            }
            watched[placement.name] = now
        }
    }

    func forget(_ name: String) { watched.withLock { $0[name] = nil } }

    /// Watches the gateway's process.
    func followGateway(_ processID: Int?, onExit: @escaping @Sendable () -> Void) {
        gateway.withLock { gateway in
            guard gateway?.processID != processID else { return }
            gateway = processID.flatMap { ProcessWatch($0, onExit: onExit) }
        }
    }

    /// The primaries whose standby could take over when they hang.
    var primaries: [Primary] { watched.withLock { $0.values.compactMap(\.primary) } }
}
