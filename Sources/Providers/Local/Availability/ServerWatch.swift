import CProcessEvents
import Dispatch
import Glibc
import Synchronization

/// Tells within milliseconds that a server of this host has ended.
package final class ServerWatch: Sendable {
    private struct Watched {
        var instance: String
        var source: any DispatchSourceRead
    }

    private let watched = Mutex<[Int: Watched]>([:])
    private let tell: @Sendable (String) -> Void

    /// - Parameter tell: Called with the name of the instance whose server has ended.
    package init(tell: @escaping @Sendable (String) -> Void) {
        self.tell = tell
    }

    deinit { watched.withLock { for watched in $0.values { watched.source.cancel() } } }

    /// Watches these servers of an instance, and no others of it any more.
    package func watch(_ processIDs: Set<Int>, of instance: String) {
        watched.withLock { watched in
            for (processID, entry) in watched where entry.instance == instance && !processIDs.contains(processID) {
                entry.source.cancel()
                watched[processID] = nil
            }
            for processID in processIDs where watched[processID] == nil {
                guard let source = source(processID, instance) else { continue }
                watched[processID] = Watched(instance: instance, source: source)
            }
        }
    }

    private func source(_ processID: Int, _ instance: String) -> (any DispatchSourceRead)? {
        let descriptor = pgsteer_pidfd_open(Int32(processID))
        guard descriptor >= 0 else { return nil }
        let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: .global(qos: .userInteractive))
        source.setCancelHandler { close(descriptor) }
        source.setEventHandler { [weak self] in
            self?.watched.withLock { $0.removeValue(forKey: processID)?.source.cancel() }
            self?.tell(instance)
        }
        source.resume()
        return source
    }
}
